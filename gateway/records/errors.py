"""What can go wrong with the records."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError


class RecordsError(Exception):
    """The database could not be read or written; the message is one sentence for an operator."""


class RecordsDelayed(RecordsError):
    """The database server is away: what was to be written waits in memory, and is written once it is back."""


class NameInUse(RecordsError):
    """Another gateway writes to the same database under the same name."""


class UnknownCall(RecordsError):
    """There is no call with this id."""


class AmbiguousCallId(RecordsError):
    """More than one call's id begins with what was given."""


# By the beginning of SQLite's result code (https://sqlite.org/rescode.html), so that extended codes are covered.
_SQLITE_SENTENCES = {
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

# By the beginning of SQLSTATE (PostgreSQL's manual, appendix A); the longer ones first.
_POSTGRES_SENTENCES = {
    "25006": "cannot be written: it is read-only",
    "3D000": "does not exist on its server",
    "42501": "refuses its user what has to be done: permission denied",
    "53100": "cannot grow: the disk is full",
    "53300": "takes no more connections",
    "55P03": "is locked by another process",
    "57014": "took too long",
    "57P": "is being stopped or started",
    "08": "cannot be reached",
    "22": "cannot hold a value",
    "23": "refused a row that breaks a rule of its tables",
    "28": "refuses its user: wrong name or password",
    "40": "was changed by another process at the same moment",
    "53": "has run out of memory, connections or space",
    "XX": "is damaged or at fault; its server's log says more",
}

_AWAY = ("08", "57P", "53300")
"""What a server says that is not there now, and will be again."""


def is_away(error: BaseException) -> bool:
    """Tell whether ``error`` means that a database server cannot be reached now."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        error = error.orig or error
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_AWAY)


def translate(error: SQLAlchemyError | sqlite3.Error | psycopg.Error, database: object) -> RecordsError:
    """Return ``error`` as one sentence that names ``database`` and holds nothing that a caller said."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, psycopg.Error):
        return _translate_postgres(original, database)
    if not isinstance(original, sqlite3.Error | SQLAlchemyError):
        return RecordsError(f"The database {database} cannot hold a value: {original}.")
    code = getattr(original, "sqlite_errorname", None) or type(error).__name__
    for prefix, sentence in _SQLITE_SENTENCES.items():
        if code.startswith(prefix):
            return RecordsError(f"The database {database} {sentence} ({code}).")
    return RecordsError(f"The database {database} failed: {code}.")


def _translate_postgres(error: psycopg.Error, database: object) -> RecordsError:
    # The server's own words may hold the row that it refused, so only its code is passed on.
    state = error.sqlstate
    if state is None:
        return RecordsError(f"The database {database} {_without_code(error)}.")
    for prefix, sentence in _POSTGRES_SENTENCES.items():
        if state.startswith(prefix):
            return RecordsError(f"The database {database} {sentence} ({state}).")
    return RecordsError(f"The database {database} failed: SQLSTATE {state}.")


def _without_code(error: psycopg.Error) -> str:
    """Return what an error without a code means: those of connections that could not be made have none."""
    said = str(error)
    if "authentication failed" in said or "no password supplied" in said:
        return "refuses its user: wrong name or password"
    if "does not exist" in said:
        return "or its user does not exist on the server"
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return "cannot be reached"
    return "cannot hold a value"
