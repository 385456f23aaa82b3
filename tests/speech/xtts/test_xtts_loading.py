import hashlib
import json
import shutil
import sys

import numpy as np
import pytest
import structlog

torch = pytest.importorskip("torch", reason="PyTorch is in an environment of its own: make xtts-test")

import xtts_tiny  # noqa: E402

from gateway.audio import Pcm  # noqa: E402
from gateway.speech.engines.xtts import load_xtts  # noqa: E402
from gateway.speech.models.errors import ModelMissing, ModelStoreError  # noqa: E402


@pytest.fixture
def copied(tiny_checkpoint, tmp_path):
    return shutil.copytree(tiny_checkpoint, tmp_path / "copy")


@pytest.fixture
def clip(tmp_path):
    return xtts_tiny.write_clip(tmp_path / "voice.wav")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hello(engine):
    return np.concatenate([part.samples for part in engine.synthesise("Ja.", "de")])


def truncate(folder):
    whole = (folder / "model.pth").read_bytes()
    (folder / "model.pth").write_bytes(whole[: len(whole) // 2])


def other_shape(folder):
    config = json.loads((folder / "config.json").read_text())
    config["model_args"]["gpt_layers"] = 3
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    "damage",
    [
        truncate,
        other_shape,
        lambda folder: (folder / "model.pth").write_bytes(b"no archive"),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "vocab.json").write_text("{}"),
        lambda folder: (folder / "speakers_xtts.pth").write_bytes(b"no archive"),
    ],
)
def test_a_damaged_checkpoint_is_one_sentence_that_says_what_to_do(load, copied, damage):
    damage(copied)
    with pytest.raises(ModelMissing, match=r"XTTS checkpoint in .*: run `gateway models verify`\.$") as caught:
        load(copied)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "model.pth", "vocab.json"])
def test_a_missing_file_is_named(load, copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelMissing, match=f"There is no {name} of XTTS"):
        load(copied)


def test_a_published_checkpoint_with_its_configuration_pickled_inside_is_read_and_left_as_it_is(load, copied):
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig

    weights = torch.load(copied / "model.pth", weights_only=True)
    config = XttsConfig()
    config.load_json(str(copied / "config.json"))
    homes = {cls: cls.__module__ for cls in (XttsArgs, XttsAudioConfig)}
    try:
        for cls in homes:
            cls.__module__ = "TTS.tts.models.xtts"
        torch.save(weights | {"config": config}, copied / "model.pth")
    finally:
        for cls, home in homes.items():
            cls.__module__ = home
    before = sha256(copied / "model.pth")
    assert hello(load(copied)).size
    assert sha256(copied / "model.pth") == before


def test_the_licence_is_stated_at_load(load):
    with structlog.testing.capture_logs() as logs:
        load()
    loaded = [entry for entry in logs if entry["event"] == "xtts_loaded"]
    assert len(loaded) == 1
    assert "no commercial use" in loaded[0]["licence"]


def test_a_cloned_voice_is_computed_once_and_kept(load, clip, tmp_path, monkeypatch):
    from TTS.tts.models.xtts import Xtts

    first = load(cache_dir=tmp_path / "kept", speaker=str(clip))
    sound = hello(first)

    def not_again(*args, **options):
        raise AssertionError("computed again")

    monkeypatch.setattr(Xtts, "get_gpt_cond_latents", not_again)
    second = load(cache_dir=tmp_path / "kept", speaker=str(clip))
    assert np.array_equal(hello(second), sound)
    assert second.version == first.version


def test_another_clip_or_checkpoint_is_another_voice(load, clip, tmp_path):
    first = load(speaker=str(clip))
    other_clip = load(speaker=str(xtts_tiny.write_clip(tmp_path / "other.WAV", seed=2)))
    other_weights = load(xtts_tiny.write_checkpoint(tmp_path / "other", seed=2), speaker=str(clip))
    assert len({engine.version for engine in (first, other_clip, other_weights, load())}) == 4
    assert not np.array_equal(hello(first), hello(other_clip))


def test_a_damaged_voice_file_is_computed_anew(load, clip, tmp_path):
    sound = hello(load(cache_dir=tmp_path / "kept", speaker=str(clip)))
    (kept,) = (tmp_path / "kept" / "xtts-voices").iterdir()
    kept.write_bytes(b"no voice")
    assert np.array_equal(hello(load(cache_dir=tmp_path / "kept", speaker=str(clip))), sound)
    assert kept.read_bytes() != b"no voice"


def test_a_voice_that_cannot_be_kept_is_spoken_with_all_the_same(load, clip, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert hello(load(cache_dir=tmp_path / "file", speaker=str(clip))).size


def test_no_speaker_at_all_is_one_sentence(load, copied):
    (copied / "speakers_xtts.pth").unlink()
    with pytest.raises(ModelMissing, match="name a WAV file to clone"):
        load(copied)


def test_an_unknown_speaker_is_one_sentence_with_those_there_are(load):
    with pytest.raises(ModelStoreError) as caught:
        load(speaker="Carla")
    assert str(caught.value) == "TTS_SPEAKER: there is no speaker 'Carla'; there are Ana Florence, Bruno."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"ID3", "must be a 16-bit PCM WAV file"),
        (1.0, "lasts 1.0 s"),
        (Pcm(np.zeros(66_150, np.int16), 22_050), "nothing but silence"),
    ],
)
def test_a_clip_that_nobody_can_clone_is_one_sentence(load, tmp_path, content, message):
    from gateway.audio import write_wav

    path = tmp_path / "clip.wav"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, float):
        xtts_tiny.write_clip(path, seconds=content)
    elif content is not None:
        path.write_bytes(write_wav(content))
    with pytest.raises(ModelStoreError, match=f"^TTS_SPEAKER: .*{message}"):
        load(speaker=str(path))


def test_an_environment_without_the_packages_is_told_where_to_read(tiny_checkpoint, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gateway.speech.engines.xtts.engine", None)
    with pytest.raises(ModelStoreError, match=r"TTS_ENGINE=xtts needs packages .* see docs/xtts\.md\."):
        load_xtts(tiny_checkpoint, cache_dir=tmp_path)
