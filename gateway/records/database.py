"""An open database, and the two threads that use it.

One thread writes, so that no two writers of this process ever wait for each other and the event loop waits for
none; a second one reads, so that a long list never holds up what a caller has just said.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from gateway.records.address import DatabaseAddress
from gateway.records.backend import Access, Backend
from gateway.records.errors import NameInUse, RecordsDelayed, RecordsError, is_away, translate
from gateway.records.postgres_backend import PostgresBackend
from gateway.records.sqlite_backend import SqliteBackend

Result = TypeVar("Result")

BUSY_TIMEOUT_MS = 5000

MOST_WAITING = 20_000
"""Writes that may wait for a server that is away: some hours of a busy practice, in a few tens of megabytes."""

RETRY_DELAYS_S = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts to reach a server that is away; the last one from then on."""

CLOSE_GRACE_S = 5.0
"""How long a server that is away is waited for when the gateway stops."""

_log = structlog.get_logger(__name__)


class Database:
    """An open database. Work is a function of a session; it runs in one transaction, on one of the two threads.

    A SQLite file that fails fails at once. A server that goes away is waited for: what is to be written waits in the
    order in which it was handed over, ``MOST_WAITING`` pieces at most, and each is committed exactly once.
    """

    def __init__(self, address: DatabaseAddress, access: Access, *, busy_timeout_ms: int) -> None:
        self._backend = _backend_of(address, access, busy_timeout_ms)
        self.gateway = None if isinstance(address, Path) else address.gateway
        """The name under which this process writes, where several may."""
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="records-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="records-writer")
        self._waiting = 0
        self._away = threading.Event()
        self._closing = threading.Event()
        self._given_up = threading.Event()

    @classmethod
    async def open(
        cls, address: DatabaseAddress, access: Access, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS
    ) -> Database:
        """Open or create the database at ``address``; raise ``RecordsError`` when it cannot be used."""
        database = cls(address, access, busy_timeout_ms=busy_timeout_ms)
        try:
            await asyncio.get_running_loop().run_in_executor(database._writer, database._prepare)
        except BaseException:
            await database.close()
            raise
        return database

    def _prepare(self) -> None:
        try:
            self._backend.prepare()
        except SQLAlchemyError as error:
            raise translate(error, self._backend.name) from None

    @property
    def name(self) -> str:
        """The database in messages; without secrets."""
        return self._backend.name

    @property
    def waiting(self) -> int:
        """How many writes were handed over and are not committed yet."""
        return self._waiting

    @property
    def away(self) -> bool:
        """Whether the server cannot be reached now."""
        return self._away.is_set()

    def one_at_a_time(self, session: Session) -> None:
        """Hold up other gateways' transactions that call this, until this one's is over."""
        self._backend.one_at_a_time(session)

    def running_gateways(self, session: Session) -> Callable[[str | None], bool]:
        """Return what tells whether the gateway of a name runs."""
        return self._backend.running_gateways(session)

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` in a transaction that is on the disk when this returns; raise ``RecordsError``.

        Cancelling the caller does not cancel the work: what was handed over is written. ``RecordsDelayed`` says that it
        was handed over and the server is away. ``work`` may run more than once, and is committed once.
        """
        if self._waiting >= MOST_WAITING:
            raise RecordsError(f"The database {self.name} has been away for so long that nothing more can wait for it.")
        future = asyncio.get_running_loop().run_in_executor(self._writer, self._commit, work)
        self._waiting += 1
        future.add_done_callback(self._written)
        patience = 0.0 if self._away.is_set() else self._backend.patience_s
        try:
            done, _ = await asyncio.wait({future}, timeout=patience)
        except asyncio.CancelledError:
            future.add_done_callback(_report_abandoned)
            raise
        if not done:
            future.add_done_callback(_report_abandoned)
            raise RecordsDelayed(f"The database {self.name} is away; what has to be written waits for it.")
        return future.result()

    async def write_down(self, work: Callable[[Session], object]) -> None:
        """Run ``work`` like ``write``, but where the server is away, return and leave it waiting."""
        try:
            await self.write(work)
        except RecordsDelayed:
            _log.warning("record_waits_for_the_database", waiting=self._waiting)

    def _written(self, _future: object) -> None:
        self._waiting -= 1

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` on a consistent view of the database; raise ``RecordsError``."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._look, work)

    async def forget(self) -> None:
        """Take what was deleted out of the database's files, as far as that can be done while it is used."""
        await asyncio.to_thread(self._forget)

    def _forget(self) -> None:
        try:
            self._backend.forget()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise translate(error, self._backend.name) from None

    def _look(self, work: Callable[[Session], Result]) -> Result:
        try:
            return self._transact(self._backend.reading, work)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise self._translated(error) from None
        try:
            # A connection that lay idle may have been cut since, which only its use shows.
            return self._transact(self._backend.reading, work)
        except SQLAlchemyError as error:
            raise self._translated(error) from None

    def _commit(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` in a transaction of its own, and wait for a server that is away."""
        mark = uuid.uuid4().hex
        ended: list[Result] = []
        """What the last attempt came to before its commit, which may have come through unheard."""
        faults = 0

        def marked(session: Session) -> Result:
            if ended and self._backend.is_marked(session, mark):
                return ended[0]
            result = work(session)
            self._backend.mark(session, mark)
            ended[:] = [result]
            return result

        while True:
            try:
                result = self._transact(self._backend.writing, marked)
            except NameInUse:
                # After a lost connection it is this gateway's own, until the server notices that it is gone.
                if not self._wait(faults):
                    raise
                faults += 1
            except SQLAlchemyError as error:
                if not is_away(error) or not self._wait(faults):
                    raise self._translated(error) from None
                faults += 1
            else:
                self._is_there()
                return result

    def _wait(self, faults: int) -> bool:
        """Wait before the next attempt; return False when there is to be none."""
        if not self._away.is_set():
            _log.error("database_away", database=self._backend.name)
            self._away.set()
        delay = RETRY_DELAYS_S[min(faults, len(RETRY_DELAYS_S) - 1)]
        if self._closing.is_set():
            return not self._given_up.wait(delay)
        self._closing.wait(delay)
        return True

    def _is_there(self) -> None:
        if self._away.is_set():
            self._away.clear()
            _log.info("database_back", database=self._backend.name)

    def _translated(self, error: SQLAlchemyError) -> RecordsError:
        return translate(error, self._backend.name)

    @staticmethod
    def _transact(engine: Engine, work: Callable[[Session], Result]) -> Result:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    async def close(self) -> None:
        """Finish what was handed over and close the files; a server that stays away is given up after a moment."""
        self._closing.set()
        loop = asyncio.get_running_loop()
        giving_up = loop.call_later(CLOSE_GRACE_S, self._given_up.set)
        try:
            await asyncio.to_thread(self._shut_down)
        finally:
            giving_up.cancel()

    def _shut_down(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._backend.close()


def _backend_of(address: DatabaseAddress, access: Access, busy_timeout_ms: int) -> Backend:
    if isinstance(address, Path):
        return SqliteBackend(address, access, busy_timeout_ms=busy_timeout_ms)
    return PostgresBackend(address, access)


def _report_abandoned(future: asyncio.Future[Result]) -> None:
    """Log the failure of a write that nobody waits for any more."""
    if not future.cancelled() and (error := future.exception()) is not None:
        _log.error("record_not_written", exc_info=error)
