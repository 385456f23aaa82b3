"""What is read, as functions of a session."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from sqlmodel import Session, col, func, select

from gateway.language import Language
from gateway.records.errors import AmbiguousCallId
from gateway.records.model import (
    ActionRecord,
    ActionState,
    ActionStatus,
    CallStory,
    CallSummary,
    Consent,
    EventRecord,
    FactRecord,
    HoldRecord,
    LegQuality,
    Speaker,
    TurnRecord,
)
from gateway.records.tables import Action, Call, Event, Fact, Leg, LegalHold, Turn

_ID_PREFIX = re.compile(r"[0-9a-f-]{1,36}")


def find_call(session: Session, id_or_prefix: str) -> CallStory | None:
    """Return a call's story, or None; raise ``AmbiguousCallId`` when several ids begin like that."""
    wanted = id_or_prefix.strip().lower()
    if not _ID_PREFIX.fullmatch(wanted):
        return None
    calls = session.exec(select(Call).where(col(Call.id).startswith(wanted)).limit(2)).all()
    if not calls:
        return None
    if len(calls) > 1:
        raise AmbiguousCallId(f"More than one call's id begins with {wanted}.")
    call_id = calls[0].id
    return CallStory(
        summary=summaries(session, calls)[0],
        turns=tuple(
            turn_record(row)
            for row in session.exec(select(Turn).where(Turn.call_id == call_id).order_by(col(Turn.index)))
        ),
        facts=tuple(
            fact_record(row) for row in session.exec(select(Fact).where(Fact.call_id == call_id).order_by(col(Fact.id)))
        ),
        actions=tuple(
            action_record(row)
            for row in session.exec(select(Action).where(Action.call_id == call_id).order_by(col(Action.sequence)))
        ),
        events=tuple(
            EventRecord(at=row.at, name=row.name, position=row.position, data=row.data)
            for row in session.exec(select(Event).where(Event.call_id == call_id).order_by(col(Event.id)))
        ),
        legs=tuple(
            leg_quality(row) for row in session.exec(select(Leg).where(Leg.call_id == call_id).order_by(col(Leg.id)))
        ),
        hold=current_hold(session, call_id),
    )


def recordings(session: Session) -> list[Path]:
    """Return where the recordings of all calls are."""
    return [Path(path) for path in session.exec(select(Call.recording_path).order_by(Call.id)) if path is not None]


def summaries(session: Session, calls: Sequence[Call]) -> list[CallSummary]:
    """Return the summaries of ``calls`` with four queries, however many they are."""
    ids = [call.id for call in calls]
    turns = dict(
        session.exec(select(Turn.call_id, func.count()).where(col(Turn.call_id).in_(ids)).group_by(Turn.call_id)).all()
    )
    facts: dict[str, dict[str, str]] = {}
    for fact in session.exec(
        select(Fact).where(col(Fact.call_id).in_(ids), col(Fact.superseded_at).is_(None)).order_by(col(Fact.id))
    ):
        facts.setdefault(fact.call_id, {})[fact.name] = fact.value
    actions: dict[str, list[ActionState]] = {}
    for action in session.exec(select(Action).where(col(Action.call_id).in_(ids)).order_by(col(Action.sequence))):
        actions.setdefault(action.call_id, []).append(ActionState(action.kind, ActionStatus(action.status)))
    return [
        CallSummary(
            id=call.id,
            line=call.line,
            sip_call_id=call.sip_call_id,
            practice_id=call.practice_id,
            caller_number=call.caller_number,
            caller_name=call.caller_name,
            called_number=call.called_number,
            language=cast("Language | None", call.language),
            started_at=call.started_at,
            answered_at=call.answered_at,
            ended_at=call.ended_at,
            end_reason=call.end_reason,
            outcome=call.outcome,
            recording_path=None if call.recording_path is None else Path(call.recording_path),
            recording_consent=cast("Consent", call.recording_consent),
            turn_count=turns.get(call.id, 0),
            facts=facts.get(call.id, {}),
            actions=tuple(actions.get(call.id, ())),
            summary=call.summary,
            audio_deleted_at=call.audio_deleted_at,
            transcript_deleted_at=call.transcript_deleted_at,
        )
        for call in calls
    ]


def current_hold(session: Session, call_id: str) -> HoldRecord | None:
    """Return why nothing of a call may be deleted, or None."""
    row = session.exec(
        select(LegalHold).where(LegalHold.call_id == call_id, col(LegalHold.released_at).is_(None))
    ).one_or_none()
    return None if row is None else HoldRecord(row.call_id, row.reason, row.placed_by, row.placed_at)


def turn_record(row: Turn) -> TurnRecord:
    """Return a turn as a plain value."""
    return TurnRecord(
        id=row.id or 0,
        index=row.index,
        speaker=cast("Speaker", row.speaker),
        text=row.text,
        heard_text=row.heard_text,
        language=cast("Language | None", row.language),
        confidence=row.confidence,
        start_sample=row.start_sample,
        end_sample=row.end_sample,
        latency_ms=row.latency_ms,
        created_at=row.created_at,
    )


def fact_record(row: Fact) -> FactRecord:
    """Return a fact as a plain value."""
    return FactRecord(
        name=row.name,
        value=row.value,
        words=row.words,
        confidence=row.confidence,
        confirmed=row.confirmed,
        turn_id=row.turn_id,
        created_at=row.created_at,
        superseded_at=row.superseded_at,
        corrected_by=row.corrected_by,
    )


def leg_quality(row: Leg) -> LegQuality:
    """Return the figures of a leg as a plain value."""
    return LegQuality(**{field.name: getattr(row, field.name) for field in dataclasses.fields(LegQuality)})


def action_record(row: Action) -> ActionRecord:
    """Return an action as a plain value."""
    return ActionRecord(
        id=row.id,
        call_id=row.call_id,
        kind=row.kind,
        payload=row.payload,
        idempotency_key=row.idempotency_key,
        status=ActionStatus(row.status),
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        last_status=row.last_status,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
        handled_at=row.handled_at,
        handled_by=row.handled_by,
    )
