"""Traces of calls: where each span lies in time, and that none holds anything of a caller."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from gateway.conversation.latency import Latency
from gateway.records.identifiers import new_identifier
from gateway.records.model import ActionRecord, ActionStatus
from gateway.tracing.call_spans import CallSpans
from gateway.tracing.delivery_spans import DeliverySpans
from gateway.tracing.identifiers import CallIdentifiers, call_context

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANSWERED_S = 2
LATENCY = Latency(endpointing=300, recognition=200, dialogue=50, first_audio=150, response=700, recogniser=410.04)


class Spans:
    """What calls leave behind, in memory; times are seconds after ``START``."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        identifiers = CallIdentifiers()
        provider = TracerProvider(id_generator=identifiers, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("test")
        self.seconds = float(ANSWERED_S)
        self.calls = CallSpans(self.tracer, identifiers, lambda: self._ns(self.seconds))

    @staticmethod
    def _ns(seconds: float) -> int:
        return round((START.timestamp() + seconds) * 1_000_000) * 1000

    def named(self, name: str) -> list:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]

    def times(self, span) -> tuple[float, float]:
        zero = self._ns(0)
        return (round((span.start_time - zero) / 1e9, 3), round((span.end_time - zero) / 1e9, 3))


@pytest.fixture
def spans() -> Spans:
    return Spans()


def hold(spans: Spans, call_id: str, line: str = "sip", reason: str = "caller") -> None:
    call = spans.calls.begin(call_id, line, "rosengarten", START)
    call.answered()
    call.said(0, 8000, "de", None, interrupted=False)
    call.heard(9000, 16_000, "fr")
    call.said(16_000 + 5600, 32_000, "fr", LATENCY, interrupted=True)
    call.acted("callback.requested")
    spans.seconds = 9
    call.ended(reason, "callback.requested")
    call.sounded("PCMA")
    spans.seconds = 11
    spans.calls.finish(call_id)


def test_the_root_says_how_the_call_went_from_its_beginning_to_its_end(spans):
    call_id = new_identifier()
    hold(spans, call_id)
    (root,) = spans.named("call")
    assert spans.times(root) == (0, 9)
    assert dict(root.attributes) == {
        "call.id": call_id,
        "call.line": "sip",
        "practice.id": "rosengarten",
        "call.language": "fr",
        "call.end_reason": "caller",
        "call.outcome": "callback.requested",
        "call.codec": "PCMA",
        "call.turns": 3,
    }
    assert [event.name for event in root.events] == ["answered", "action"]
    assert root.status.status_code is StatusCode.UNSET


def test_what_is_said_lies_where_the_playout_clock_says(spans):
    hold(spans, "0199")
    assert [spans.times(span) for span in spans.named("gateway.speech")] == [(2, 3), (4.7, 6)]
    assert [span.attributes["speech.interrupted"] for span in spans.named("gateway.speech")] == [False, True]
    (heard,) = spans.named("caller.speech")
    assert spans.times(heard) == (3.125, 4)


def test_the_stages_of_an_answer_fill_the_time_that_the_caller_waited(spans):
    hold(spans, "0199")
    (answer,) = spans.named("answer")
    assert spans.times(answer) == (4, 4.7)
    assert answer.attributes["recogniser.ms"] == 410.0
    stages = [
        span
        for span in spans.exporter.get_finished_spans()
        if span.parent and span.parent.span_id == answer.context.span_id
    ]
    assert [(span.name, *spans.times(span)) for span in stages] == [
        ("endpointing", 4, 4.3),
        ("recognition", 4.3, 4.5),
        ("understanding", 4.5, 4.55),
        ("first_audio", 4.55, 4.7),
    ]


def test_all_spans_of_a_call_are_one_trace_and_each_call_has_its_own(spans):
    hold(spans, "0199")
    hold(spans, "0200")
    by_trace = {span.context.trace_id for span in spans.exporter.get_finished_spans()}
    assert by_trace == {call_context("0199").trace_id, call_context("0200").trace_id}
    assert len({span.context.span_id for span in spans.exporter.get_finished_spans()}) == 18


def test_a_conversation_by_a_virtual_clock_has_only_its_root(spans):
    hold(spans, "0199", line="http")
    assert [span.name for span in spans.exporter.get_finished_spans()] == ["call"]


@pytest.mark.parametrize("reason", ["error", "media_lost", "worker_lost"])
def test_a_call_that_a_fault_ended_is_marked(spans, reason):
    hold(spans, "0199", reason=reason)
    (root,) = spans.named("call")
    assert root.status.status_code is StatusCode.ERROR


def test_a_call_that_never_said_how_it_ended_is_exported_too(spans):
    spans.calls.begin("0199", "sip", "rosengarten", START)
    spans.calls.finish("0199")
    spans.calls.finish("0199")
    assert len(spans.named("call")) == 1


@pytest.mark.parametrize(("result", "status"), [("delivered", StatusCode.UNSET), ("refused", StatusCode.ERROR)])
def test_a_delivery_is_linked_to_its_call_and_tells_the_endpoint_its_trace(spans, result, status):
    record = ActionRecord(
        id="a1",
        call_id="0199",
        kind="callback.requested",
        payload='{"name": "Anna Muster"}',
        idempotency_key="k1",
        status=ActionStatus.DELIVERING,
        attempts=2,
        first_attempt_at=None,
        next_attempt_at=START,
        last_error=None,
        last_status=None,
        created_at=START,
        delivered_at=None,
        handled_at=None,
        handled_by=None,
    )
    attempt = DeliverySpans(spans.tracer).begin(record)
    attempt.end(result)
    (span,) = spans.named("action.delivery")
    assert [link.context.trace_id for link in span.links] == [call_context("0199").trace_id]
    assert attempt.headers["traceparent"] == f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"
    assert span.status.status_code is status
    assert span.attributes["action.result"] == result
    assert "Anna" not in span.to_json()
