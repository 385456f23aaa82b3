"""What turns the tables of one version into those of the next; never changed once a gateway has run with it."""

from __future__ import annotations

_LEGS = (
    """
    CREATE TABLE leg (
        id INTEGER NOT NULL,
        call_id VARCHAR NOT NULL,
        party VARCHAR NOT NULL,
        codec VARCHAR NOT NULL,
        encrypted BOOLEAN NOT NULL,
        seconds FLOAT NOT NULL,
        packets_received INTEGER NOT NULL,
        packets_lost INTEGER NOT NULL,
        packets_late INTEGER NOT NULL,
        packets_duplicated INTEGER NOT NULL,
        packets_rejected INTEGER NOT NULL,
        packets_sent INTEGER NOT NULL,
        jitter_ms FLOAT NOT NULL,
        delay_ms FLOAT NOT NULL,
        concealed_ms INTEGER NOT NULL,
        round_trip_ms FLOAT,
        remote_fraction_lost FLOAT,
        remote_jitter_ms FLOAT,
        mos FLOAT,
        created_at DATETIME NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(call_id) REFERENCES call (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_leg_call_id ON leg (call_id)",
)

_SUMMARY = ("ALTER TABLE call ADD COLUMN summary VARCHAR",)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_LEGS, _SUMMARY)
"""The statements that lead from version 1 to 2, from 2 to 3, and so on."""
