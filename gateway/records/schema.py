"""The version of the tables, kept in the database's ``user_version``, and how a database of an older one is changed."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlmodel import SQLModel

from gateway.records import tables
from gateway.records.errors import RecordsError
from gateway.records.migrations import MIGRATIONS

SCHEMA_VERSION = len(MIGRATIONS) + 1
"""Every change of the tables is a migration and so raises it by one."""

_TABLES = [
    SQLModel.metadata.tables[table.__tablename__]
    for table in (tables.Call, tables.Turn, tables.Fact, tables.Action, tables.Event, tables.Leg)
]


def prepare_schema(connection: Connection, *, read_only: bool) -> None:
    """Make the tables what this version needs; the caller's transaction makes that all or nothing.

    Raises:
        RecordsError: the database cannot be used, or would have to be written to for that.

    """
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if version > SCHEMA_VERSION:
        raise RecordsError(
            f"The database was written by a newer gateway: its schema is {version}, this one knows {SCHEMA_VERSION}."
        )
    if version == SCHEMA_VERSION:
        return
    if version == 0:
        _create(connection, read_only=read_only)
    elif read_only:
        raise RecordsError(
            f"The database was written by an older gateway: its schema is {version}, and becomes {SCHEMA_VERSION} when "
            "this one runs."
        )
    else:
        for migration in MIGRATIONS[version - 1 :]:
            for statement in migration:
                connection.exec_driver_sql(statement)
    if not read_only:
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _create(connection: Connection, *, read_only: bool) -> None:
    if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
        raise RecordsError("The database holds tables that the gateway did not make.")
    if read_only:
        raise RecordsError("The database is empty.")
    SQLModel.metadata.create_all(connection, tables=_TABLES)
