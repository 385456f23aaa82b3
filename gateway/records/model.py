"""What goes into the records and what comes out of them: plain values, free of the database.

Times are aware and in UTC. Positions are samples at 8 kHz from the start of the call's recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeAlias

from gateway.language import Language

Consent: TypeAlias = Literal["announced", "refused", "none"]
"""Whether recording was announced and not refused, was refused, or was never asked for."""

Speaker: TypeAlias = Literal["caller", "gateway"]

Party: TypeAlias = Literal["caller", "person"]
"""Whose leg of a call is meant: the caller's, or that of a person whom the caller was put through to."""


class ActionStatus(StrEnum):
    """Where an action stands; ``FAILED`` is final and needs a person, ``WITHDRAWN`` is final and needs nobody."""

    PENDING = "pending"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call that begins. ``line`` names what it came in on, such as ``sip``."""

    line: str
    practice_id: str
    started_at: datetime
    sip_call_id: str | None = None
    caller_number: str | None = None
    caller_name: str | None = None
    called_number: str | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class NewTurn:
    """Something that was said.

    ``text`` is what was recognised or what was to be said, ``heard_text`` what of it the caller really heard when a
    barge-in cut it short. ``latency_ms`` holds marks of the turn's stages in milliseconds.
    """

    speaker: Speaker
    text: str
    language: Language | None = None
    heard_text: str | None = None
    confidence: float | None = None
    start_sample: int | None = None
    end_sample: int | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FactValue:
    """What is known: ``value`` in its canonical form, ``words`` what the caller said for it, ``confidence`` 0 to 1."""

    name: str
    value: str
    words: str = ""
    confidence: float = 1.0
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action to deliver: ``payload`` is the JSON text that is sent, byte for byte, at every attempt."""

    id: str
    kind: str
    payload: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A turn as it was written; ``index`` counts a call's turns from 0."""

    id: int
    index: int
    speaker: Speaker
    text: str
    heard_text: str | None
    language: Language | None
    confidence: float | None
    start_sample: int | None
    end_sample: int | None
    latency_ms: Mapping[str, float]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FactRecord:
    """A fact as it was written; ``superseded_at`` is set once another value took its place."""

    name: str
    value: str
    words: str
    confidence: float
    confirmed: bool
    turn_id: int | None
    created_at: datetime
    superseded_at: datetime | None
    corrected_by: str | None = None
    """Who wrote it by hand; None for what the gateway understood."""


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """An action and how its delivery goes. ``last_status`` is the HTTP status of the last attempt."""

    id: str
    call_id: str
    kind: str
    payload: str
    idempotency_key: str
    status: ActionStatus
    attempts: int
    first_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None
    last_status: int | None
    created_at: datetime
    delivered_at: datetime | None
    handled_at: datetime | None = None
    """When a person had done what it asks for."""
    handled_by: str | None = None


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """Why nothing of a call may be deleted, and who said so."""

    call_id: str
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class DeletionRecord:
    """How much was deleted at once. ``cause`` is ``retention`` or ``erasure``."""

    at: datetime
    cause: str
    recordings: int = 0
    transcripts: int = 0
    calls: int = 0
    turns: int = 0
    facts: int = 0
    actions: int = 0


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened in a call, at ``position`` if it has a place in the sound."""

    at: datetime
    name: str
    position: int | None
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LegQuality:
    """How the sound of one party's leg was over its ``seconds``.

    ``packets_late`` of those received came too late to be played; ``packets_rejected`` were no RTP of the stream,
    came from elsewhere than the party or, under SRTP, were forged or replayed.
    ``delay_ms`` is the jitter buffer's at the end, ``concealed_ms`` how much sound was made up. What the peer's reports
    tell is None where none came: the round trip, and of what it received from us the fraction lost (0 to 1) and the
    jitter. ``mos`` is an estimate (ITU-T G.107), None where nothing was received; those of narrowband codecs and of
    wideband ones do not compare.
    """

    party: Party
    codec: str
    encrypted: bool
    seconds: float
    packets_received: int
    packets_lost: int
    packets_late: int
    packets_duplicated: int
    packets_rejected: int
    packets_sent: int
    jitter_ms: float
    delay_ms: float
    concealed_ms: int
    round_trip_ms: float | None = None
    remote_fraction_lost: float | None = None
    remote_jitter_ms: float | None = None
    mos: float | None = None


@dataclass(frozen=True, slots=True)
class ActionState:
    """An action in short."""

    kind: str
    status: ActionStatus


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call, without what was said. ``facts`` are the current values by name."""

    id: str
    line: str
    sip_call_id: str | None
    practice_id: str
    caller_number: str | None
    caller_name: str | None
    called_number: str | None
    language: Language | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    outcome: str | None
    recording_path: Path | None
    recording_consent: Consent
    turn_count: int
    facts: Mapping[str, str]
    actions: tuple[ActionState, ...]
    summary: str | None = None
    """What it was about, in a sentence or two; None until the call is over."""
    audio_deleted_at: datetime | None = None
    transcript_deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallStory:
    """A call with everything that is known of it, each part in the order in which it was written."""

    summary: CallSummary
    turns: tuple[TurnRecord, ...]
    facts: tuple[FactRecord, ...]
    actions: tuple[ActionRecord, ...]
    events: tuple[EventRecord, ...]
    legs: tuple[LegQuality, ...] = ()
    hold: HoldRecord | None = None
    """Why nothing of it may be deleted; None where it may."""

    @property
    def current_facts(self) -> tuple[FactRecord, ...]:
        """The facts that hold, without those that were superseded."""
        return tuple(fact for fact in self.facts if fact.superseded_at is None)
