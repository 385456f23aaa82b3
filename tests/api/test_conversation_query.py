"""The list's parameters: what is asked of the records, and what is refused with the parameter's name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from http_line_fakes import PROFILE, practice

from gateway.api.app import Health, create_app
from gateway.api.conversations import create_conversations_router
from gateway.records.model import NewCall

BASE = "/api/conversations"


async def _healthy() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with practice(tmp_path) as given:
        for hour, number in ((8, "+41791234567"), (9, "+41441234567"), (10, None)):
            began = datetime(2026, 11, 23, hour, tzinfo=UTC)
            call_id = await given.journal.begin_call(NewCall("sip", PROFILE.stem, began, caller_number=number))
            await given.journal.end_call(call_id, "caller", "callback.requested" if number else None)
        app = create_app(_healthy, token=None, routers=[create_conversations_router(given.line, given.journal)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
            yield client


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("", [10, 9, 8]),
        ("from=2026-11-23T09:00:00Z", [10, 9]),
        ("to=2026-11-23T10:00:00%2B01:00", [8]),
        ("from=2026-11-23T09:00:00Z&to=2026-11-23T10:00:00Z", [9]),
        ("caller_number=%2B41791234567", [8]),
        ("caller_number=+41791234567", [8]),
        ("caller_number=079%20123%2045%2067", [8]),
        ("text=044 123", [9]),
        ("outcome=callback.requested", [9, 8]),
        ("outcome=none", [10]),
        ("state=ended&line=sip", [10, 9, 8]),
        ("state=live", []),
        ("line=http", []),
        ("language=it", []),
        ("practice=nowhere", []),
    ],
)
async def test_the_list_is_narrowed_down(client: httpx.AsyncClient, query: str, hours: list[int]) -> None:
    response = await client.get(f"{BASE}?{query}")
    assert response.status_code == 200, response.text
    shown = [datetime.fromisoformat(call["started_at"]).hour for call in response.json()["conversations"]]
    assert shown == hours


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("from=2026-11-23T09:00:00", "from"),
        ("to=0001-01-01T00:00:00%2B23:00", "to"),
        ("to=9999-12-31T23:59:59-23:00", "to"),
        ("line=fax", "line"),
        ("outcome=magic", "outcome"),
        ("language=rm", "language"),
        ("state=dead", "state"),
        ("caller_number=Anna", "caller_number"),
        ("text=%20?", "text"),
        ("practice=%00", "practice"),
        ("before=%00", "before"),
        ("limit=201", "limit"),
        ("pratice=x", "pratice"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_with_its_name(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    response = await client.get(f"{BASE}?{query}")
    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json()["detail"]] == [["query", field]]


async def test_every_parameter_is_explained_in_the_published_schema(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/api/openapi.json")).json()
    parameters = {each["name"]: each for each in schema["paths"][BASE]["get"]["parameters"]}
    assert parameters.keys() == {
        *("limit", "before", "from", "to", "practice", "line"),
        *("outcome", "language", "state", "caller_number", "text"),
    }
    assert all(each.get("description") for each in parameters.values())
