"""What a call's trace is told as the call goes; nothing of what is said, and of nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.conversation.latency import Latency
from gateway.language import Language


class CallTrace(Protocol):
    """The trace of one call. Positions are samples of the leg's playout clock, which begins as the call is answered."""

    def answered(self) -> None:
        """Take note that the call is answered now: the playout clock begins."""

    def heard(self, start: int | None, end: int | None, language: Language) -> None:
        """Take note that the caller spoke from ``start`` to ``end``; None for keys."""

    def said(
        self, start: int | None, end: int | None, language: Language, latency: Latency | None, *, interrupted: bool
    ) -> None:
        """Take note that the gateway spoke from ``start`` to ``end``, and how long the caller waited for it."""

    def acted(self, kind: str) -> None:
        """Take note of an action that was written."""

    def sounded(self, codec: str) -> None:
        """Take note of how the caller's sound was encoded."""

    def ended(self, reason: str, outcome: str | None) -> None:
        """Take note that the call is over now, and what came of it."""


class CallTraces(Protocol):
    """The traces of all calls."""

    def begin(self, call_id: str, line: str, practice_id: str, started_at: datetime) -> CallTrace:
        """Return the trace of a call that began at ``started_at``."""

    def finish(self, call_id: str) -> None:
        """Take note that nothing more will be told of a call."""
