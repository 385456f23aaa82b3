"""The version of the tables, and how a database of an older one is changed: by Alembic, in one transaction."""

from __future__ import annotations

import io
from pathlib import Path

from sqlalchemy import Connection, inspect

from gateway.records.errors import RecordsError

SCHEMA_VERSION = 4
"""Every change of the tables is a revision in ``migrations/versions`` and so raises it by one."""

_FOLDER = Path(__file__).with_name("migrations")
_LAST_WITHOUT_ALEMBIC = 3


def prepare_schema(connection: Connection, *, may_change: bool) -> None:
    """Make the tables what this version needs; the caller's transaction makes that all or nothing.

    Nothing leads back to an older schema: that would throw away what the newer one holds.

    Raises:
        RecordsError: the database cannot be used, or would have to be changed and may not (``may_change``).

    """
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise RecordsError(
            f"The database was written by a newer gateway: its schema is {version}, this one knows {SCHEMA_VERSION}."
        )
    if not may_change:
        raise RecordsError(
            f"The database was written by an older gateway: its schema is {version}, and becomes {SCHEMA_VERSION} when "
            "this one runs."
            if version
            else "The database is empty."
        )
    _upgrade(connection, version)
    if connection.dialect.name == "sqlite":
        # Gateways from before Alembic look there, and so know that this is none of theirs.
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _version(connection: Connection) -> int:
    """Return the version of the tables, 0 where there are none."""
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
        if revision is None or not revision.isdecimal():
            raise RecordsError("The database was changed by a program that is not the gateway.")
        return int(revision)
    if connection.dialect.name == "sqlite":
        version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
        if version:
            return version
    if tables:
        raise RecordsError("The database holds tables that the gateway did not make.")
    return 0


def _upgrade(connection: Connection, version: int) -> None:
    # Only a start that finds an old or an empty database pays for this import.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(output_buffer=io.StringIO())
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if 0 < version <= _LAST_WITHOUT_ALEMBIC:
        command.stamp(config, f"{version:04}")
    command.upgrade(config, "head")
