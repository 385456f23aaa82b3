"""The spans of calls: a root for the call, and below it what was said and the stages of each answer.

Only a call on the telephone has spans below its root: over HTTP the playout clock is virtual.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context

from gateway.audio import TELEPHONE_RATE
from gateway.conversation.call_trace import CallTrace
from gateway.conversation.latency import Latency
from gateway.language import Language
from gateway.tracing.identifiers import CallIdentifiers

TELEPHONE = "sip"
FAULTS = frozenset(("error", "media_lost", "worker_lost"))
STAGES = (
    ("endpointing", "endpointing"),
    ("recognition", "recognition"),
    ("understanding", "dialogue"),
    ("first_audio", "first_audio"),
)
"""The stages of an answer in their order, and the field of ``Latency`` that each is read from."""

_NS_IN_MS = 1_000_000
_NS_IN_SAMPLE = 1_000_000_000 // TELEPHONE_RATE


class CallSpan:
    """The spans of one call; ``clock`` tells nanoseconds since 1970."""

    def __init__(self, tracer: Tracer, root: Span, line: str, clock: Callable[[], int]) -> None:
        self._tracer = tracer
        self._root = root
        self._below: Context = set_span_in_context(root)
        self._by_the_clock = line == TELEPHONE
        self._clock = clock
        self._zero = 0
        self._turns = 0
        self._ended_at: int | None = None

    def answered(self) -> None:
        """See ``CallTrace``."""
        self._zero = self._clock()
        self._root.add_event("answered", timestamp=self._zero)

    def heard(self, start: int | None, end: int | None, language: Language) -> None:
        """See ``CallTrace``."""
        self._turns += 1
        if self._by_the_clock and start is not None and end is not None:
            span = self._span("caller.speech", self._at(start), self._below)
            span.set_attribute("call.language", language)
            span.end(self._at(end))

    def said(
        self, start: int | None, end: int | None, language: Language, latency: Latency | None, *, interrupted: bool
    ) -> None:
        """See ``CallTrace``."""
        self._turns += 1
        self._root.set_attribute("call.language", language)
        if not self._by_the_clock or start is None or end is None:
            return
        if latency is not None:
            self._answer(self._at(start), latency, language)
        span = self._span("gateway.speech", self._at(start), self._below)
        span.set_attributes({"call.language": language, "speech.interrupted": interrupted})
        span.end(self._at(end))

    def _answer(self, at: int, latency: Latency, language: Language) -> None:
        """Show what the caller waited for until the time ``at``."""
        began = at - round(latency.response * _NS_IN_MS)
        answer = self._span("answer", began, self._below)
        answer.set_attributes({"call.language": language, "recogniser.ms": round(latency.recogniser, 1)})
        below, stage_at = set_span_in_context(answer), began
        for name, field in STAGES:
            stage = self._span(name, stage_at, below)
            stage_at += round(getattr(latency, field) * _NS_IN_MS)
            stage.end(stage_at)
        answer.end(at)

    def acted(self, kind: str) -> None:
        """See ``CallTrace``."""
        self._root.add_event("action", {"action.kind": kind}, timestamp=self._clock())

    def sounded(self, codec: str) -> None:
        """See ``CallTrace``."""
        self._root.set_attribute("call.codec", codec)

    def ended(self, reason: str, outcome: str | None) -> None:
        """See ``CallTrace``."""
        self._ended_at = self._clock()
        self._root.set_attribute("call.end_reason", reason)
        if outcome is not None:
            self._root.set_attribute("call.outcome", outcome)
        if reason in FAULTS:
            self._root.set_status(Status(StatusCode.ERROR, reason))

    def finish(self) -> None:
        """End the root at the call's end."""
        self._root.set_attribute("call.turns", self._turns)
        self._root.end(self._ended_at if self._ended_at is not None else self._clock())

    def _at(self, position: int) -> int:
        return self._zero + position * _NS_IN_SAMPLE

    def _span(self, name: str, at: int, below: Context) -> Span:
        return self._tracer.start_span(name, below, start_time=at)


class CallSpans:
    """The spans of all calls (``CallTraces``)."""

    def __init__(self, tracer: Tracer, identifiers: CallIdentifiers, clock: Callable[[], int] = time.time_ns) -> None:
        self._tracer = tracer
        self._identifiers = identifiers
        self._clock = clock
        self._running: dict[str, CallSpan] = {}

    def begin(self, call_id: str, line: str, practice_id: str, started_at: datetime) -> CallTrace:
        """See ``CallTraces``."""
        with self._identifiers.of(call_id):
            root = self._tracer.start_span(
                "call",
                Context(),
                kind=SpanKind.SERVER,
                start_time=round(started_at.timestamp() * 1000) * _NS_IN_MS,
                attributes={"call.id": call_id, "call.line": line, "practice.id": practice_id},
            )
        call = self._running[call_id] = CallSpan(self._tracer, root, line, self._clock)
        return call

    def finish(self, call_id: str) -> None:
        """See ``CallTraces``."""
        call = self._running.pop(call_id, None)
        if call is not None:
            call.finish()
