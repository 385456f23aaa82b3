"""What went over the wire and what became of calls, counted for metrics."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from gateway.telephony.events import Ended, EndReason

_STATUS_LINE = b"SIP/2.0 "


class Direction(StrEnum):
    """Of a message or a call."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class CallOutcome(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    """Whoever called gave up before it was answered."""
    REFUSED = "refused"
    """The called side did not want it: busy, unknown number, no common codec."""
    FAILED = "failed"
    """It came to nothing for a technical reason: no response, no transport, a fault of the gateway (5xx)."""


class SignallingStatistics:
    """Counts since the start."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, Direction, CallOutcome]] = Counter()
        """Ended calls by trunk (empty where there is none), direction and outcome."""
        self.responses: Counter[tuple[Direction, str]] = Counter()
        """Responses by direction and class, such as 2xx."""

    def count_message(self, data: bytes, direction: Direction) -> None:
        """Count a message if it is a response."""
        if data.startswith(_STATUS_LINE):
            digit = data[8:9]
            if b"1" <= digit <= b"6":
                self.responses[direction, f"{digit.decode()}xx"] += 1

    def count_call(self, trunk: str | None, direction: Direction, end: Ended, *, answered: bool) -> None:
        """Count a call that ended; one that we gave up calling counts as cancelled."""
        self.calls[trunk or "", direction, _outcome(direction, end, answered=answered)] += 1


def _outcome(direction: Direction, end: Ended, *, answered: bool) -> CallOutcome:
    if answered:
        return CallOutcome.ANSWERED
    if end.reason is EndReason.CANCELLED or (end.reason, direction) == (EndReason.GATEWAY, Direction.OUTGOING):
        return CallOutcome.CANCELLED
    if end.reason in (EndReason.REJECTED, EndReason.GATEWAY) and end.status is not None and not 500 <= end.status < 600:
        return CallOutcome.REFUSED
    return CallOutcome.FAILED
