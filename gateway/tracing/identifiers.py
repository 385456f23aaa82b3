"""Which trace belongs to which call: its identifiers follow from the call's id.

An action is delivered hours later, perhaps by another process; its span is linked to the call's all the same. They are
hashes because the sampler by ratio takes trace ids to be random, which a UUID of version 7 is not in all bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import SpanContext, TraceFlags


def call_context(call_id: str) -> SpanContext:
    """Return the identifiers of the root span of a call's trace."""
    digest = hashlib.sha256(call_id.encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16], "big"),
        span_id=int.from_bytes(digest[16:24], "big"),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


class CallIdentifiers(IdGenerator):
    """Random identifiers but for the root span of a call."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self._root: SpanContext | None = None

    @contextmanager
    def of(self, call_id: str) -> Iterator[None]:
        """Let the span that is started within be the root of a call's trace."""
        self._root = call_context(call_id)
        try:
            yield
        finally:
            self._root = None

    def generate_span_id(self) -> int:
        """Return the identifier of a new span."""
        return self._random.generate_span_id() if self._root is None else self._root.span_id

    def generate_trace_id(self) -> int:
        """Return the identifier of a new trace."""
        return self._random.generate_trace_id() if self._root is None else self._root.trace_id
