"""Calls, turns, facts, actions and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _call_and_turn()
    _fact()
    _action()
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_index("ix_event_call_id", "event", ["call_id"])


def _call_and_turn() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("sip_call_id", sa.String),
        sa.Column("practice_id", sa.String, nullable=False),
        sa.Column("caller_number", sa.String),
        sa.Column("caller_name", sa.String),
        sa.Column("called_number", sa.String),
        sa.Column("language", sa.String),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("answered_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("end_reason", sa.String),
        sa.Column("outcome", sa.String),
        sa.Column("recording_path", sa.String),
        sa.Column("recording_consent", sa.String, nullable=False),
    )
    op.create_index("ix_call_sip_call_id", "call", ["sip_call_id"])
    op.create_index("ix_call_ended_at", "call", ["ended_at"])
    op.create_table(
        "turn",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("index", sa.Integer, nullable=False),
        sa.Column("speaker", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("heard_text", sa.String),
        sa.Column("language", sa.String),
        sa.Column("confidence", sa.Float),
        sa.Column("start_sample", sa.Integer),
        sa.Column("end_sample", sa.Integer),
        sa.Column("latency_ms", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("call_id", "index"),
    )


def _fact() -> None:
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turn.id", ondelete="SET NULL")),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("superseded_at", sa.DateTime),
    )
    op.create_index("ix_fact_call_id", "fact", ["call_id"])
    current = sa.text("superseded_at IS NULL")
    op.create_index(
        "fact_current", "fact", ["call_id", "name"], unique=True, sqlite_where=current, postgresql_where=current
    )


def _action() -> None:
    op.create_table(
        "action",
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("payload", sa.String, nullable=False),
        sa.Column("idempotency_key", sa.String, nullable=False, unique=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_attempt_at", sa.DateTime),
        sa.Column("next_attempt_at", sa.DateTime),
        sa.Column("last_error", sa.String),
        sa.Column("last_status", sa.Integer),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("delivered_at", sa.DateTime),
    )
    op.create_index("action_due", "action", ["status", "next_attempt_at"])
    op.create_index("ix_action_call_id", "action", ["call_id"])
