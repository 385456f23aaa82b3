"""The journal: the one writer of every call's story."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sqlalchemy import false, update
from sqlmodel import Session

from gateway.language import Language
from gateway.records import queries, writes
from gateway.records.action_archive import ActionArchive
from gateway.records.action_queue import ActionQueue
from gateway.records.address import DatabaseAddress
from gateway.records.backend import Access
from gateway.records.call_filter import ALL_CALLS, CallFilter
from gateway.records.call_list import list_calls
from gateway.records.database import BUSY_TIMEOUT_MS, Database
from gateway.records.erasure import Erasure
from gateway.records.identifiers import new_identifier
from gateway.records.model import CallStory, CallSummary, Consent, FactValue, LegQuality, NewAction, NewCall, NewTurn
from gateway.records.retention import Retention
from gateway.records.search import index_call, search_calls
from gateway.records.staff import StaffDesk
from gateway.records.tables import Call, Event


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


class Journal:
    """Writes what happens in calls, and reads it again.

    Every method raises ``RecordsError`` when the database cannot do it. When one that writes returns, what it wrote
    outlives ``kill -9`` and a power cut; cancelling it does not stop the write.

    While a PostgreSQL server is away, what is written waits in memory, in its order, until it is back: methods that
    return nothing of it return at once, those that do raise ``RecordsDelayed``.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.action_archive = ActionArchive(database)
        """All actions, for those who look at them or take them back."""
        self.actions = ActionQueue(database)
        """The delivery's view of the actions."""
        self.staff = StaffDesk(database, clock)
        """What people do with calls: correct, work off, hold."""
        self.retention = Retention(database)
        """What has been kept for long enough."""
        self.erasure = Erasure(database, clock)
        """What is known of one patient, and its deletion."""

    @classmethod
    async def open(
        cls,
        database: DatabaseAddress,
        *,
        read_only: bool = False,
        beside_gateway: bool = False,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        clock: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Open the database as a gateway, making it when it is not there.

        Only one gateway may have it open, on a PostgreSQL server one of each name. ``beside_gateway`` opens it to write
        for a tool, while a gateway may be running; ``read_only`` to read.
        """
        access = Access.READER if read_only else Access.TOOL if beside_gateway else Access.GATEWAY
        return cls(await Database.open(database, access, busy_timeout_ms=busy_timeout_ms), clock)

    async def close(self) -> None:
        """Write what was handed over and close the database."""
        await self._database.close()

    async def begin_call(self, call: NewCall) -> str:
        """Write a call that begins and return its id."""
        call_id = new_identifier()
        gateway = self._database.gateway
        await self._database.write_down(lambda session: writes.insert_call(session, call_id, call, gateway))
        return call_id

    async def answer_call(self, call_id: str, at: datetime, recording_path: Path | None, consent: Consent) -> None:
        """Note when a call was answered and where it is recorded."""

        def work(session: Session) -> None:
            call = writes.get_call(session, call_id)
            call.answered_at = at
            call.recording_path = None if recording_path is None else str(recording_path)
            call.recording_consent = consent
            session.add(call)

        await self._database.write_down(work)

    async def set_language(self, call_id: str, language: Language) -> None:
        """Note the language that the call is held in."""

        def work(session: Session) -> None:
            call = writes.get_call(session, call_id)
            call.language = language
            session.add(call)

        await self._database.write_down(work)

    async def set_consent(self, call_id: str, consent: Consent) -> None:
        """Note what the caller said to being recorded."""

        def work(session: Session) -> None:
            call = writes.get_call(session, call_id)
            call.recording_consent = consent
            session.add(call)

        await self._database.write_down(work)

    async def set_summary(self, call_id: str, summary: str) -> None:
        """Note what the call was about, in a sentence or two."""

        def work(session: Session) -> None:
            call = writes.get_call(session, call_id)
            call.summary = summary
            session.add(call)
            session.flush()
            index_call(session, call_id)

        await self._database.write_down(work)

    async def move_recording(self, call_id: str, before: Path, after: Path) -> bool:
        """Note that a recording lies elsewhere now; return False, and change nothing, where it was not ``before``."""

        def work(session: Session) -> bool:
            call = writes.get_call(session, call_id)
            if call.recording_path == str(before):
                call.recording_path = str(after)
                session.add(call)
            return call.recording_path == str(after)

        return await self._database.write(work)

    async def add_turn(self, call_id: str, turn: NewTurn) -> int:
        """Write what was said and return the turn's id."""
        now = self._clock()
        return await self._database.write(lambda session: writes.insert_turn(session, call_id, turn, now))

    async def save_facts(self, call_id: str, turn_id: int | None, facts: Sequence[FactValue]) -> None:
        """Write what is known since ``turn_id``, by name.

        A changed value supersedes the old one, which is kept. The same value again keeps the words that it came from,
        the higher confidence, and is confirmed once it was confirmed.
        """
        now = self._clock()
        await self._database.write_down(lambda session: writes.upsert_facts(session, call_id, turn_id, facts, now))

    async def commit_action(
        self, call_id: str, turn_id: int | None, facts: Sequence[FactValue], action: NewAction
    ) -> str:
        """Write an action and the facts that it rests on in one transaction; return the action's id.

        An action whose idempotency key is known already is not written again: the id is that of the first.
        """
        now = self._clock()

        def work(session: Session) -> str:
            writes.upsert_facts(session, call_id, turn_id, facts, now)
            return writes.insert_action(session, call_id, action, now)

        return await self._database.write(work)

    async def add_event(
        self, call_id: str, name: str, position: int | None = None, data: Mapping[str, object] | None = None
    ) -> None:
        """Write that something happened; ``data`` has to fit into JSON."""
        now = self._clock()

        def work(session: Session) -> None:
            writes.get_call(session, call_id)
            session.add(Event(call_id=call_id, at=now, position=position, name=name, data=dict(data or {})))

        await self._database.write_down(work)

    async def add_leg(self, call_id: str, leg: LegQuality) -> None:
        """Write how the sound of a leg was that has ended."""
        now = self._clock()
        await self._database.write_down(lambda session: writes.insert_leg(session, call_id, leg, now))

    async def end_call(self, call_id: str, reason: str, outcome: str | None) -> None:
        """Note that a call is over; a second end changes nothing."""
        now = self._clock()

        def work(session: Session) -> None:
            call = writes.get_call(session, call_id)
            if call.ended_at is None:
                call.ended_at = now
                call.end_reason = reason
                call.outcome = outcome
                session.add(call)

        await self._database.write_down(work)

    async def recover(self) -> int:
        """End the calls that a crash left open, with the reason ``crash``; return how many. To be called at start."""

        def work(session: Session) -> int:
            own, is_running = self._database.gateway, self._database.running_gateways(session)
            return writes.close_open_calls(session, "crash", lambda name: name != own and is_running(name))

        return await self._database.write(work)

    async def calls(
        self, limit: int = 50, before: str | None = None, wanted: CallFilter = ALL_CALLS
    ) -> list[CallSummary]:
        """Return the newest of the ``wanted`` calls first; ``before`` is the id of the last one of the page before.

        Pages stay as they are while calls come in: what is new is before the first of them.
        """
        return await self._database.read(lambda session: list_calls(session, limit, before, wanted))

    async def search(self, text: str, limit: int = 50, before: str | None = None) -> list[CallSummary]:
        """Return the newest calls first in which every word of ``text`` was said or noted, or begins a word of it.

        Numbers are found in each of their spellings. ``before`` is the id of the last one of the page before.
        """
        return await self._database.read(lambda session: search_calls(session, text, limit, before))

    async def recordings(self) -> list[Path]:
        """Return where the recordings of all calls are."""
        return await self._database.read(queries.recordings)

    async def forget(self) -> None:
        """Take what was deleted out of the database's files, as far as that can be done while it is used."""
        await self._database.forget()

    async def check_writable(self) -> None:
        """Go through a write that changes nothing; raise ``RecordsError`` when the database can't be written."""
        await self._database.write(lambda session: session.execute(update(Call).where(false()).values(id=Call.id)))

    @property
    def waiting(self) -> int:
        """How many writes are not committed yet."""
        return self._database.waiting

    @property
    def away(self) -> bool:
        """Whether the database's server cannot be reached now."""
        return self._database.away

    async def call(self, call_id: str) -> CallStory | None:
        """Return everything about one call, by its id or a beginning of it that no other call has.

        Raise ``AmbiguousCallId`` when several calls' ids begin like that.
        """
        return await self._database.read(lambda session: queries.find_call(session, call_id))
