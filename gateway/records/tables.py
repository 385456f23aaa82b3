"""The tables. Everything that is said in a call is in one of them; audio lies in files beside the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite has no time zones, so a naive time is refused rather than guessed at."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` in UTC without its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be recorded")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return ``value`` as an aware time in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Call(SQLModel, table=True):
    """One call; ``id`` sorts by time."""

    __tablename__ = "call"

    id: str = Field(primary_key=True)
    line: str
    sip_call_id: str | None = Field(default=None, index=True)
    practice_id: str
    caller_number: str | None = Field(default=None, index=True)
    caller_name: str | None = None
    called_number: str | None = None
    language: str | None = None
    started_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    end_reason: str | None = None
    outcome: str | None = None
    recording_path: str | None = None
    recording_consent: str = "none"
    summary: str | None = None
    gateway: str | None = None
    audio_deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    transcript_deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Turn(SQLModel, table=True):
    """One thing that was said."""

    __tablename__ = "turn"
    __table_args__ = (UniqueConstraint("call_id", "index"),)

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE")
    index: int
    speaker: str
    text: str
    heard_text: str | None = None
    language: str | None = None
    confidence: float | None = None
    start_sample: int | None = None
    end_sample: int | None = None
    latency_ms: dict[str, float] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Fact(SQLModel, table=True):
    """One value of one fact; a call has at most one that is not superseded for each name.

    ``corrected_by`` is the person who wrote it by hand; None for what the gateway understood.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index(
            "fact_current",
            "call_id",
            "name",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    name: str
    value: str
    words: str
    turn_id: int | None = Field(default=None, foreign_key="turn.id", ondelete="SET NULL")
    confidence: float
    confirmed: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    corrected_by: str | None = None


class Action(SQLModel, table=True):
    """One action and its delivery; ``sequence`` is the order in which actions were committed.

    ``claimed_by`` is the gateway that delivers it; ``handled_at`` and ``handled_by`` are set by the person who has done
    what it asks for.
    """

    __tablename__ = "action"
    __table_args__ = (Index("action_due", "status", "next_attempt_at"),)

    sequence: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    kind: str
    payload: str
    idempotency_key: str = Field(unique=True)
    status: str
    attempts: int = 0
    first_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str | None = None
    last_status: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_by: str | None = None
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    handled_by: str | None = None


class Event(SQLModel, table=True):
    """Something that happened in a call."""

    __tablename__ = "event"

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    position: int | None = None
    name: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Leg(SQLModel, table=True):
    """How the sound of one party's leg was, written when the leg ended."""

    __tablename__ = "leg"

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    party: str
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
    created_at: datetime = Field(sa_type=UtcDateTime)


class LegalHold(SQLModel, table=True):
    """Why nothing of a call may be deleted, until ``released_at``; a call has at most one that is not released."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "legal_hold_current",
            "call_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    reason: str
    placed_by: str
    placed_at: datetime = Field(sa_type=UtcDateTime)
    released_by: str | None = None
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Deletion(SQLModel, table=True):
    """How much was deleted at once, and why: figures only, nothing of whom they were about."""

    __tablename__ = "deletion"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    cause: str
    recordings: int
    transcripts: int
    calls: int
    turns: int
    facts: int
    actions: int


class SearchDocument(SQLModel, table=True):
    """Words that a call is found by: those of one turn of the caller, or without ``turn_id`` all others of the call.

    The words are folded (``gateway.records.folding``). SQLite has an FTS5 index over them (``search_index``, kept by
    triggers), PostgreSQL a GIN index.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        Index(
            "search_document_of_call",
            "call_id",
            unique=True,
            sqlite_where=text("turn_id IS NULL"),
            postgresql_where=text("turn_id IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    call_id: str = Field(foreign_key="call.id", ondelete="CASCADE", index=True)
    turn_id: int | None = Field(default=None, foreign_key="turn.id", ondelete="CASCADE", unique=True)
    words: str


class WriterMark(SQLModel, table=True):
    """The last transaction that a gateway committed: what tells, after a lost connection, whether one came through."""

    __tablename__ = "writer_mark"

    gateway: str = Field(primary_key=True)
    mark: str
