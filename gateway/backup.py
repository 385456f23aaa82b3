"""A backup that is consistent while calls go on: the database as it is at one moment, and the recordings it names.

A backup is a folder: the database (``gateway.sqlite3``, or ``gateway.dump`` for PostgreSQL's ``pg_restore``), the
recordings by day, and ``manifest.json`` with the SHA-256 of each file. It is named so only when it is whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.recording_files import find_recording
from gateway.records.address import DatabaseAddress, PostgresAddress

MANIFEST = "manifest.json"
SQLITE_NAME = "gateway.sqlite3"
POSTGRES_NAME = "gateway.dump"
_RECORDINGS = "recordings"
_DUMP_DEADLINE_S = 3600
_NO_LINK = frozenset((errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP))


class BackupError(Exception):
    """There is no backup; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds.

    ``linked`` recordings take no space of their own; ``missing`` ones were deleted after the database was copied.
    """

    recordings: int
    linked: int
    missing: int


class Backup:
    """A backup that is being made in ``target``, which must not be there yet."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._sums: dict[str, str] = {}

    def begin(self) -> None:
        """Make the folder, readable by its owner only; raise ``BackupError``."""
        if self._target.exists():
            raise BackupError(f"{self._target} is there already; a backup goes into a folder of its own.")
        try:
            if self._part.exists():
                shutil.rmtree(self._part)
            self._part.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise BackupError(f"{self._target} cannot be made: {error.strerror}.") from error

    def copy_database(self, address: DatabaseAddress) -> Path | None:
        """Copy the database as it is at one moment; return the copy where it is a SQLite file, else None.

        Writers wait for none of it. Raise ``BackupError``.
        """
        if isinstance(address, PostgresAddress):
            _dump(address, self._part / POSTGRES_NAME)
            self._sums[POSTGRES_NAME] = _sha256(self._part / POSTGRES_NAME)
            return None
        copy = self._part / SQLITE_NAME
        try:
            _copy_sqlite(address, copy)
        except (sqlite3.Error, OSError) as error:
            raise BackupError(f"The database {address} cannot be copied: {error}.") from error
        self._sums[SQLITE_NAME] = _sha256(copy)
        return copy

    def add_recordings(self, folder: Path, stored: Sequence[Path]) -> BackupReport:
        """Add the recordings that the records call ``stored``; raise ``BackupError``."""
        linked = missing = 0
        for path in stored:
            found = find_recording(folder, path)
            name = f"{_RECORDINGS}/{path.parent.name}/{path.name}"
            copy = self._part / name
            try:
                if found is None:
                    missing += 1
                    continue
                copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                linked += _link_or_copy(found, copy)
                self._sums[name] = _sha256(copy)
            except FileNotFoundError:
                missing += 1  # deleted at this moment, as the retention has it
            except OSError as error:
                raise BackupError(f"The recording {found} cannot be copied: {error.strerror}.") from error
        return BackupReport(len(stored) - missing, linked, missing)

    def finish(self, now: datetime) -> None:
        """Write the manifest, put all on the disk and give the folder its name; raise ``BackupError``."""
        manifest = {"made_at": now.isoformat(), "sha256": self._sums}
        try:
            with (self._part / MANIFEST).open("w", encoding="utf-8") as file:
                json.dump(manifest, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            os.sync()
            self._part.rename(self._target)
        except OSError as error:
            raise BackupError(f"{self._target} cannot be written: {error.strerror}.") from error

    def give_up(self) -> None:
        """Delete what was made so far."""
        shutil.rmtree(self._part, ignore_errors=True)


def verify(backup: Path) -> list[str]:
    """Return one sentence for each file of a backup that is not what its manifest says; raise ``BackupError``."""
    try:
        sums: dict[str, str] = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{backup} is no backup of a gateway: its {MANIFEST} cannot be read.") from error
    problems = []
    for name, expected in sums.items():
        try:
            if _sha256(backup / name) != expected:
                problems.append(f"{name} was changed since the backup was made.")
        except OSError as error:
            problems.append(f"{name} cannot be read: {error.strerror}.")
    return problems


def _copy_sqlite(database: Path, copy: Path) -> None:
    """Copy a SQLite database by its backup API, in one step: with a write-ahead log no writer waits for it."""
    if not database.exists():
        raise FileNotFoundError(errno.ENOENT, "it does not exist")
    os.close(os.open(copy, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"file:{database.resolve()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        # One file, without a write-ahead log beside it; the gateway turns that on again.
        target.execute("PRAGMA journal_mode = DELETE")


def _dump(address: PostgresAddress, target: Path) -> None:
    """Let ``pg_dump`` write the database as of one moment; raise ``BackupError``."""
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError("pg_dump is not installed, which copies a PostgreSQL database (Debian: postgresql-client).")
    # The password goes by the environment: other users of the machine can read a command line.
    url = address.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(address.url.password)} if address.url.password else {})
    try:
        done = subprocess.run(  # noqa: S603 - the program that was found, no shell
            [program, "--format=custom", "--no-password", f"--file={target}", f"--dbname={url}"],
            env=environment,
            capture_output=True,
            timeout=_DUMP_DEADLINE_S,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise BackupError(f"pg_dump was not done with {address} after {_DUMP_DEADLINE_S} seconds.") from error
    if done.returncode:
        raise BackupError(f"pg_dump could not copy {address}: {_last_line(done.stderr)}")
    target.chmod(0o600)


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it did not say why."


def _link_or_copy(source: Path, copy: Path) -> bool:
    """Make ``copy`` the same file as ``source`` where it never changes any more; return whether it is."""
    if source.suffix != ".wav":  # a WAV file may be that of a call that runs
        try:
            copy.hardlink_to(source)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
        else:
            return True
    shutil.copy2(source, copy)
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
