"""Whether a model's files are the right ones, and on whose word.

Each file is held to one checksum. The manifest's is the better one: it came with the gateway. Where the manifest has
none, the hub's is taken, for the pinned revision, as it was written down when the model was fetched (or as the hub's
own cache names the file). A file that neither knows cannot be verified; ``pull`` asks the hub for its checksum.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from gateway.speech.manifest import Model, ModelFile
from gateway.speech.models.digests import Digest, digest_of_etag, digest_of_file
from gateway.speech.models.places import complete_folder, has_some_files, record_file
from gateway.speech.models.record import Record, Seen, read_record, write_record


class State(StrEnum):
    """How much of a model is there."""

    MISSING = "missing"
    PARTIAL = "partial"
    PRESENT = "present"
    VERIFIED = "verified"


class Trust(StrEnum):
    """On whose word the files are the right ones; the least of them counts."""

    MANIFEST = "manifest"
    HUB = "hub"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """How a model is, as far as can be told without hashing.

    ``folder`` is None unless all files are there; ``trust`` is then what it will have after it is fetched.
    """

    state: State
    trust: Trust
    folder: Path | None


def condition(model: Model, models_dir: Path) -> Condition:
    """Look at what there is of ``model``; hash nothing."""
    folder = complete_folder(models_dir, model)
    record = read_record(record_file(models_dir, model), model)
    if folder is None:
        state = State.PARTIAL if has_some_files(models_dir, model) else State.MISSING
        return Condition(state, Trust.HUB if any(file.sha256 is None for file in model.files) else Trust.MANIFEST, None)
    trust = _trust(model, told_for(model, folder, record))
    hashed = trust is not Trust.NONE and is_verified(model, folder, record)
    return Condition(State.VERIFIED if hashed else State.PRESENT, trust, folder)


def told_for(model: Model, folder: Path, record: Record) -> dict[str, Digest]:
    """Return the hub's checksums for the files in ``folder``, by name.

    In the hub's cache a file is a link to its content, which is named by the checksum.
    """
    told = dict(record.told)
    for file in model.files:
        path = folder / file.name
        if path.is_symlink() and (digest := digest_of_etag(path.resolve().name)) is not None:
            told.setdefault(file.name, digest)
    return told


def expected_digest(file: ModelFile, told: Mapping[str, Digest]) -> Digest | None:
    """Return what ``file`` is held to: the manifest's checksum, else the hub's; None when neither is known."""
    return Digest("sha256", file.sha256) if file.sha256 is not None else told.get(file.name)


def problem_of(file: ModelFile, path: Path, expected: Digest | None) -> str | None:
    """Hash one file; return what is wrong with it, without a full stop; None when it is right or cannot be told.

    Raises:
        OSError: the file cannot be read.

    """
    if not path.is_file():
        return f"{path} is missing"
    if file.bytes is not None and path.stat().st_size != file.bytes:
        return f"{path} has {path.stat().st_size} bytes in place of {file.bytes}"
    if expected is not None and digest_of_file(path, expected.algorithm) != expected:
        return f"{path} is not the file of the manifest's revision (its checksum differs)"
    return None


def is_verified(model: Model, folder: Path, record: Record) -> bool:
    """Whether the files in ``folder`` are the ones that were hashed, as far as size and time of change tell."""
    if record.folder != folder.absolute():
        return False
    told = told_for(model, folder, record)
    for file in model.files:
        expected = expected_digest(file, told)
        if expected is not None and record.seen.get(file.name) != _seen(folder / file.name, expected):
            return False
    return True


def check_folder(model: Model, models_dir: Path, folder: Path) -> list[str]:
    """Hash every file in ``folder``; return what is wrong, without full stops; remember it when nothing is.

    A file without a checksum is right as it is: ``condition`` and ``unknown_files`` tell which.
    """
    path = record_file(models_dir, model)
    record = read_record(path, model)
    told = told_for(model, folder, record)
    problems = []
    seen: dict[str, Seen] = {}
    for file in model.files:
        expected = expected_digest(file, told)
        try:
            # Taken before hashing: a file that changes meanwhile is hashed again.
            before = _seen(folder / file.name, expected) if expected is not None else None
            problem = problem_of(file, folder / file.name, expected)
        except OSError as error:
            problem, before = f"{folder / file.name} cannot be read ({error.strerror})", None
        if problem is not None:
            problems.append(problem)
        elif before is not None:
            seen[file.name] = before
    if not problems:
        # Where models are kept in a place that may not be written, they are hashed again at the next start.
        with contextlib.suppress(OSError):
            write_record(path, model, replace(record, told=told, folder=folder.absolute(), seen=seen))
    return problems


def remember(model: Model, models_dir: Path, folder: Path) -> None:
    """Write down that every file in ``folder`` was hashed and found right, as it is now; raise ``OSError``."""
    path = record_file(models_dir, model)
    record = read_record(path, model)
    told = told_for(model, folder, record)
    expected = {file.name: expected_digest(file, told) for file in model.files}
    seen = {name: _seen(folder / name, digest) for name, digest in expected.items() if digest is not None}
    known = {name: file for name, file in seen.items() if file is not None}
    write_record(path, model, replace(record, told=told, folder=folder.absolute(), seen=known))


def unknown_files(model: Model, models_dir: Path, folder: Path) -> list[str]:
    """Return the names of the files in ``folder`` that no checksum is known for."""
    told = told_for(model, folder, read_record(record_file(models_dir, model), model))
    return [file.name for file in model.files if expected_digest(file, told) is None]


def _trust(model: Model, told: Mapping[str, Digest]) -> Trust:
    if all(file.sha256 is not None for file in model.files):
        return Trust.MANIFEST
    return Trust.HUB if all(expected_digest(file, told) is not None for file in model.files) else Trust.NONE


def _seen(path: Path, expected: Digest) -> Seen | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return Seen(expected, status.st_size, status.st_mtime_ns)
