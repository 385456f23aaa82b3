"""What people do with calls: correct what was understood, work off what is asked for, hold what may not be deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from gateway.records import writes
from gateway.records.action_queue import URGENT_KINDS
from gateway.records.database import Database
from gateway.records.errors import RecordsError
from gateway.records.model import ActionRecord, ActionStatus, FactRecord, HoldRecord
from gateway.records.queries import action_record, current_hold, fact_record
from gateway.records.search import index_call
from gateway.records.tables import Action, Event, Fact, LegalHold

WITHDRAWAL = "action.withdrawn"
"""The kind that takes back an action that was delivered: its payload names that one's id."""


class StaffDesk:
    """Writes down what people do with calls, and who did it. Every method raises ``RecordsError``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def correct_fact(self, call_id: str, name: str, value: str, by: str) -> FactRecord:
        """Write the value of a fact by hand; the former one is kept as superseded.

        It is confirmed, keeps the words and the turn that the former one came from, and is not overwritten by what the
        gateway understands afterwards. Raise ``UnknownCall``.
        """
        now = self._clock()

        def work(session: Session) -> FactRecord:
            writes.get_call(session, call_id)
            former = session.exec(
                select(Fact).where(Fact.call_id == call_id, Fact.name == name, col(Fact.superseded_at).is_(None))
            ).one_or_none()
            if former is not None:
                former.superseded_at = now
                session.add(former)
                session.flush()  # only one row of a name may be current at any moment
            row = Fact(
                call_id=call_id,
                name=name,
                value=value,
                words="" if former is None else former.words,
                turn_id=None if former is None else former.turn_id,
                confidence=1.0,
                confirmed=True,
                created_at=now,
                corrected_by=by,
            )
            session.add(row)
            session.flush()
            index_call(session, call_id)
            return fact_record(row)

        return await self._database.write(work)

    async def open_actions(
        self, kinds: Collection[str] | None = None, limit: int = 100, after: int = 0
    ) -> list[tuple[int, ActionRecord]]:
        """Return the actions that no person has done yet with their sequence numbers: urgent ones first, then by age.

        ``kinds`` leaves out all others, ``after`` those up to a sequence number, for the next page. What a caller has
        withdrawn is not among them, also where it had been delivered before.
        """
        withdrawal = aliased(Action)
        taken_back = (
            select(withdrawal.id)
            .where(
                withdrawal.call_id == Action.call_id,
                withdrawal.kind == WITHDRAWAL,
                col(withdrawal.payload).contains(col(Action.id)),
            )
            .exists()
        )
        wanted = [
            col(Action.handled_at).is_(None),
            col(Action.status) != ActionStatus.WITHDRAWN.value,
            ~taken_back,
        ]
        if kinds is not None:
            wanted.append(col(Action.kind).in_(kinds))

        def work(session: Session) -> list[tuple[int, ActionRecord]]:
            rows = session.exec(
                select(Action)
                .where(*wanted, col(Action.sequence) > after)
                .order_by(col(Action.kind).in_(URGENT_KINDS).desc(), col(Action.sequence))
                .limit(limit)
            ).all()
            return [(row.sequence or 0, action_record(row)) for row in rows]

        return await self._database.read(work)

    async def done_actions(self, limit: int = 50) -> list[ActionRecord]:
        """Return what people have done, the latest first."""

        def work(session: Session) -> list[ActionRecord]:
            done = col(Action.handled_at).is_not(None)
            rows = session.exec(select(Action).where(done).order_by(col(Action.handled_at).desc()).limit(limit)).all()
            return [action_record(row) for row in rows]

        return await self._database.read(work)

    async def corrections(self, call_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the facts of these calls that hold and were written by hand: values by name, by call."""

        def work(session: Session) -> Mapping[str, Mapping[str, str]]:
            found: dict[str, dict[str, str]] = {}
            by_hand = col(Fact.corrected_by).is_not(None), col(Fact.superseded_at).is_(None)
            for row in session.exec(select(Fact).where(col(Fact.call_id).in_(call_ids), *by_hand)):
                found.setdefault(row.call_id, {})[row.name] = row.value
            return found

        return await self._database.read(work)

    async def mark_done(self, action_id: str, by: str) -> bool:
        """Note that a person has done what an action asks for; return False where somebody had already."""
        return await self._handle(action_id, by, done=True)

    async def reopen(self, action_id: str, by: str) -> bool:
        """Put an action back into the list; return False where it is in it."""
        return await self._handle(action_id, by, done=False)

    async def _handle(self, action_id: str, by: str, *, done: bool) -> bool:
        now = self._clock()

        def work(session: Session) -> bool:
            row = session.exec(select(Action).where(Action.id == action_id).with_for_update()).one_or_none()
            if row is None:
                raise RecordsError(f"There is no action {action_id}.")
            if (row.handled_at is not None) == done:
                return False
            row.handled_at, row.handled_by = (now, by) if done else (None, None)
            session.add(row)
            name = "action_done" if done else "action_reopened"
            session.add(Event(call_id=row.call_id, at=now, name=name, data={"action": action_id, "by": by}))
            return True

        return await self._database.write(work)

    async def hold(self, call_id: str, reason: str, by: str) -> HoldRecord:
        """Let nothing of a call be deleted; a hold that is there stays as it is. Raise ``UnknownCall``."""
        now = self._clock()

        def work(session: Session) -> HoldRecord:
            writes.get_call(session, call_id)
            if (held := current_hold(session, call_id)) is not None:
                return held
            session.add(LegalHold(call_id=call_id, reason=reason, placed_by=by, placed_at=now))
            return HoldRecord(call_id, reason, by, now)

        return await self._database.write(work)

    async def release(self, call_id: str, by: str) -> bool:
        """End the hold on a call; return False where there is none. Raise ``UnknownCall``."""
        now = self._clock()

        def work(session: Session) -> bool:
            writes.get_call(session, call_id)
            row = session.exec(
                select(LegalHold).where(LegalHold.call_id == call_id, col(LegalHold.released_at).is_(None))
            ).one_or_none()
            if row is None:
                return False
            row.released_at, row.released_by = now, by
            session.add(row)
            return True

        return await self._database.write(work)

    async def held(self) -> int:
        """Return how many calls are held."""

        def work(session: Session) -> int:
            return session.exec(select(func.count()).where(col(LegalHold.released_at).is_(None))).one()

        return await self._database.read(work)
