"""A call as the HTTP API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from gateway.audio import TELEPHONE_RATE
from gateway.language import Language
from gateway.records.model import (
    ActionRecord,
    ActionStatus,
    CallStory,
    CallSummary,
    Consent,
    FactRecord,
    FactValue,
    Speaker,
    TurnRecord,
)


class ActionStateView(BaseModel):
    """An action in short."""

    kind: str
    status: ActionStatus


class ConversationView(BaseModel):
    """A call without what was said."""

    id: str
    line: str = Field(description="What it came in on: `sip` or `http`.")
    practice: str
    caller_number: str | None
    caller_name: str | None
    called_number: str | None
    language: Language | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None = Field(description="Null while it goes on.")
    end_reason: str | None
    outcome: str | None = Field(description="The kind of the last action, null where there was none.")
    recording: Consent = Field(description="Whether recording was announced, was refused, or there was none.")
    turns: int
    facts: dict[str, str] = Field(description="The facts that hold, by name.")
    actions: list[ActionStateView]
    summary: str | None


class ConversationPage(BaseModel):
    """Calls, the latest first."""

    conversations: list[ConversationView]
    next: str | None = Field(description="What to pass as `before` for the next page; null on the last one.")


class TurnView(BaseModel):
    """Something that was said. Times are seconds from the beginning of the call, which is that of the recording."""

    index: int
    speaker: Speaker
    text: str
    heard: str | None = Field(description="What the caller heard of it, where they interrupted.")
    language: Language | None
    confidence: float | None
    start_s: float | None
    end_s: float | None
    latency_ms: dict[str, float]


class FactView(BaseModel):
    """What is known, in its canonical form, and the words that it was said in."""

    name: str
    value: str
    words: str
    confidence: float
    confirmed: bool
    turn: int | None = Field(default=None, description="The index of the turn in which it was said.")


class ActionView(BaseModel):
    """An action and how its delivery goes."""

    id: str
    kind: str
    status: ActionStatus
    attempts: int
    last_status: int | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None


class EventView(BaseModel):
    """Something that happened."""

    at: datetime
    name: str
    data: dict[str, Any]


class ConversationStoryView(ConversationView):
    """A call with everything that is known of it."""

    transcript: list[TurnView]
    known: list[FactView]
    deliveries: list[ActionView]
    events: list[EventView]


def conversation_view(call: CallSummary) -> ConversationView:
    """Return ``call`` as the API shows it."""
    return ConversationView(**_summary(call))


def story_view(story: CallStory) -> ConversationStoryView:
    """Return a call with its story as the API shows it."""
    turns = {turn.id: turn.index for turn in story.turns}
    return ConversationStoryView(
        **_summary(story.summary),
        transcript=[_turn(turn) for turn in story.turns],
        known=[_fact(fact, turns) for fact in story.current_facts],
        deliveries=[_action(action) for action in story.actions],
        events=[EventView(at=event.at, name=event.name, data=dict(event.data)) for event in story.events],
    )


def fact_view(fact: FactValue) -> FactView:
    """Return a fact of a call that goes on."""
    return FactView(
        name=fact.name, value=fact.value, words=fact.words, confidence=fact.confidence, confirmed=fact.confirmed
    )


def _summary(call: CallSummary) -> dict[str, Any]:
    return {
        "id": call.id,
        "line": call.line,
        "practice": call.practice_id,
        "caller_number": call.caller_number,
        "caller_name": call.caller_name,
        "called_number": call.called_number,
        "language": call.language,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "end_reason": call.end_reason,
        "outcome": call.outcome,
        "recording": call.recording_consent,
        "turns": call.turn_count,
        "facts": dict(call.facts),
        "actions": [ActionStateView(kind=action.kind, status=action.status) for action in call.actions],
        "summary": call.summary,
    }


def _seconds(sample: int | None) -> float | None:
    return None if sample is None else round(sample / TELEPHONE_RATE, 3)


def _turn(turn: TurnRecord) -> TurnView:
    return TurnView(
        index=turn.index,
        speaker=turn.speaker,
        text=turn.text,
        heard=turn.heard_text,
        language=turn.language,
        confidence=turn.confidence,
        start_s=_seconds(turn.start_sample),
        end_s=_seconds(turn.end_sample),
        latency_ms=dict(turn.latency_ms),
    )


def _fact(fact: FactRecord, turns: dict[int, int]) -> FactView:
    return FactView(
        name=fact.name,
        value=fact.value,
        words=fact.words,
        confidence=fact.confidence,
        confirmed=fact.confirmed,
        turn=None if fact.turn_id is None else turns.get(fact.turn_id),
    )


def _action(action: ActionRecord) -> ActionView:
    return ActionView(
        id=action.id,
        kind=action.kind,
        status=action.status,
        attempts=action.attempts,
        last_status=action.last_status,
        last_error=action.last_error,
        created_at=action.created_at,
        delivered_at=action.delivered_at,
    )
