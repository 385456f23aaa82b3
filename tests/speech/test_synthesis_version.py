import pytest

from gateway.speech import synthesis_version as module
from gateway.speech.synthesis_version import file_fingerprint, synthesis_version
from gateway.speech.voices import ENGINE_VERSION


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(range(256)) * 100)
    return path


def test_the_same_engine_and_model_have_the_same_version(model):
    assert synthesis_version("xtts", model) == synthesis_version("xtts", model)
    assert synthesis_version("pico") == ENGINE_VERSION
    assert ENGINE_VERSION.startswith("pico-")


def test_another_engine_model_speaker_or_file_in_a_folder_is_another_version(model, tmp_path):
    versions = {synthesis_version("xtts", model), synthesis_version("piper", model), synthesis_version("xtts")}
    versions.add(synthesis_version("xtts", model, settings="Anna"))
    assert synthesis_version("xtts", tmp_path) in versions
    (tmp_path / "speakers.pth").write_bytes(b"x")
    versions.add(synthesis_version("xtts", tmp_path))
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    versions.add(synthesis_version("xtts", model))
    assert len(versions) == 6


@pytest.mark.parametrize("changed", ["engines/pico.py", "spoken_text/clock.py", "limiter.py", "engines/level.py"])
def test_a_change_of_the_code_that_makes_the_sound_is_another_version(monkeypatch, tmp_path, changed):
    copy = tmp_path / "speech"
    for path in module._HERE.rglob("*.py"):
        target = copy / path.relative_to(module._HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    (tmp_path / "language").mkdir()
    monkeypatch.setattr(module, "_HERE", copy)
    before = module._code.__wrapped__("pico")
    assert module._code.__wrapped__("pico") == before
    (copy / changed).write_text((copy / changed).read_text() + "\n")
    assert module._code.__wrapped__("pico") != before


def test_a_new_package_of_the_engine_is_another_version(monkeypatch):
    before = module._code.__wrapped__("pico")
    monkeypatch.setattr(module.metadata, "version", lambda name: "99")
    assert module._code.__wrapped__("pico") != before


def test_a_large_file_is_told_from_another_by_its_ends_middle_and_size(tmp_path):
    path = tmp_path / "large.bin"
    fingerprints = set()
    for place in (None, 0, 5_000_000, 9_999_999):
        with path.open("wb") as file:
            file.truncate(10_000_000)
            if place is not None:
                file.seek(place)
                file.write(b"x")
        fingerprints.add(file_fingerprint(path))
    with path.open("ab") as file:
        file.write(b"\0")
    fingerprints.add(file_fingerprint(path))
    assert len(fingerprints) >= 4
    (tmp_path / "empty").touch()
    assert file_fingerprint(tmp_path / "empty") == file_fingerprint(tmp_path / "empty")


def test_an_engine_or_a_file_that_there_is_not_is_an_error(tmp_path):
    with pytest.raises(KeyError):
        synthesis_version("festival")
    with pytest.raises(FileNotFoundError):
        synthesis_version("xtts", tmp_path / "none")
