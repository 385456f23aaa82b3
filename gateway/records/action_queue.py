"""The actions' state in the database, as the delivery drives it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from gateway.records.database import Database
from gateway.records.errors import RecordsError
from gateway.records.model import ActionRecord, ActionStatus
from gateway.records.queries import action_record
from gateway.records.tables import Action

URGENT_KINDS = ("emergency.flagged",)
"""Kinds of action that wait for no other one of their call, and go before those of all calls."""

_OPEN = (ActionStatus.PENDING.value, ActionStatus.DELIVERING.value)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been delivered: how many wait, how many failed that nobody has handled, since when the oldest waits.

    ``oldest`` leaves out what ``oldest_urgent`` is about; either is None where nothing of its kind waits.
    """

    waiting: int
    failed: int
    oldest: datetime | None
    oldest_urgent: datetime | None


class ActionQueue:
    """Hands out the actions that are due, each call's in order, and notes how each attempt ended."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def release_interrupted(self, under_way: Collection[str] = ()) -> int:
        """Make actions due again whose delivery was broken off; return how many.

        Those are all that stand in delivery without being among ``under_way``, by their ids, unless another gateway
        that runs delivers them.
        """
        under_way = frozenset(under_way)

        def work(session: Session) -> int:
            self._database.one_at_a_time(session)
            own, is_running = self._database.gateway, self._database.running_gateways(session)
            rows = session.exec(select(Action).where(Action.status == ActionStatus.DELIVERING.value)).all()
            interrupted = [
                row
                for row in rows
                if row.id not in under_way and (row.claimed_by == own or not is_running(row.claimed_by))
            ]
            for row in interrupted:
                row.status = ActionStatus.PENDING.value
                session.add(row)
            return len(interrupted)

        return await self._database.write(work)

    async def claim_due(self, now: datetime, limit: int) -> list[ActionRecord]:
        """Return up to ``limit`` actions that are due, now marked as in delivery and with one attempt more.

        Only the oldest open action of a call is handed out, so that a call's actions arrive in their order; what is
        urgent comes first and waits for none.
        """

        def work(session: Session) -> list[ActionRecord]:
            self._database.one_at_a_time(session)
            rows = session.exec(
                select(Action)
                .where(
                    col(Action.sequence).in_(_heads()),
                    Action.status == ActionStatus.PENDING.value,
                    col(Action.next_attempt_at) <= now,
                )
                .order_by(col(Action.kind).in_(URGENT_KINDS).desc(), col(Action.next_attempt_at), col(Action.sequence))
                .limit(limit)
            ).all()
            return [self._claim(session, row, now) for row in rows]

        return await self._database.write(work) if limit > 0 else []

    async def claim(self, action_id: str, now: datetime) -> ActionRecord | None:
        """Return one action, now marked as in delivery and with one attempt more.

        None when it is in delivery already, is settled, waits for a later attempt, or has to wait for an earlier
        action of its call.
        """

        def work(session: Session) -> ActionRecord | None:
            self._database.one_at_a_time(session)
            row = session.exec(
                select(Action).where(
                    Action.id == action_id,
                    col(Action.sequence).in_(_heads()),
                    Action.status == ActionStatus.PENDING.value,
                    col(Action.next_attempt_at) <= now,
                )
            ).one_or_none()
            return None if row is None else self._claim(session, row, now)

        return await self._database.write(work)

    async def next_due(self) -> datetime | None:
        """Return when the next action that may be claimed is due, or None."""

        def work(session: Session) -> datetime | None:
            return session.exec(
                select(func.min(Action.next_attempt_at)).where(
                    col(Action.sequence).in_(_heads()), Action.status == ActionStatus.PENDING.value
                )
            ).one()

        return await self._database.read(work)

    async def delivered(self, action_id: str, at: datetime, status: int) -> None:
        """Note that the endpoint took the action."""
        await self._settle(action_id, ActionStatus.DELIVERED, status=status, error=None, delivered_at=at)

    async def retry_at(self, action_id: str, at: datetime, status: int | None, error: str | None) -> None:
        """Note that an attempt failed, or was broken off (``error`` None), and that the next one is due ``at``."""
        await self._settle(action_id, ActionStatus.PENDING, status=status, error=error, next_attempt_at=at)

    async def failed(self, action_id: str, status: int | None, error: str) -> None:
        """Note that the action will not be tried again."""
        await self._settle(action_id, ActionStatus.FAILED, status=status, error=error)

    async def counts(self) -> dict[ActionStatus, int]:
        """Return how many actions stand where."""

        def work(session: Session) -> dict[ActionStatus, int]:
            rows = session.exec(select(Action.status, func.count()).group_by(Action.status)).all()
            return dict.fromkeys(ActionStatus, 0) | {ActionStatus(status): count for status, count in rows}

        return await self._database.read(work)

    async def backlog(self) -> Backlog:
        """Return what has not been delivered; it costs as much as there is of that, not as there are actions."""

        def work(session: Session) -> Backlog:
            urgent = col(Action.kind).in_(URGENT_KINDS)
            rows = session.exec(
                select(urgent, func.count(), func.min(Action.created_at))
                .where(col(Action.status).in_(_OPEN))
                .group_by(urgent)
            ).all()
            oldest = {bool(is_urgent): since for is_urgent, _, since in rows}
            failed = session.exec(
                select(func.count()).where(Action.status == ActionStatus.FAILED.value, col(Action.handled_at).is_(None))
            ).one()
            return Backlog(sum(count for _, count, _ in rows), failed, oldest.get(False), oldest.get(True))

        return await self._database.read(work)

    async def _settle(
        self,
        action_id: str,
        state: ActionStatus,
        *,
        status: int | None,
        error: str | None,
        next_attempt_at: datetime | None = None,
        delivered_at: datetime | None = None,
    ) -> None:
        def work(session: Session) -> None:
            row = session.exec(select(Action).where(Action.id == action_id)).one_or_none()
            if row is None:
                raise RecordsError(f"There is no action {action_id}.")
            row.status = state.value
            row.last_status = status
            row.last_error = error
            row.next_attempt_at = next_attempt_at
            row.delivered_at = delivered_at
            row.claimed_by = None
            session.add(row)

        await self._database.write(work)

    def _claim(self, session: Session, row: Action, now: datetime) -> ActionRecord:
        row.status = ActionStatus.DELIVERING.value
        row.attempts += 1
        row.first_attempt_at = row.first_attempt_at or now
        row.claimed_by = self._database.gateway
        session.add(row)
        return action_record(row)


def _heads() -> SelectOfScalar[int | None]:
    """Return a query for the open actions that wait for no other: the oldest of each call, and all that are urgent."""
    open_actions = select(Action).where(col(Action.status).in_(_OPEN)).subquery()
    urgent = open_actions.c.kind.in_(URGENT_KINDS)
    # Grouped by itself, an urgent action is the oldest of its group and holds up no other.
    group = case((urgent, open_actions.c.id), else_=open_actions.c.call_id)
    return select(func.min(open_actions.c.sequence)).group_by(group)
