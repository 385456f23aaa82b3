"""Questions for free slots, asked of a real HTTP server that answers, or fails, as a test tells it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from action_endpoint import answer, serve

from gateway.actions.calendar import FAULTS, UNREACHABLE_S, UNSUPPORTED_S, Calendar
from gateway.actions.model import ActionCall, build_question
from gateway.actions.signature import verify
from gateway.practice.loader import load_profile
from gateway.records.model import FactValue

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
SLOT = {"id": "7", "start": "2026-11-24T09:00:00+01:00", "end": "2026-11-24T09:30:00+01:00"}
PAST = SLOT | {"id": "6", "start": "2026-11-20T09:00:00+01:00", "end": "2026-11-20T09:30:00+01:00"}


class Line:
    """A calendar and the server behind it; ``seconds`` is the monotonic clock."""

    def __init__(self, endpoint, deadline_s=5.0):
        self.endpoint = endpoint
        self.seconds = 1000.0
        self.calendar = Calendar(
            endpoint.url, "a secret", deadline_s=deadline_s, clock=lambda: NOW, monotonic=lambda: self.seconds
        )

    async def ask(self, *replies):
        self.endpoint.script.extend(replies)
        slots = await self.calendar.slots(a_question(), PROFILE)
        return None if slots is None else [slot.id for slot in slots]


def a_question():
    return build_question(
        practice_id="lindengarten",
        call=ActionCall(id="call", caller_number=None, language="de", started_at=NOW),
        facts=[FactValue("reason", "hygiene", "Zahnstein", 0.9, False)],
        details={"action": "appointment.requested", "language": "de"},
        created_at=NOW,
    )


def found(*slots):
    return answer(200, json.dumps({"slots": slots}).encode())


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def line():
    async with serve() as endpoint:
        line = Line(endpoint)
        yield line
        await line.calendar.close()


async def test_a_question_is_signed_and_answered_by_the_slots_to_come(line):
    assert await line.ask(found(PAST, SLOT)) == ["7"]
    ((headers, body),) = line.endpoint.requests
    verify(headers["x-gateway-signature"], body, "a secret", NOW.timestamp())
    question = json.loads(body)
    assert question["type"] == "slots.requested"
    assert question["version"] == 1
    assert question["details"] == {"action": "appointment.requested", "language": "de"}
    assert [fact["value"] for fact in question["facts"]] == ["hygiene"]
    assert list(question) == ["id", "type", "version", "created_at", "practice_id", "call", "facts", "details"]


async def test_that_nothing_is_free_is_an_answer(line):
    assert await line.ask(found()) == []
    assert line.calendar.available


@pytest.mark.parametrize(
    "reply",
    [
        answer(400),
        answer(404),
        answer(405),
        answer(422, b'{"error": "unknown type"}'),
        answer(501),
        answer(401),
        answer(200, b"{}"),
        answer(201, b'{"id": "x", "new": true}'),
        answer(200, b"<html>"),
        answer(204),
        answer(409),
        found({"rubbish": True}),
    ],
)
async def test_an_application_without_a_calendar_is_left_alone_for_some_minutes(line, reply):
    assert await line.ask(reply) is None
    assert not line.calendar.available
    line.seconds += UNSUPPORTED_S
    assert line.calendar.available


async def test_a_hanging_calendar_costs_a_caller_the_deadline_and_the_next_ones_nothing(line):
    hang = asyncio.Event()
    quick = Line(line.endpoint, deadline_s=0.1)
    for _ in range(FAULTS):
        assert quick.calendar.available
        assert await quick.ask(hang) is None
    assert not quick.calendar.available
    quick.seconds += UNREACHABLE_S
    assert quick.calendar.available
    hang.set()
    await quick.calendar.close()


@pytest.mark.parametrize("reply", [answer(500), answer(503), answer(429), b"", b"nonsense\r\n\r\n", found(SLOT)[:-5]])
async def test_a_passing_fault_is_no_answer_and_a_good_one_makes_up_for_it(line, reply):
    for _ in range(FAULTS + 1):
        assert await line.ask(reply) is None
        assert line.calendar.available
        assert await line.ask(found(SLOT)) == ["7"]


async def test_an_endless_answer_is_left_at_the_deadline(line):
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.02)

    quick = Line(line.endpoint, deadline_s=0.2)
    assert await quick.ask(drip) is None
    await quick.calendar.close()


async def test_an_answer_too_long_to_be_one_is_not_read_to_its_end(line):
    assert await line.ask(answer(200, b'{"slots": [' + b" " * 400_000 + b"]}")) is None
