"""The databases that the records are tested on: each test of ``address`` runs on both."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer, postgres_server

from gateway.records.address import DatabaseAddress
from gateway.records.journal import Journal


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # pytest's own folders have paths too long for a Unix socket
    try:
        with postgres_server(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with the gateway's tables and nothing in them."""
    name = postgres.new_database()

    async def migrate() -> None:
        await (await Journal.open(postgres.address(name))).close()

    asyncio.run(migrate())
    return name


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    """The address of a database that is empty as far as it is there."""
    if request.param == "sqlite":
        return tmp_path / "data" / "gateway.sqlite3"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.address(server.new_database(request.getfixturevalue("postgres_template")))
