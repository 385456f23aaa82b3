"""The timers of SIP transactions (RFC 3261 section 17 and table 4, RFC 6026), and a queue of deadlines."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Timers:
    """The three base values, in seconds; all timers follow from them."""

    t1: float = 0.5
    """Estimate of the round-trip time."""
    t2: float = 4.0
    """Longest interval between retransmissions of a non-INVITE request or of a response to INVITE."""
    t4: float = 5.0
    """Longest time that a message stays in the network."""

    @property
    def timeout(self) -> float:
        """64*T1: timers B, D, F, H, J, L and M, and how long a 2xx waits for its ACK."""
        return 64 * self.t1


@dataclass(slots=True)
class Retransmission:
    """An interval that doubles, up to ``longest``."""

    interval: float
    due: float
    longest: float = float("inf")

    @classmethod
    def beginning(cls, now: float, interval: float, longest: float = float("inf")) -> Retransmission:
        """Return one whose first retransmission is due ``interval`` seconds from ``now``."""
        return cls(interval, now + interval, longest)

    def advance(self, now: float) -> None:
        """Note that it was sent now."""
        self.interval = min(2 * self.interval, self.longest)
        self.due = now + self.interval


class HasDeadline(Protocol):
    """Something that wants to be polled at a time."""

    @property
    def deadline(self) -> float | None:
        """When to poll it, or None."""


_T = TypeVar("_T", bound=HasDeadline)

_STALE_AT_LEAST = 64


class DeadlineQueue(Generic[_T]):
    """Holds things by their deadline. ``schedule`` one again whenever its deadline may have changed."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, _T]] = []
        self._scheduled: dict[_T, float] = {}
        self._count = itertools.count()

    def schedule(self, item: _T) -> None:
        """Note the deadline that ``item`` has now; None takes it out."""
        deadline = item.deadline
        if deadline is None:
            self._scheduled.pop(item, None)
        elif self._scheduled.get(item) != deadline:
            self._scheduled[item] = deadline
            heapq.heappush(self._heap, (deadline, next(self._count), item))
        self._drop_stale()

    def next_deadline(self) -> float | None:
        """Return the earliest deadline."""
        # An entry that is not the one last scheduled for its item is stale.
        while self._heap and self._scheduled.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _drop_stale(self) -> None:
        """Make the heap anew when most of it is stale: an entry of a call's session timer would hold it for long."""
        if len(self._heap) > 2 * len(self._scheduled) + _STALE_AT_LEAST:
            self._heap = [entry for entry in self._heap if self._scheduled.get(entry[2]) == entry[0]]
            heapq.heapify(self._heap)

    def due(self, now: float) -> Iterator[_T]:
        """Yield and take out each item whose deadline has come."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            item = heapq.heappop(self._heap)[2]
            del self._scheduled[item]
            yield item
