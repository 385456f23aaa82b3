"""What may be deleted of a call and how, as functions of a session."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, exists, func, select

from gateway.records.model import ActionStatus, DeletionRecord
from gateway.records.tables import Action, Call, Deletion, Fact, LegalHold, Turn

_SETTLED = (ActionStatus.DELIVERED.value, ActionStatus.WITHDRAWN.value)


def is_held() -> ColumnElement[bool]:
    """Return the condition on ``Call`` that nothing of it may be deleted."""
    return exists().where(col(LegalHold.call_id) == col(Call.id), col(LegalHold.released_at).is_(None))


def is_unsettled() -> ColumnElement[bool]:
    """Return the condition on ``Action`` that it was neither delivered, withdrawn nor done by a person."""
    return col(Action.status).not_in(_SETTLED) & col(Action.handled_at).is_(None)


def has_unsettled_action() -> ColumnElement[bool]:
    """Return the condition on ``Call`` that one of its actions was neither delivered nor done by a person."""
    return exists().where(col(Action.call_id) == col(Call.id), is_unsettled())


def count_of(session: Session, table: type[Turn] | type[Fact] | type[Action], call_id: str) -> int:
    """Return how many rows of ``table`` a call has."""
    return session.exec(select(func.count()).select_from(table).where(table.call_id == call_id)).one()


def delete_transcript(session: Session, call: Call, now: datetime) -> int:
    """Delete what was said in a call, and the words that its facts came from; return how many turns those were.

    Facts keep their values. The bodies of actions that are still to be delivered stay as they are.
    """
    turns = count_of(session, Turn, call.id)
    session.execute(delete(Turn).where(col(Turn.call_id) == call.id))
    session.execute(update(Fact).where(col(Fact.call_id) == call.id).values(words=""))
    for action in session.exec(select(Action).where(Action.call_id == call.id, ~is_unsettled())):
        action.payload = _without_words(action.payload)
        session.add(action)
    call.transcript_deleted_at = now
    session.add(call)
    return turns


def delete_call(session: Session, call: Call) -> DeletionRecord:
    """Delete a call with everything that belongs to it; return the figures. Its recording has to be gone."""
    figures = DeletionRecord(
        at=call.started_at,
        cause="",
        calls=1,
        turns=count_of(session, Turn, call.id),
        facts=count_of(session, Fact, call.id),
        actions=count_of(session, Action, call.id),
    )
    session.execute(delete(Call).where(col(Call.id) == call.id))
    return figures


def note(session: Session, record: DeletionRecord) -> None:
    """Write down how much was deleted."""
    session.add(
        Deletion(
            at=record.at,
            cause=record.cause,
            recordings=record.recordings,
            transcripts=record.transcripts,
            calls=record.calls,
            turns=record.turns,
            facts=record.facts,
            actions=record.actions,
        )
    )


def _without_words(payload: str) -> str:
    """Return the body of an action without the words that its facts came from."""
    try:
        body = json.loads(payload)
    except ValueError:
        return payload  # written by something else than the gateway: there is nothing in it that we know to be words
    facts = body.get("facts") if isinstance(body, dict) else None
    if not isinstance(facts, list):
        return payload
    for fact in facts:
        if isinstance(fact, dict) and "words" in fact:
            fact["words"] = ""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
