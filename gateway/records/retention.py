"""What has been kept for long enough, batch by batch, so that no call ever waits for a long deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from gateway.records.database import Database
from gateway.records.deletion import delete_call, delete_transcript, has_unsettled_action, is_held, note
from gateway.records.model import DeletionRecord
from gateway.records.tables import Call, Deletion


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step deleted; ``last`` is the id of the call that it came to, None when there was nothing left."""

    last: str | None = None
    calls: int = 0
    turns: int = 0
    facts: int = 0
    actions: int = 0


class Retention:
    """Hands out and deletes what calls that ended ``before`` a moment have too much, in the order of the calls' ids.

    ``after`` is the id of the call that the step before came to, ``""`` at the beginning. Nothing of a call that is
    held is handed out or deleted, and no call with an action that was neither delivered nor done. Each method raises
    ``RecordsError``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recordings(self, before: datetime, after: str, limit: int) -> list[tuple[str, Path]]:
        """Return calls whose recordings are to be deleted, with the paths of these."""

        def work(session: Session) -> list[tuple[str, Path]]:
            rows = _due(session, before, after, limit, col(Call.recording_path).is_not(None))
            return [(row.id, Path(row.recording_path or "")) for row in rows]

        return await self._database.read(work)

    async def recordings_deleted(self, call_ids: Sequence[str], now: datetime) -> None:
        """Note that the recordings of calls are gone."""

        def work(session: Session) -> None:
            for row in session.exec(select(Call).where(col(Call.id).in_(call_ids))):
                row.audio_deleted_at = now
                row.recording_path = None
                session.add(row)

        await self._database.write(work)

    async def delete_transcripts(self, before: datetime, after: str, limit: int, now: datetime) -> Batch:
        """Delete what was said in calls."""

        def work(session: Session) -> Batch:
            rows = _due(session, before, after, limit, col(Call.transcript_deleted_at).is_(None))
            turns = sum(delete_transcript(session, row, now) for row in rows)
            return Batch(rows[-1].id if rows else None, len(rows), turns)

        return await self._database.write(work)

    async def delete_calls(self, before: datetime, after: str, limit: int) -> Batch:
        """Delete calls with all that belongs to them, once their recordings are gone."""

        def work(session: Session) -> Batch:
            rows = _due(session, before, after, limit, ~has_unsettled_action(), col(Call.recording_path).is_(None))
            figures = [delete_call(session, row) for row in rows]
            return Batch(
                rows[-1].id if rows else None,
                len(rows),
                sum(each.turns for each in figures),
                sum(each.facts for each in figures),
                sum(each.actions for each in figures),
            )

        return await self._database.write(work)

    async def kept(self, before: datetime) -> tuple[int, int]:
        """Return how many calls that ended before are still there: held ones, and for their actions others."""

        def work(session: Session) -> tuple[int, int]:
            old = select(func.count()).select_from(Call).where(col(Call.ended_at) < before)
            held = session.exec(old.where(is_held())).one()
            return held, session.exec(old.where(~is_held(), has_unsettled_action())).one()

        return await self._database.read(work)

    async def known(self, call_ids: Sequence[str]) -> set[str]:
        """Return which of the calls are in the records."""

        def work(session: Session) -> set[str]:
            return set(session.exec(select(Call.id).where(col(Call.id).in_(call_ids))))

        return await self._database.read(work)

    async def note(self, record: DeletionRecord) -> None:
        """Write down how much was deleted."""
        await self._database.write(lambda session: note(session, record))

    async def deletions(self, limit: int = 50) -> list[DeletionRecord]:
        """Return what was deleted, the latest first."""

        def work(session: Session) -> list[DeletionRecord]:
            rows = session.exec(select(Deletion).order_by(col(Deletion.id).desc()).limit(limit))
            return [
                DeletionRecord(
                    at=row.at,
                    cause=row.cause,
                    recordings=row.recordings,
                    transcripts=row.transcripts,
                    calls=row.calls,
                    turns=row.turns,
                    facts=row.facts,
                    actions=row.actions,
                )
                for row in rows
            ]

        return await self._database.read(work)


def _due(
    session: Session, before: datetime, after: str, limit: int, *conditions: ColumnElement[bool]
) -> Sequence[Call]:
    return session.exec(
        select(Call)
        .where(col(Call.id) > after, col(Call.ended_at) < before, ~is_held(), *conditions)
        .order_by(col(Call.id))
        .limit(limit)
    ).all()
