"""The records in a SQLite file."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlmodel import Session

from gateway.records.backend import Access
from gateway.records.errors import RecordsError
from gateway.records.schema import prepare_schema

_MERGED_PAGES = 64
"""Pages of the search index that one step of merging writes: some milliseconds."""
_FORGET_TIMEOUT_MS = 100


def _create_engine(database: Path, *, read_only: bool, busy_timeout_ms: int) -> Engine:
    """Return an engine whose connections are set up for a journal."""
    mode = "ro" if read_only else "rw"
    url = URL.create("sqlite", database=f"file:{database.resolve()}", query={"mode": mode, "uri": "true"})
    # Parameters hold what callers said: they stay out of error messages and so out of the logs.
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would open transactions by itself, too late and never for DDL: BEGIN is sent below instead.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            return
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise RecordsError(f"The database {database} cannot use a write-ahead log; is it on a network drive?")
        # NORMAL would outlive kill -9 too, but after a power cut it may lose the last commits. A patient's request
        # that was confirmed on the telephone must not be among them; one fsync a turn costs the caller nothing.
        connection.execute("PRAGMA synchronous = FULL")
        # What was deleted is overwritten with zeros, not only marked as free.
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer that first reads and then writes must hold the lock from the start, or it may fail in the middle.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


class SqliteBackend:
    """A SQLite file with a write-ahead log; one gateway at a time."""

    patience_s: float | None = None

    def __init__(self, path: Path, access: Access, *, busy_timeout_ms: int) -> None:
        self.name = str(path)
        self._path = path
        self._access = access
        self._busy_timeout_ms = busy_timeout_ms
        self._lock: IO[str] | None = None
        read_only = access is Access.READER
        self.reading = _create_engine(path, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
        self.writing: Engine = self.reading.execution_options(writes=True)

    def prepare(self) -> None:
        """Open the file, or make it for a gateway, which then holds its lock; raise ``RecordsError``."""
        try:
            if self._access is Access.GATEWAY:
                self._create_file()
            elif not self._path.exists():
                raise RecordsError(f"There is no database at {self._path}.")
        except OSError as error:
            raise RecordsError(f"The database {self._path} cannot be opened: {error.strerror}.") from error
        engine = self.reading if self._access is Access.READER else self.writing
        with engine.begin() as connection:
            prepare_schema(connection, may_change=self._access is Access.GATEWAY)

    def _create_file(self) -> None:
        """Make the file, readable by its owner only, and hold its lock as long as this process lives."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        # A second gateway on the same records would take the first one's open calls for crashed and deliver its
        # actions twice. The lock goes with the process, however that ends.
        self._lock = self._path.with_name(self._path.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecordsError(f"The database {self._path} is in use by another gateway.") from error

    def mark(self, session: Session, mark: str) -> None:
        """Do nothing: no connection gets lost between this process and a file."""

    def is_marked(self, session: Session, mark: str) -> bool:
        """Return False: nothing is ever marked."""
        return False

    def one_at_a_time(self, session: Session) -> None:
        """Do nothing: a transaction that writes holds the file's lock from its beginning."""

    def running_gateways(self, session: Session) -> Callable[[str | None], bool]:
        """Return what takes no gateway for running: this one alone can be, and it has just begun."""
        return lambda _name: False

    def forget(self) -> None:
        """Merge the search index, whose old parts name deleted words, and empty the write-ahead log.

        Each step is a short transaction. Where a reader or writer is in the way, the log is emptied the next time.
        """
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=self._busy_timeout_ms / 1000)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            before = connection.total_changes
            connection.execute("INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)", (-_MERGED_PAGES,))
            # SQLite's manual, FTS5, section 6.8: with less than two changes there was nothing left to merge.
            while connection.total_changes - before >= 2:
                before = connection.total_changes
                connection.execute(
                    "INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)", (_MERGED_PAGES,)
                )
            connection.execute(f"PRAGMA busy_timeout = {_FORGET_TIMEOUT_MS}")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Close the file and give its lock up."""
        self.reading.dispose()
        if self._lock is not None:
            self._lock.close()
