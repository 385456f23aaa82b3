"""What is remembered of a model on disk, in one small file beside it.

Two things: the checksums that the hub gave for the pinned revision, which hold the files for good where the manifest
has none; and which files were hashed, by size and time of change, so that a start does not hash gigabytes.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.speech.manifest import Model
from gateway.speech.models.digests import Digest, digest_of_text


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that was hashed: its checksum, its size in bytes and its time of change in nanoseconds."""

    digest: Digest
    bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one revision of a model: ``told`` by the hub, ``seen`` in ``folder``; by name of file."""

    told: Mapping[str, Digest] = field(default_factory=dict)
    folder: Path | None = None
    seen: Mapping[str, Seen] = field(default_factory=dict)


def read_record(path: Path, model: Model) -> Record:
    """Return what was written of this revision; an empty record when nothing was, or nothing that can be read."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        if written["revision"] != model.revision:
            return Record()
        told = {name: digest_of_text(text) for name, text in written["told"].items()}
        seen = {
            name: Seen(digest_of_text(text), size, changed) for name, (text, size, changed) in written["seen"].items()
        }
        return Record(told, Path(written["folder"]) if written["folder"] else None, seen)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Record()


def write_record(path: Path, model: Model, record: Record) -> None:
    """Write ``record``, at once; raise ``OSError``."""
    written = {
        "revision": model.revision,
        "told": {name: str(digest) for name, digest in record.told.items()},
        "folder": str(record.folder) if record.folder is not None else None,
        "seen": {name: [str(seen.digest), seen.bytes, seen.changed_ns] for name, seen in record.seen.items()},
    }
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(written, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
