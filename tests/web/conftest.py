"""The staff's page over records of its own for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from staff_page import NAME, PASSWORD, StaffPage, staff_page

from gateway.records.journal import Journal


@pytest.fixture(scope="session")
def empty_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the gateway's tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty-records") / "gateway.sqlite3"

    async def migrate() -> None:
        await (await Journal.open(path)).close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def records(empty_records: Path, tmp_path: Path) -> Path:
    """A database for one test."""
    return Path(shutil.copy(empty_records, tmp_path / "gateway.sqlite3"))


@pytest.fixture
async def visited(tmp_path: Path, records: Path) -> AsyncIterator[StaffPage]:
    """The page, with one user, and a browser that nobody is signed in at."""
    async with staff_page(tmp_path, records) as page:
        page.context.users.add(NAME, PASSWORD)
        yield page


@pytest.fixture
async def page(visited: StaffPage) -> StaffPage:
    """The page, with somebody signed in."""
    assert (await visited.sign_in()).status_code == 303
    return visited
