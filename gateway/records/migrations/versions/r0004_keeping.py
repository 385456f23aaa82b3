"""Holds, deletions, corrections by hand, actions that are worked off, search, and several gateways on one database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.records.folding import fold

revision = "0004"
down_revision = "0003"

_BATCH = 500

_SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE search_index USING fts5(words, content='search_document', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
    "CREATE TRIGGER search_document_inserted AFTER INSERT ON search_document BEGIN"
    " INSERT INTO search_index (rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_document_deleted AFTER DELETE ON search_document BEGIN"
    " INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_document_updated AFTER UPDATE ON search_document BEGIN"
    " INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.id, old.words);"
    " INSERT INTO search_index (rowid, words) VALUES (new.id, new.words); END",
)

_POSTGRES_SEARCH = (
    "CREATE INDEX search_document_words ON search_document USING gin (to_tsvector('simple'::regconfig, words))",
)


def upgrade() -> None:
    """Add the columns and tables, and make what was said so far searchable."""
    op.add_column("call", sa.Column("gateway", sa.String))
    op.add_column("call", sa.Column("audio_deleted_at", sa.DateTime))
    op.add_column("call", sa.Column("transcript_deleted_at", sa.DateTime))
    op.create_index("ix_call_caller_number", "call", ["caller_number"])
    op.add_column("fact", sa.Column("corrected_by", sa.String))
    op.add_column("action", sa.Column("claimed_by", sa.String))
    op.add_column("action", sa.Column("handled_at", sa.DateTime))
    op.add_column("action", sa.Column("handled_by", sa.String))
    op.create_index("ix_action_handled_at", "action", ["handled_at"])
    _keeping()
    _search()


def _keeping() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("placed_by", sa.String, nullable=False),
        sa.Column("placed_at", sa.DateTime, nullable=False),
        sa.Column("released_by", sa.String),
        sa.Column("released_at", sa.DateTime),
    )
    op.create_index("ix_legal_hold_call_id", "legal_hold", ["call_id"])
    current = sa.text("released_at IS NULL")
    op.create_index(
        "legal_hold_current", "legal_hold", ["call_id"], unique=True, sqlite_where=current, postgresql_where=current
    )
    op.create_table(
        "deletion",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        *(
            sa.Column(what, sa.Integer, nullable=False)
            for what in ("recordings", "transcripts", "calls", "turns", "facts", "actions")
        ),
    )
    op.create_table(
        "writer_mark",
        sa.Column("gateway", sa.String, primary_key=True),
        sa.Column("mark", sa.String, nullable=False),
    )


def _search() -> None:
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("call_id", sa.String, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turn.id", ondelete="CASCADE"), unique=True),
        sa.Column("words", sa.String, nullable=False),
    )
    op.create_index("ix_search_document_call_id", "search_document", ["call_id"])
    of_call = sa.text("turn_id IS NULL")
    op.create_index(
        "search_document_of_call",
        "search_document",
        ["call_id"],
        unique=True,
        sqlite_where=of_call,
        postgresql_where=of_call,
    )
    connection = op.get_bind()
    for statement in _SQLITE_SEARCH if connection.dialect.name == "sqlite" else _POSTGRES_SEARCH:
        op.execute(statement)
    _fill_search(connection)


def _fill_search(connection: sa.Connection) -> None:
    """Index the calls that are there. The statements are written out: a revision stands by itself for good."""
    said = sa.text(
        "SELECT id, call_id, text FROM turn WHERE speaker = 'caller' AND id > :after ORDER BY id LIMIT :batch"
    )
    insert = sa.text("INSERT INTO search_document (call_id, turn_id, words) VALUES (:call, :turn, :words)")
    after = 0
    while turns := connection.execute(said, {"after": after, "batch": _BATCH}).all():
        after = turns[-1].id
        rows = [{"call": row.call_id, "turn": row.id, "words": fold(row.text)} for row in turns]
        connection.execute(insert, rows)
    calls = sa.text(
        "SELECT id, caller_number, caller_name, summary FROM call WHERE id > :after ORDER BY id LIMIT :batch"
    )
    values = sa.text(
        "SELECT fact.call_id, fact.value FROM fact WHERE fact.superseded_at IS NULL"
        " AND fact.call_id >= :first AND fact.call_id <= :last ORDER BY fact.id"
    )
    last = ""
    while batch := connection.execute(calls, {"after": last, "batch": _BATCH}).all():
        last = batch[-1].id
        words = {row.id: [row.caller_number, row.caller_name, row.summary] for row in batch}
        for fact in connection.execute(values, {"first": batch[0].id, "last": last}):
            words[fact.call_id].append(fact.value)
        rows = [
            {"call": call, "turn": None, "words": fold(" ".join(filter(None, texts)))} for call, texts in words.items()
        ]
        connection.execute(insert, rows)
