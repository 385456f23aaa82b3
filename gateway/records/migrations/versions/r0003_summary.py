"""What a call was about, in a sentence or two."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give calls a summary."""
    op.add_column("call", sa.Column("summary", sa.String))
