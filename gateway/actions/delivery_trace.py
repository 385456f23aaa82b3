"""What is traced of attempts to deliver actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.actions.delivery_metrics import Result
from gateway.records.model import ActionRecord


class AttemptTrace(Protocol):
    """The trace of one attempt."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What tells the endpoint which trace the request belongs to (W3C Trace Context)."""

    def end(self, result: Result) -> None:
        """Take note of what came of it, now."""


class DeliveryTraces(Protocol):
    """The traces of all attempts."""

    def begin(self, action: ActionRecord) -> AttemptTrace:
        """Return the trace of an attempt that begins now."""
