"""The SQLite database: how it is opened, and the two threads that use it.

One thread writes, so that no two writers of this process ever wait for each other and the event loop waits for
none; a second one reads, so that a long list never holds up what a caller has just said.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from gateway.records.errors import RecordsError, translate
from gateway.records.schema import prepare_schema

Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 5000

_log = structlog.get_logger(__name__)


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

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer that first reads and then writes must hold the lock from the start, or it may fail in the middle.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


class Database:
    """An open database. Work is a function of a session; it runs in one transaction, on one of the two threads."""

    def __init__(self, path: Path, *, read_only: bool, busy_timeout_ms: int) -> None:
        self.path = path
        self.read_only = read_only
        self._lock: IO[str] | None = None
        self._reading = _create_engine(path, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
        self._writing = self._reading.execution_options(writes=True)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="records-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="records-writer")

    @classmethod
    async def open(cls, path: Path, *, read_only: bool, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Database:
        """Open or create the database at ``path``; raise ``RecordsError`` when it cannot be used."""
        database = cls(path, read_only=read_only, busy_timeout_ms=busy_timeout_ms)
        try:
            await asyncio.get_running_loop().run_in_executor(database._writer, database._prepare)
        except BaseException:
            await database.close()
            raise
        return database

    def _prepare(self) -> None:
        try:
            if self.read_only and not self.path.exists():
                raise RecordsError(f"There is no database at {self.path}.")
            if not self.read_only:
                self._create_file()
            with (self._reading if self.read_only else self._writing).begin() as connection:
                prepare_schema(connection, read_only=self.read_only)
        except OSError as error:
            raise RecordsError(f"The database {self.path} cannot be opened: {error.strerror}.") from error
        except SQLAlchemyError as error:
            raise translate(error, self.path) from error

    def _create_file(self) -> None:
        """Make the file, readable by its owner only, and hold its lock as long as this process lives."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        # A second gateway on the same records would take the first one's open calls for crashed and deliver its
        # actions twice. The lock goes with the process, however that ends.
        self._lock = self.path.with_name(self.path.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RecordsError(f"The database {self.path} is in use by another gateway.") from error

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` in a transaction that is on the disk when this returns; raise ``RecordsError``.

        Cancelling the caller does not cancel the work: what was handed over is written.
        """
        future = asyncio.get_running_loop().run_in_executor(self._writer, self._transact, self._writing, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            future.add_done_callback(_report_abandoned)
            raise

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` on a consistent view of the database; raise ``RecordsError``."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._transact, self._reading, work)

    def _transact(self, engine: Engine, work: Callable[[Session], Result]) -> Result:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session)
        except SQLAlchemyError as error:
            raise translate(error, self.path) from error

    async def close(self) -> None:
        """Finish what was handed over and close the files."""
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._reading.dispose()
        if self._lock is not None:
            self._lock.close()


def _report_abandoned(future: asyncio.Future[Result]) -> None:
    """Log the failure of a write that nobody waits for any more."""
    if not future.cancelled() and (error := future.exception()) is not None:
        _log.error("record_not_written", error=str(error))
