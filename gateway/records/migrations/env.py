"""Run by Alembic; the connection, and the transaction around all of it, are those of ``gateway.records.schema``."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from gateway.records import tables  # noqa: F401 - it fills the metadata that new revisions are made from

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
