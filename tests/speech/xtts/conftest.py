import pytest
import xtts_tiny


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """Return the folder of a checkpoint whose model never stops by itself; nobody may write into it."""
    return xtts_tiny.write_checkpoint(tmp_path_factory.mktemp("xtts") / "XTTS-v2")


@pytest.fixture(scope="session")
def voice_cache(tmp_path_factory):
    """Return a folder that keeps voices for all tests."""
    return tmp_path_factory.mktemp("voices")


@pytest.fixture
def load(tiny_checkpoint, voice_cache):
    """Return what loads an engine on the tiny checkpoint."""

    def load_tiny(folder=tiny_checkpoint, cache_dir=voice_cache, **options):
        from gateway.speech.engines.xtts import load_xtts

        with xtts_tiny.small_decoder():
            return load_xtts(folder, cache_dir=cache_dir, device="cpu", **options)

    return load_tiny


@pytest.fixture(scope="session")
def tiny_engine(tiny_checkpoint, voice_cache):
    """Return an engine of two lanes with the checkpoint's own speakers; nobody may change it."""
    from gateway.speech.engines.xtts import load_xtts

    with xtts_tiny.small_decoder():
        return load_xtts(tiny_checkpoint, cache_dir=voice_cache, device="cpu", at_once=2)
