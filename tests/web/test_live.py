"""What happens now, as a browser is told it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from fastapi.responses import StreamingResponse
from staff_page import PRACTICE, StaffPage
from starlette.requests import Request

from gateway.records.model import FactValue, NewTurn
from gateway.web import live
from gateway.web.guard import SESSION_COOKIE, SignedIn
from gateway.web.wording import wording


async def stream(page: StaffPage, path: str, call_id: str | None = None, after: str = "") -> AsyncIterator[str]:
    """Return the lines of a stream, read as they are made: the test's client would wait for its end."""
    cookie = f"{SESSION_COOKIE}={page.browser.cookies[SESSION_COOKIE]}"
    headers = [(b"cookie", cookie.encode()), (b"last-event-id", after.encode())]
    request = Request({"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""})
    session = page.context.sessions.find(page.browser.cookies[SESSION_COOKIE], page.context.users.fingerprint)
    assert session is not None
    visitor = SignedIn(wording("de"), session)
    if call_id is None:
        response = await live.changes(request, visitor, page.context)
    else:
        response = await live.story(request, call_id, visitor, page.context)
    assert isinstance(response, StreamingResponse)
    return response.body_iterator  # type: ignore[return-value]


def told(text: str) -> tuple[str, str, dict]:
    lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
    return lines["event"], lines["id"], json.loads(lines["data"])


async def test_a_call_is_told_in_the_pages_words_from_where_one_has_read(visited: StaffPage) -> None:
    await visited.sign_in()
    call = visited.context.live.begin("call-1", PRACTICE, "sip", datetime.now(UTC))
    call.said(NewTurn("caller", "Grüezi <b>", start_sample=40_000))
    call.known([FactValue("preferred_date", "2026-11-26")])
    call.acted("emergency.flagged")
    lines = await stream(visited, "/calls/call-1/live", "call-1", after="1")
    assert await anext(lines) == "retry: 2000\n\n"
    facts = {"facts": [{"label": "Wunschtag", "value": "Do 26.11.2026"}]}
    assert told(await anext(lines)) == ("known", "2", facts)
    assert told(await anext(lines)) == ("acted", "3", {"label": "Notfall"})
    visited.context.live.end("call-1")
    assert told(await anext(lines))[0] == "ended"
    assert [line async for line in lines] == []
    assert visited.context.streams == set()


async def test_what_was_said_is_data_and_never_markup(visited: StaffPage) -> None:
    await visited.sign_in()
    call = visited.context.live.begin("call-1", PRACTICE, "sip", datetime.now(UTC))
    call.said(NewTurn("caller", "</script>\n\ndata: <b>", start_sample=40_000))
    lines = await stream(visited, "/calls/call-1/live", "call-1")
    await anext(lines)
    text = await anext(lines)
    assert text.count("\n\n") == 1
    assert told(text)[2]["text"] == "</script>\n\ndata: <b>"
    assert told(text)[2]["clock"] == "0:05"
    await lines.aclose()


async def test_a_stream_ends_with_its_readers_session(visited: StaffPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    await visited.sign_in()
    lines = await stream(visited, "/live")
    await anext(lines)
    assert (await anext(lines)).startswith("event: changed")
    assert await anext(lines) == ":\n\n"
    visited.clock.now += 31 * 60
    assert (await anext(lines)).startswith("event: signed-out")
    assert [line async for line in lines] == []


async def test_watching_keeps_nobody_signed_in(visited: StaffPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    await visited.sign_in()
    lines = await stream(visited, "/live")
    for _ in range(3):
        await anext(lines)
        visited.clock.now += 9 * 60
    visited.clock.now += 9 * 60
    assert [line async for line in lines][-1].startswith("event: signed-out")


async def test_too_many_who_watch_are_told_to_come_back(visited: StaffPage) -> None:
    await visited.sign_in()
    visited.context.streams.update(range(live.MOST_STREAMS))
    assert (await visited.browser.get("/live")).status_code == 503


async def test_a_call_that_is_over_cannot_be_watched(visited: StaffPage) -> None:
    await visited.sign_in()
    assert (await visited.browser.get("/calls/call-1/live")).status_code == 404


async def test_a_heartbeat_comes_while_nothing_does_and_loses_nothing() -> None:
    ready: asyncio.Queue[int] = asyncio.Queue()

    async def items() -> AsyncIterator[int]:
        for _ in range(2):
            yield await ready.get()

    beating = live.with_heartbeat(items(), 0.01)
    assert await anext(beating) is None
    ready.put_nowait(1)
    assert [await anext(beating), await anext(beating)] == [1, None]
    ready.put_nowait(2)
    assert [item async for item in beating if item is not None] == [2]
