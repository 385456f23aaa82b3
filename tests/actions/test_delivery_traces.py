"""Each attempt to deliver an action is a trace of its own, linked to the call's, and the endpoint is told it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from action_endpoint import answer, serve
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.records.journal import Journal
from gateway.records.model import NewCall
from gateway.tracing.delivery_spans import DeliverySpans
from gateway.tracing.identifiers import call_context

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path / "records.sqlite3")
    yield journal
    await journal.close()


async def test_each_attempt_tells_the_endpoint_its_own_trace(journal):
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces = DeliverySpans(provider.get_tracer("test"))
    async with serve() as endpoint:
        endpoint.script.append(answer(503))
        outbox = Outbox(journal, endpoint.url, "a secret", jitter=lambda: 0.0, traces=traces)
        await outbox.start()
        call_id = await journal.begin_call(NewCall("sip", "rosengarten", START))
        await outbox.put(
            kind=ActionKind.CALLBACK_REQUESTED,
            practice_id="rosengarten",
            call=ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=START),
            turn_id=None,
            facts=[],
        )
        async with asyncio.timeout(5):
            while not exporter.get_finished_spans():
                await asyncio.sleep(0.005)
        await outbox.stop()
        (headers, _), *_ = endpoint.requests
    span, *_ = exporter.get_finished_spans()
    assert headers["traceparent"].split("-")[1:3] == [
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
    ]
    assert span.attributes["action.result"] == "unavailable"
    assert [link.context for link in span.links] == [call_context(call_id)]
