"""The calls that are being held now, for those who watch them.

Each call keeps its story; who watches keeps nothing but how far they have read. So nobody who reads slowly, or not at
all, costs a call anything, and who comes late, or comes back, reads on where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from gateway.records.model import FactValue, NewTurn

LiveEventKind: TypeAlias = Literal["said", "known", "acted", "ended"]

LONGEST_STORY = 2000
"""Events of one call; what comes after them is only in the records."""


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something that happened in a call; ``number`` counts its events from 1."""

    number: int
    kind: LiveEventKind
    data: Mapping[str, Any]


@dataclass(slots=True)
class LiveCall:
    """A call that is being held, and a ``CallObserver`` of it."""

    id: str
    practice_id: str
    line: str
    started_at: datetime
    hub: LiveCalls
    events: list[LiveEvent] = field(default_factory=list)
    over: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def said(self, turn: NewTurn) -> None:
        """Take note of something that was said."""
        self._add(
            "said",
            {
                "speaker": turn.speaker,
                "text": turn.text if turn.heard_text is None else turn.heard_text,
                "language": turn.language,
                "start": turn.start_sample,
            },
        )

    def known(self, facts: Sequence[FactValue]) -> None:
        """Take note of all the facts that are known now."""
        self._add("known", {"facts": [{"name": fact.name, "value": fact.value} for fact in facts]})

    def acted(self, kind: str) -> None:
        """Take note of an action that was written."""
        self._add("acted", {"kind": kind})
        self.hub.changed()

    def end(self) -> None:
        """Take note that the call is over."""
        self.over = True
        self._add("ended", {})

    def _add(self, kind: LiveEventKind, data: Mapping[str, Any]) -> None:
        if len(self.events) < LONGEST_STORY or kind == "ended":
            self.events.append(LiveEvent(len(self.events) + 1, kind, data))
        self._wake.set()
        self._wake = asyncio.Event()

    async def read(self, after: int = 0) -> AsyncIterator[LiveEvent]:
        """Yield the events after number ``after`` as they come, until the call is over."""
        position = max(after, 0)
        while True:
            wake = self._wake
            while position < len(self.events):
                position += 1
                yield self.events[position - 1]
            if self.over:
                return
            await wake.wait()


class LiveCalls:
    """All calls that are being held. What it is told is told by the event loop that its readers run in."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._changes = 0
        self._wake = asyncio.Event()
        self._closed = False

    def begin(self, call_id: str, practice_id: str, line: str, started_at: datetime) -> LiveCall:
        """Return what has to be told of a call that begins."""
        call = self._calls[call_id] = LiveCall(call_id, practice_id, line, started_at, self)
        self.changed()
        return call

    def end(self, call_id: str) -> None:
        """Take note that a call is over."""
        call = self._calls.pop(call_id, None)
        if call is not None:
            call.end()
            self.changed()

    def find(self, call_id: str) -> LiveCall | None:
        """Return a call that is being held."""
        return self._calls.get(call_id)

    def calls(self) -> list[LiveCall]:
        """Return all calls that are being held, the latest last."""
        return list(self._calls.values())

    def close(self) -> None:
        """Let every reader come to its end."""
        self._closed = True
        for call_id in list(self._calls):
            self.end(call_id)
        self.changed()

    def changed(self) -> None:
        """Take note that a list of calls, or of what is to be done, is no longer what it was."""
        self._changes += 1
        self._wake.set()
        self._wake = asyncio.Event()

    async def changes(self) -> AsyncIterator[int]:
        """Yield a number at once, and another one whenever something has changed, until ``close``."""
        seen = -1
        while not self._closed:
            wake = self._wake
            if seen != self._changes:
                seen = self._changes
                yield seen
            else:
                await wake.wait()
