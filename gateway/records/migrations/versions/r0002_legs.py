"""How the sound of each leg was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of legs."""
    op.create_table(
        "leg",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("codec", sa.String, nullable=False),
        sa.Column("encrypted", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("packets_received", sa.Integer, nullable=False),
        sa.Column("packets_lost", sa.Integer, nullable=False),
        sa.Column("packets_late", sa.Integer, nullable=False),
        sa.Column("packets_duplicated", sa.Integer, nullable=False),
        sa.Column("packets_rejected", sa.Integer, nullable=False),
        sa.Column("packets_sent", sa.Integer, nullable=False),
        sa.Column("jitter_ms", sa.Float, nullable=False),
        sa.Column("delay_ms", sa.Float, nullable=False),
        sa.Column("concealed_ms", sa.Integer, nullable=False),
        sa.Column("round_trip_ms", sa.Float),
        sa.Column("remote_fraction_lost", sa.Float),
        sa.Column("remote_jitter_ms", sa.Float),
        sa.Column("mos", sa.Float),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_leg_call_id", "leg", ["call_id"])
