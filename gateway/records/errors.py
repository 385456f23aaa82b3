"""What can go wrong with the records."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError


class RecordsError(Exception):
    """The database could not be read or written; the message is one sentence for an operator."""


class UnknownCall(RecordsError):
    """There is no call with this id."""


class AmbiguousCallId(RecordsError):
    """More than one call's id begins with what was given."""


# By the beginning of SQLite's result code (https://sqlite.org/rescode.html), so that extended codes are covered.
_SENTENCES = {
    "SQLITE_BUSY": "is locked by another process",
    "SQLITE_LOCKED": "is locked by another process",
    "SQLITE_FULL": "cannot grow: the disk is full",
    "SQLITE_READONLY": "cannot be written: the file or its folder is read-only",
    "SQLITE_PERM": "cannot be opened: permission denied",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_NOTADB": "is not a SQLite database",
    "SQLITE_CORRUPT": "is damaged; restore it from a backup",
    "SQLITE_IOERR": "could not be read or written: the disk reports an error",
    "SQLITE_CONSTRAINT": "refused a row that breaks a rule of its tables",
}


def translate(error: SQLAlchemyError | sqlite3.Error, database: Path) -> RecordsError:
    """Return ``error`` as one sentence that names ``database`` and holds nothing that a caller said."""
    original = getattr(error, "orig", None) or error
    if not isinstance(original, sqlite3.Error | SQLAlchemyError):
        return RecordsError(f"The database {database} cannot hold a value: {original}.")
    code = getattr(original, "sqlite_errorname", None) or type(error).__name__
    for prefix, sentence in _SENTENCES.items():
        if code.startswith(prefix):
            return RecordsError(f"The database {database} {sentence} ({code}).")
    return RecordsError(f"The database {database} failed: {code}.")
