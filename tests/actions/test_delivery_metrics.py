"""Attempts to deliver actions in the metrics, and what they leave to be delivered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from action_endpoint import answer, serve
from prometheus_client import CollectorRegistry

from gateway.actions.delivery_metrics import DeliveryMetrics
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.records.action_queue import Backlog
from gateway.records.journal import Journal
from gateway.records.model import NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
async def journal(tmp_path):
    now = [START]
    journal = await Journal.open(tmp_path / "gateway.sqlite3", clock=lambda: now[0])
    journal.now = now
    yield journal
    await journal.close()


async def put(journal, outbox, kind, topic="a"):
    call_id = await journal.begin_call(NewCall("sip", "p", START))
    call = ActionCall(id=call_id, caller_number=None, language="de", started_at=START)
    return await outbox.put(kind=kind, practice_id="p", call=call, turn_id=None, facts=(), details={"topic": topic})


async def until(condition):
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("status", "result", "backlog"),
    [
        (200, "delivered", Backlog(0, 0, None, None)),
        (422, "refused", Backlog(0, 1, None, None)),
        (503, "unavailable", Backlog(1, 0, START, None)),
    ],
)
async def test_attempts_are_counted_by_their_result_and_leave_their_backlog(journal, registry, status, result, backlog):
    async with serve() as endpoint:
        endpoint.script.append(answer(status))
        metrics = DeliveryMetrics(registry)
        outbox = Outbox(journal, endpoint.url, "secret", clock=lambda: START, metrics=metrics)
        await outbox.start()
        await put(journal, outbox, ActionKind.CALLBACK_REQUESTED)

        async def counted():
            labels = {"kind": "callback.requested", "result": result}
            return registry.get_sample_value("gateway_action_attempts_total", labels) == 1

        await until(counted)
        await outbox.stop()
    assert registry.get_sample_value("gateway_action_attempt_seconds_count", {"result": result}) == 1
    assert await journal.actions.backlog() == backlog


async def test_the_backlog_tells_emergencies_apart_and_how_long_the_oldest_waits(journal):
    outbox = Outbox(journal, None, None)
    assert await journal.actions.backlog() == Backlog(0, 0, None, None)
    for minutes, kind in enumerate((ActionKind.CALLBACK_REQUESTED, ActionKind.EMERGENCY_FLAGGED) * 2):
        journal.now[0] = START + timedelta(minutes=minutes)
        await put(journal, outbox, kind)
    assert await journal.actions.backlog() == Backlog(4, 0, START, START + timedelta(minutes=1))
