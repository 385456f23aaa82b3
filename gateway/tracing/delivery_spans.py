"""The spans of attempts to deliver actions: each is a trace of its own, linked to the call's."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.actions.delivery_metrics import Result
from gateway.actions.delivery_trace import AttemptTrace
from gateway.records.model import ActionRecord
from gateway.tracing.identifiers import call_context


class AttemptSpan:
    """The span of one attempt (``AttemptTrace``)."""

    def __init__(self, span: Span) -> None:
        self._span = span
        headers: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(headers, set_span_in_context(span))
        self.headers: Mapping[str, str] = headers
        """``traceparent``, and ``tracestate`` where there is one."""

    def end(self, result: Result) -> None:
        """See ``AttemptTrace``."""
        self._span.set_attribute("action.result", result)
        if result != "delivered":
            self._span.set_status(Status(StatusCode.ERROR, result))
        self._span.end()


class DeliverySpans:
    """The spans of all attempts (``DeliveryTraces``)."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def begin(self, action: ActionRecord) -> AttemptTrace:
        """See ``DeliveryTraces``."""
        span = self._tracer.start_span(
            "action.delivery",
            Context(),
            kind=SpanKind.CLIENT,
            links=[Link(call_context(action.call_id))],
            attributes={
                "action.id": action.id,
                "action.kind": action.kind,
                "action.attempt": action.attempts,
                "call.id": action.call_id,
            },
        )
        return AttemptSpan(span)
