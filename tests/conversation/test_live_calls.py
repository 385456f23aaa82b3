"""Calls that are watched while they are held."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.conversation.live_calls import LONGEST_STORY, LiveCall, LiveCalls, LiveEvent
from gateway.records.model import FactValue, NewTurn


@pytest.fixture
def hub() -> LiveCalls:
    return LiveCalls()


@pytest.fixture
def call(hub: LiveCalls) -> LiveCall:
    return hub.begin("call-1", "lindengarten", "sip", datetime(2026, 11, 24, 10, 0, tzinfo=UTC))


async def read(call: LiveCall, after: int = 0) -> list[LiveEvent]:
    return [event async for event in call.read(after)]


async def test_who_comes_late_reads_all_and_who_comes_back_reads_on(hub: LiveCalls, call: LiveCall) -> None:
    call.said(NewTurn("gateway", "Guten Tag.", "de", start_sample=0))
    early = asyncio.create_task(read(call))
    await asyncio.sleep(0)
    call.said(NewTurn("caller", "Grüezi.", "de", start_sample=8000))
    call.known([FactValue("name", "Anna Keller")])
    call.acted("callback.requested")
    late, again = asyncio.create_task(read(call)), asyncio.create_task(read(call, after=2))
    await asyncio.sleep(0)
    hub.end("call-1")
    told = await early
    assert [(event.number, event.kind) for event in told] == [
        (1, "said"),
        (2, "said"),
        (3, "known"),
        (4, "acted"),
        (5, "ended"),
    ]
    assert await late == told
    assert await again == told[2:]
    assert await read(call, after=99) == []


async def test_what_was_not_heard_for_a_barge_in_is_not_shown(call: LiveCall) -> None:
    call.said(NewTurn("gateway", "Gern. Wie ist Ihr Name?", heard_text="Gern."))
    assert call.events[0].data["text"] == "Gern."


async def test_a_story_without_end_stops_growing_and_its_end_is_told_all_the_same(
    hub: LiveCalls, call: LiveCall
) -> None:
    for number in range(LONGEST_STORY + 50):
        call.said(NewTurn("caller", str(number)))
    hub.end("call-1")
    told = await read(call)
    assert len(told) == LONGEST_STORY + 1
    assert told[-1].kind == "ended"


async def test_every_change_of_the_lists_is_told_many_at_once_as_one(hub: LiveCalls) -> None:
    changes = hub.changes()
    first = await anext(changes)
    hub.begin("a", "lindengarten", "sip", datetime.now(UTC)).acted("emergency.flagged")
    hub.end("a")
    assert await anext(changes) == first + 3
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.changed()
    assert await waiting == first + 4


async def test_close_lets_every_reader_end(hub: LiveCalls, call: LiveCall) -> None:
    changes = asyncio.create_task(_all(hub))
    story = asyncio.create_task(read(call))
    await asyncio.sleep(0)
    hub.close()
    assert (await asyncio.wait_for(story, 1))[-1].kind == "ended"
    assert len(await asyncio.wait_for(changes, 1)) == 1
    assert hub.calls() == []
    hub.end("call-1")


async def _all(hub: LiveCalls) -> list[int]:
    return [number async for number in hub.changes()]
