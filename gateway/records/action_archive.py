"""Actions as people look at them: listed, found by the beginning of their id, sent again; and taken back by callers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, func, select

from gateway.records.database import Database
from gateway.records.model import ActionRecord, ActionStatus
from gateway.records.queries import action_record
from gateway.records.tables import Action, Call

_ID_PREFIX = re.compile(r"[0-9a-f-]{1,36}")


class RetryResult(StrEnum):
    """What came of asking for an action to be sent again."""

    QUEUED = "queued"
    """It is due now, and its three days begin anew."""
    NOT_DEAD = "not_dead"
    """It has not failed: it waits, is being delivered, arrived, or was withdrawn."""
    FOLLOWED = "followed"
    """It names a slot that could not be booked, and the same wish was sent without one."""
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Retry:
    """The answer to one id; ``action`` is the action as it stands now, None where none or several were found."""

    wanted: str
    result: RetryResult
    action: ActionRecord | None = None


class ActionArchive:
    """All actions, whether they are still to be delivered or not. Every method raises ``RecordsError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, state: ActionStatus | None = None, limit: int = 50) -> list[ActionRecord]:
        """Return the newest actions first, those in ``state`` only if one is given."""

        def work(session: Session) -> list[ActionRecord]:
            query = select(Action).order_by(col(Action.sequence).desc()).limit(limit)
            if state is not None:
                query = query.where(Action.status == state.value)
            return [action_record(row) for row in session.exec(query)]

        return await self._database.read(work)

    async def find(self, id_or_prefix: str) -> Sequence[ActionRecord]:
        """Return the actions whose ids begin like that, two at most: more than one is too many."""
        return await self._database.read(lambda session: [action_record(row) for row in _find(session, id_or_prefix)])

    async def retry(self, ids: Sequence[str], now: datetime) -> Sequence[Retry]:
        """Let dead letters be due ``now``, by their ids or beginnings of them; return what came of each."""
        return await self._database.write(lambda session: [_retry(session, wanted, now) for wanted in ids])

    async def retry_all(self, now: datetime) -> Sequence[Retry]:
        """Let every dead letter be due ``now``; return what came of each, in the order of their making."""

        def work(session: Session) -> Sequence[Retry]:
            query = select(Action).where(Action.status == ActionStatus.FAILED.value).order_by(col(Action.sequence))
            return [_retry_one(session, row.id, row, now) for row in session.exec(query).all()]

        return await self._database.write(work)

    async def calls_without(self, kind: str, since: datetime) -> Sequence[str]:
        """Return the ids of calls that began after ``since``, have ended, and have no action of ``kind``.

        Calls older than the first that has one are left out: that kind was not made then.
        """

        def work(session: Session) -> Sequence[str]:
            first = session.exec(select(func.min(Action.call_id)).where(Action.kind == kind)).one()
            if first is None:
                return []
            having = select(Action.call_id).where(Action.kind == kind)
            query = select(Call.id).where(
                Call.id > first,
                Call.started_at > since,
                col(Call.ended_at).is_not(None),
                col(Call.id).not_in(having),
            )
            return session.exec(query.order_by(col(Call.id))).all()

        return await self._database.read(work)

    async def withdraw(self, action_id: str) -> bool:
        """Take an action back that was never sent; return False where it was, or may have been.

        Its idempotency key becomes free: asked for again in the same call, it is a new action.
        """

        def work(session: Session) -> bool:
            row = session.exec(select(Action).where(Action.id == action_id)).one_or_none()
            if row is None or row.status != ActionStatus.PENDING.value or row.attempts:
                return False
            row.status = ActionStatus.WITHDRAWN.value
            row.next_attempt_at = None
            row.idempotency_key = f"{row.idempotency_key}/withdrawn/{row.id}"
            session.add(row)
            return True

        return await self._database.write(work)


def _find(session: Session, id_or_prefix: str) -> Sequence[Action]:
    wanted = id_or_prefix.strip().lower()
    if not _ID_PREFIX.fullmatch(wanted):
        return []
    return session.exec(select(Action).where(col(Action.id).startswith(wanted)).limit(2)).all()


def _retry(session: Session, wanted: str, now: datetime) -> Retry:
    found = _find(session, wanted)
    if len(found) != 1:
        return Retry(wanted, RetryResult.AMBIGUOUS if found else RetryResult.UNKNOWN)
    return _retry_one(session, wanted, found[0], now)


def _retry_one(session: Session, wanted: str, row: Action, now: datetime) -> Retry:
    if row.status != ActionStatus.FAILED.value:
        return Retry(wanted, RetryResult.NOT_DEAD, action_record(row))
    if _was_followed(session, row):
        return Retry(wanted, RetryResult.FOLLOWED, action_record(row))
    row.status = ActionStatus.PENDING.value
    row.attempts = 0
    row.first_attempt_at = None
    row.next_attempt_at = now
    session.add(row)
    return Retry(wanted, RetryResult.QUEUED, action_record(row))


def _was_followed(session: Session, row: Action) -> bool:
    """Tell whether the wish of an action that names a slot was committed again without one."""
    slot = _detail(row, "slot")
    if slot is None:
        return False
    others = session.exec(select(Action).where(Action.call_id == row.call_id, Action.kind == row.kind)).all()
    return any(_detail(other, "slot_not_booked") == slot for other in others)


def _detail(row: Action, name: str) -> str | None:
    value = json.loads(row.payload)["details"].get(name)
    return value if isinstance(value, str) else None
