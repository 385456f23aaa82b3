"""Everything that is known of one patient, and its deletion on the patient's request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session, col, or_, select

from gateway.records.database import Database
from gateway.records.deletion import count_of, delete_call, has_unsettled_action, is_held, note
from gateway.records.folding import fold
from gateway.records.model import DeletionRecord
from gateway.records.tables import Action, Call, Fact, Turn

_NAME_FACTS = frozenset(("name", "patient_name", "caller_name"))


class Obstacle(StrEnum):
    """Why a call cannot be erased now."""

    RUNNING = "running"
    HELD = "held"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class PatientCall:
    """One call of a patient and how much there is of it; ``obstacle`` is None where it can be erased."""

    call_id: str
    started_at: datetime
    recording_path: Path | None
    turns: int
    facts: int
    actions: int
    obstacle: Obstacle | None


class Erasure:
    """Finds and erases a patient's calls. Every method raises ``RecordsError``."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def find(self, *, phone: str | None = None, name: str | None = None) -> list[PatientCall]:
        """Return the calls from ``phone`` (E.164), or in which it or a person with all words of ``name`` was named.

        Both given, a call is found by either. The oldest comes first.
        """

        def work(session: Session) -> list[PatientCall]:
            ids = set(_by_phone(session, phone) if phone else ()) | set(_by_name(session, name) if name else ())
            return [_patient_call(session, call_id) for call_id in sorted(ids)]

        return await self._database.read(work)

    async def look(self, call_id: str) -> PatientCall | None:
        """Return a call as it is now, None where it is gone."""

        def work(session: Session) -> PatientCall | None:
            return None if session.get(Call, call_id) is None else _patient_call(session, call_id)

        return await self._database.read(work)

    async def erase(self, call_id: str) -> PatientCall | None:
        """Delete a call with all that belongs to it, unless there is an obstacle, which is returned with it.

        None: the call is gone already. Its recording has to be deleted before.
        """

        def work(session: Session) -> PatientCall | None:
            call = session.get(Call, call_id, with_for_update=True)
            if call is None:
                return None
            found = _patient_call(session, call_id)
            if found.obstacle is None:
                delete_call(session, call)
            return found

        return await self._database.write(work)

    async def note(self, erased: Sequence[PatientCall]) -> None:
        """Write down how much was erased, and nothing of whom it was about."""
        record = DeletionRecord(
            at=self._clock(),
            cause="erasure",
            recordings=sum(call.recording_path is not None for call in erased),
            transcripts=sum(call.turns > 0 for call in erased),
            calls=len(erased),
            turns=sum(call.turns for call in erased),
            facts=sum(call.facts for call in erased),
            actions=sum(call.actions for call in erased),
        )
        await self._database.write(lambda session: note(session, record))


def _by_phone(session: Session, phone: str) -> Sequence[str]:
    named = select(Fact.call_id).where(Fact.value == phone)
    return session.exec(select(Call.id).where(or_(Call.caller_number == phone, col(Call.id).in_(named)))).all()


def _by_name(session: Session, name: str) -> list[str]:
    wanted = set(fold(name).split())
    if not wanted:
        return []
    named = session.exec(select(Fact.call_id, Fact.value).where(col(Fact.name).in_(_NAME_FACTS))).all()
    shown = session.exec(select(Call.id, Call.caller_name).where(col(Call.caller_name).is_not(None))).all()
    return [call_id for call_id, value in (*named, *shown) if wanted <= set(fold(value or "").split())]


def _patient_call(session: Session, call_id: str) -> PatientCall:
    call = session.get_one(Call, call_id)
    return PatientCall(
        call_id=call_id,
        started_at=call.started_at,
        recording_path=None if call.recording_path is None else Path(call.recording_path),
        turns=count_of(session, Turn, call_id),
        facts=count_of(session, Fact, call_id),
        actions=count_of(session, Action, call_id),
        obstacle=_obstacle(session, call),
    )


def _obstacle(session: Session, call: Call) -> Obstacle | None:
    if call.ended_at is None:
        return Obstacle.RUNNING
    if session.exec(select(Call.id).where(Call.id == call.id, is_held())).first() is not None:
        return Obstacle.HELD
    if session.exec(select(Call.id).where(Call.id == call.id, has_unsettled_action())).first() is not None:
        return Obstacle.UNDELIVERED
    return None
