"""The embedded models on disk: fetched once, verified, and put in place in one step.

A folder is complete or it is not there: files are gathered in a temporary folder beside it, compared with the manifest,
and renamed. Two processes that pull at once wait for each other on a file lock. What was verified is remembered by
size and time of change, so that a start does not hash 145 MB.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from gateway.speech.manifest import WHISPER_BASE, Model, ModelFile, embedded_model, embedded_models
from gateway.speech.model_sources import SOURCES, Source, SourceError
from gateway.speech.models.errors import ModelMissing, ModelStoreError
from gateway.speech.models.placing import Progress, locked

__all__ = [
    "ModelMissing",
    "ModelStoreError",
    "embedded_folder",
    "embedded_whisper",
    "is_stamped",
    "model_folder",
    "print_progress",
    "pull",
    "pull_model",
    "verify",
    "verify_model",
]

STAMP = "verified.json"
LEFTOVER = ".partial-"


def print_progress(line: str) -> None:
    """Print ``line`` on standard error."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - whoever waits for 145 MB wants to see it


def model_folder(cache_dir: Path, model: Model) -> Path:
    """Return where ``model`` belongs; another content of it belongs elsewhere."""
    return cache_dir / "models" / model.name / model.fingerprint


def embedded_whisper(cache_dir: Path) -> Path:
    """Return the folder of the embedded recognition model, ready for CTranslate2.

    Raises:
        ModelMissing: it has not been pulled, or is damaged.

    """
    return embedded_folder(cache_dir, embedded_model(WHISPER_BASE))


def embedded_folder(cache_dir: Path, model: Model) -> Path:
    """Return the folder of an embedded model, verified.

    Raises:
        ModelMissing: it has not been pulled, or is damaged.

    """
    folder = model_folder(cache_dir, model)
    if not folder.is_dir():
        raise ModelMissing(f"The model {model.name} is not in {cache_dir}: run `gateway models pull`.")
    if not _stamped(model, folder):
        problems = _check(model, folder)
        if problems:
            raise ModelMissing(f"{problems[0]}: run `gateway models pull`.")
        _stamp(model, folder)
    return folder


def pull(cache_dir: Path, progress: Progress = print_progress, sources: Sequence[tuple[str, Source]] = SOURCES) -> None:
    """Fetch every embedded model that is not there or is damaged; return at once when all are.

    Raises:
        ModelStoreError: the cache cannot be written, or no source delivered a file with the right checksum.

    """
    for model in embedded_models():
        pull_model(cache_dir, model, progress, sources)


def pull_model(
    cache_dir: Path,
    model: Model,
    progress: Progress = print_progress,
    sources: Sequence[tuple[str, Source]] = SOURCES,
) -> Path:
    """Fetch ``model`` unless it is there and whole; return its folder.

    Raises:
        ModelStoreError: the cache cannot be written, or no source delivered a file with the right checksum.

    """
    folder = model_folder(cache_dir, model)
    try:
        if not (folder.is_dir() and _stamped(model, folder)):
            with locked(cache_dir / "models" / model.name / ".lock", model.name, progress):
                _pull(model, folder, progress, sources)
    except OSError as error:
        raise ModelStoreError(f"The model {model.name} cannot be stored in {cache_dir}: {error}.") from error
    return folder


def verify(cache_dir: Path) -> list[str]:
    """Hash every file of every embedded model; return one sentence for each problem, none when all is well."""
    return [problem for model in embedded_models() for problem in verify_model(cache_dir, model)]


def verify_model(cache_dir: Path, model: Model) -> list[str]:
    """Hash every file of one embedded model; return one sentence for each problem."""
    folder = model_folder(cache_dir, model)
    if not folder.is_dir():
        return [f"The model {model.name} is not in {cache_dir}."]
    return [f"{problem}." for problem in _check(model, folder)]


def is_stamped(cache_dir: Path, model: Model) -> bool:
    """Whether an embedded model is there and was verified, as far as size and time of change tell."""
    return _stamped(model, model_folder(cache_dir, model))


def _pull(model: Model, folder: Path, progress: Progress, sources: Sequence[tuple[str, Source]]) -> None:
    """Fetch ``model`` into ``folder``, whose parent is locked."""
    for leftover in folder.parent.glob(f"{LEFTOVER}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if folder.is_dir():
        if not _check(model, folder):
            _stamp(model, folder)
            return
        progress(f"{model.name}: the files in {folder} are damaged and are fetched anew")
    failures = []
    for name, source in sources:
        with tempfile.TemporaryDirectory(prefix=LEFTOVER, dir=folder.parent, ignore_cleanup_errors=True) as work:
            gathered = Path(work) / "files"
            gathered.mkdir()
            progress(f"{model.name}: fetching {model.bytes / 1e6:.0f} MB from {name}")
            try:
                source(model, gathered, progress)
            except SourceError as error:
                failures.append(f"{name}: {error}")
                continue
            progress(f"{model.name}: checking")
            problems = _check(model, gathered)
            if problems:
                failures.append(f"{name}: {problems[0]}")
                continue
            _stamp(model, gathered)
            _put_in_place(gathered, folder, Path(work) / "replaced")
            progress(f"{model.name}: ready in {folder}")
            return
    raise ModelStoreError(f"The model {model.name} could not be fetched ({'; '.join(failures)}).")


def _put_in_place(gathered: Path, folder: Path, replaced: Path) -> None:
    if folder.exists():
        folder.rename(replaced)
    gathered.rename(folder)


def _check(model: Model, folder: Path) -> list[str]:
    """Return what is wrong with the files in ``folder``, without a full stop."""
    problems = []
    for file in model.files:
        path = folder / file.name
        if not path.is_file():
            problems.append(f"{path} is missing")
        elif path.stat().st_size != file.bytes or _sha256(path) != file.sha256:
            problems.append(f"{path} is not the file of the manifest (its checksum differs)")
    return problems


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _seen(file: ModelFile, folder: Path) -> list[object]:
    status = (folder / file.name).stat()
    return [file.sha256, status.st_size, status.st_mtime_ns]


def _stamped(model: Model, folder: Path) -> bool:
    """Whether the files are the ones that were verified, as far as size and time of change tell."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return bool(stamp == {file.name: _seen(file, folder) for file in model.files})
    except (OSError, ValueError):
        return False


def _stamp(model: Model, folder: Path) -> None:
    """Remember that the files were verified; a cache that cannot be written is hashed at the next start again."""
    seen = {file.name: _seen(file, folder) for file in model.files}
    temporary = folder / f"{STAMP}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(seen), encoding="utf-8")
        temporary.replace(folder / STAMP)
    except PermissionError:
        return
