"""A database that an older gateway wrote."""

import re
import sqlite3
from pathlib import Path

import pytest

from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import LegQuality
from gateway.records.schema import SCHEMA_VERSION

FIRST = (Path(__file__).parent / "schema_1.sql").read_text(encoding="utf-8")
CALL = "0190c0de-0000-7000-8000-000000000001"
LEG = LegQuality("caller", "PCMA", True, 12.5, 600, 5, 2, 1, 3, 625, 1.5, 40.0, 140, 23.5, 0.01, 2.5, 4.1)


@pytest.fixture
def old_database(tmp_path):
    path = tmp_path / "gateway.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST)
        connection.execute(
            "INSERT INTO call (id, line, practice_id, started_at, recording_consent)"
            f" VALUES ('{CALL}', 'sip', 'lindengarten', '2026-11-23 09:00:00', 'none')"
        )
    connection.close()
    return path


def look(path, query):
    connection = sqlite3.connect(path)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def schema(path):
    rows = look(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    return [(kind, name, table, re.sub(r"\s+", "", sql or "")) for kind, name, table, sql in rows]


async def test_it_gets_the_tables_of_a_new_one_and_keeps_its_calls(old_database, tmp_path):
    journal = await Journal.open(old_database)
    await journal.add_leg(CALL, LEG)
    await journal.set_summary(CALL, "Terminwunsch: Anna Keller.")
    story = await journal.call(CALL)
    await journal.close()
    assert (story.summary.practice_id, story.legs) == ("lindengarten", (LEG,))
    assert story.summary.summary == "Terminwunsch: Anna Keller."
    new = await Journal.open(tmp_path / "new.sqlite3")
    await new.close()
    assert schema(old_database) == schema(tmp_path / "new.sqlite3")
    assert look(old_database, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


async def test_it_is_opened_again_without_a_change(old_database):
    for _ in range(2):
        await (await Journal.open(old_database)).close()
    journal = await Journal.open(old_database, read_only=True)
    assert await journal.call(CALL) is not None
    await journal.close()


async def test_who_only_reads_is_told_that_the_gateway_changes_it(old_database):
    with pytest.raises(RecordsError, match=f"its schema is 1, and becomes {SCHEMA_VERSION} when"):
        await Journal.open(old_database, read_only=True)
    assert look(old_database, "PRAGMA user_version") == [(1,)]


async def test_a_change_that_fails_leaves_it_as_it_was(old_database):
    look(old_database, "CREATE TABLE leg (id)")
    before = schema(old_database)
    with pytest.raises(RecordsError, match="failed"):
        await Journal.open(old_database)
    assert schema(old_database) == before
    assert look(old_database, "PRAGMA user_version") == [(1,)]
