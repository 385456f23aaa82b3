"""The version of the tables, kept in the database's ``user_version``."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlmodel import SQLModel

from gateway.records import tables
from gateway.records.errors import RecordsError

SCHEMA_VERSION = 1
"""Raised by one with every change of the tables."""

_TABLES = [
    SQLModel.metadata.tables[table.__tablename__]
    for table in (tables.Call, tables.Turn, tables.Fact, tables.Action, tables.Event)
]


def check_schema(connection: Connection) -> bool:
    """Return whether the database has tables already; raise ``RecordsError`` when this version cannot use them."""
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if version > SCHEMA_VERSION:
        raise RecordsError(
            f"The database was written by a newer gateway: its schema is {version}, this one knows {SCHEMA_VERSION}."
        )
    if 0 < version < SCHEMA_VERSION:
        raise RecordsError(f"The database's schema is {version}; it has to be migrated to {SCHEMA_VERSION} first.")
    if version == 0 and connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
        raise RecordsError("The database holds tables that the gateway did not make.")
    return version > 0


def create_schema(connection: Connection) -> None:
    """Create the tables of an empty database; the caller's transaction makes that all or nothing."""
    SQLModel.metadata.create_all(connection, tables=_TABLES)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
