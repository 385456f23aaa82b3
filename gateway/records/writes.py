"""What is written, as functions of a session; each runs inside one transaction of ``Database.write``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from gateway.records.errors import UnknownCall
from gateway.records.model import ActionStatus, FactValue, LegQuality, NewAction, NewCall, NewTurn
from gateway.records.search import index_call, index_turn
from gateway.records.tables import Action, Call, Event, Fact, Leg, Turn


def get_call(session: Session, call_id: str) -> Call:
    """Return the row of a call; raise ``UnknownCall``."""
    # Held for the transaction where a server has several writers: two facts of a name would both become current.
    call = session.get(Call, call_id, with_for_update=True)
    if call is None:
        raise UnknownCall(f"There is no call {call_id}.")
    return call


def insert_call(session: Session, call_id: str, call: NewCall, gateway: str | None) -> None:
    """Write a call that begins on ``gateway``."""
    session.add(
        Call(
            id=call_id,
            line=call.line,
            sip_call_id=call.sip_call_id,
            practice_id=call.practice_id,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
            called_number=call.called_number,
            language=call.language,
            started_at=call.started_at,
            gateway=gateway,
        )
    )
    session.flush()
    index_call(session, call_id)


def insert_turn(session: Session, call_id: str, turn: NewTurn, now: datetime) -> int:
    """Write a turn behind the call's others and return its id."""
    get_call(session, call_id)
    last = session.exec(select(func.max(Turn.index)).where(Turn.call_id == call_id)).one()
    row = Turn(
        call_id=call_id,
        index=0 if last is None else last + 1,
        speaker=turn.speaker,
        text=turn.text,
        heard_text=turn.heard_text,
        language=turn.language,
        confidence=turn.confidence,
        start_sample=turn.start_sample,
        end_sample=turn.end_sample,
        latency_ms=dict(turn.latency_ms),
        created_at=now,
    )
    session.add(row)
    session.flush()
    assert row.id is not None  # noqa: S101 - the database has just given it
    index_turn(session, row)
    return row.id


def upsert_facts(
    session: Session, call_id: str, turn_id: int | None, facts: Sequence[FactValue], now: datetime
) -> None:
    """Write ``facts``: a new value supersedes the old row, the same value again may only confirm it.

    What a person has corrected by hand stays.
    """
    get_call(session, call_id)
    for fact in facts:
        current = session.exec(
            select(Fact).where(Fact.call_id == call_id, Fact.name == fact.name, col(Fact.superseded_at).is_(None))
        ).one_or_none()
        if current is not None and current.corrected_by is not None:
            continue
        if current is not None and current.value == fact.value:
            current.confirmed = current.confirmed or fact.confirmed
            current.confidence = max(current.confidence, fact.confidence)
            session.add(current)
            continue
        if current is not None:
            current.superseded_at = now
            session.add(current)
            session.flush()  # before the insert: only one row of a name may be current at any moment
        session.add(
            Fact(
                call_id=call_id,
                name=fact.name,
                value=fact.value,
                words=fact.words,
                turn_id=turn_id,
                confidence=fact.confidence,
                confirmed=fact.confirmed,
                created_at=now,
            )
        )
        session.flush()
    index_call(session, call_id)


def insert_action(session: Session, call_id: str, action: NewAction, now: datetime) -> str:
    """Write an action that is due at once, unless its idempotency key is there already; return the row's id."""
    known = session.exec(select(Action.id).where(Action.idempotency_key == action.idempotency_key)).one_or_none()
    if known is not None:
        return known
    session.add(
        Action(
            id=action.id,
            call_id=call_id,
            kind=action.kind,
            payload=action.payload,
            idempotency_key=action.idempotency_key,
            status=ActionStatus.PENDING.value,
            next_attempt_at=now,
            created_at=now,
        )
    )
    return action.id


def insert_leg(session: Session, call_id: str, leg: LegQuality, now: datetime) -> None:
    """Write how the sound of one leg of the call was."""
    get_call(session, call_id)
    session.add(Leg(call_id=call_id, created_at=now, **dataclasses.asdict(leg)))


def close_open_calls(session: Session, reason: str, is_running: Callable[[str | None], bool]) -> int:
    """End every call that has no end, at the last moment that is known of it; return how many there were.

    Those of gateways that run (``is_running``, by their names) go on.
    """
    open_calls = session.exec(select(Call).where(col(Call.ended_at).is_(None))).all()
    rows = [call for call in open_calls if not is_running(call.gateway)]
    for call in rows:
        moments = (
            session.exec(select(func.max(Turn.created_at)).where(Turn.call_id == call.id)).one(),
            session.exec(select(func.max(Event.at)).where(Event.call_id == call.id)).one(),
            call.answered_at,
            call.started_at,
        )
        call.ended_at = max(moment for moment in moments if moment is not None)
        call.end_reason = reason
        session.add(call)
    return len(rows)
