"""Which utterance is recognised next, and which is refused because it could not be done in time.

First come, first served with deadlines collapses under overload: each utterance begins just before its deadline and
ends after it, so that all of the work is thrown away. So what cannot be finished in time is refused as it comes, and
what was let in is given up when the engine has become too slow for it, in favour of those that can still be finished.

A plain object with the time as an argument; ``recognition_queue`` drives an engine with it.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

OVERHEAD_S = 2.0
"""What an utterance costs whatever its length, in seconds of sound: silence that is encoded with it."""
FIRST_PACE = 0.06
"""Seconds of work a second of sound before anything was measured: Whisper base on one core of a server."""
WEIGHT = 0.3
"""Of the last measurement in the moving average."""
MARGIN = 1.2
"""How much longer than the average an utterance may take and still be done in time."""
PARTIAL_YIELDS_S = 0.7
"""By how much a partial utterance is put behind the others. By then it is over, or it was withdrawn."""
PARTIAL_WAITS_S = 1.0
"""A partial utterance that can't begin by then is refused: it only takes what nobody else needs."""


class EnginePace:
    """How long the engine takes for a second of sound: a moving average of what was measured."""

    def __init__(self, pace: float = FIRST_PACE) -> None:
        self._pace = pace

    def expected_s(self, sound_s: float) -> float:
        """Return how long ``sound_s`` seconds of sound will take, with a margin."""
        return MARGIN * self._pace * (sound_s + OVERHEAD_S)

    def observe(self, sounds_s: Iterable[float], took_s: float) -> None:
        """Take in that the engine took ``took_s`` seconds for utterances of these lengths together."""
        measured = took_s / sum(sound_s + OVERHEAD_S for sound_s in sounds_s)
        self._pace += WEIGHT * (measured - self._pace)


class Overloaded(Exception):
    """An utterance could not be finished in time, or too many wait."""


@dataclass(eq=False, slots=True)
class Entry(Generic[T]):
    """An utterance of ``sound_s`` seconds that came at ``came`` and must be done at ``deadline``, on one clock."""

    item: T
    came: float
    deadline: float
    sound_s: float = 1.0
    partial: bool = False
    expected: bool = True
    """Whether it is given up when it can't be done in time; not where it met an idle engine, which is slow alone."""

    @property
    def rank(self) -> float:
        """What the order is by."""
        return self.came + (PARTIAL_YIELDS_S if self.partial else 0.0)


class RecognitionSchedule(Generic[T]):
    """The utterances that wait for one of ``at_once`` engines, and those that are being recognised."""

    def __init__(self, longest: int, at_once: int = 1, pace: EnginePace | None = None) -> None:
        self._longest = longest
        self._at_once = at_once
        self._pace = pace or EnginePace()
        self._entries: list[Entry[T]] = []
        self._running: dict[Entry[T], float] = {}
        """When each that is being recognised will be done, by what is expected."""

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._entries)

    def add(self, entry: Entry[T]) -> list[Entry[T]]:
        """Queue ``entry``; return those that have to leave for it.

        An idle engine takes whatever comes. A full queue gives up its last partial entry for one that is not partial.

        Raises:
            Overloaded: it could not be done by its deadline, a partial one not begun soon; or the queue is full.

        """
        if not self._entries and not self._running:
            entry.expected = False
        else:
            begins = self._begins(entry)
            late = begins + self._pace.expected_s(entry.sound_s) > entry.deadline
            if late or (entry.partial and begins > entry.came + PARTIAL_WAITS_S):
                raise Overloaded("it could not be done in time")
        displaced = self._make_room(entry)
        bisect.insort(self._entries, entry, key=lambda other: other.rank)
        return displaced

    def discard(self, entry: Entry[T]) -> None:
        """Take ``entry`` out if it is still waiting."""
        if entry in self._entries:
            self._entries.remove(entry)

    def take(self, most: int, now: float) -> tuple[list[Entry[T]], list[Entry[T]]]:
        """Return the next entries, ``most`` at most, and all that can't be done in time any more.

        Both leave the queue; the first are being recognised until ``done`` is told of them.
        """
        late = [entry for entry in self._entries if self._is_late(entry, now)]
        waiting = [entry for entry in self._entries if entry not in late]
        turn, self._entries = waiting[:most], waiting[most:]
        ends = now + sum(self._pace.expected_s(entry.sound_s) for entry in turn)
        self._running.update(dict.fromkeys(turn, ends))
        return turn, late

    def clear(self) -> list[Entry[T]]:
        """Return all that wait; they leave the queue."""
        entries, self._entries = self._entries, []
        return entries

    def done(self, turn: Iterable[Entry[T]], took_s: float | None) -> None:
        """Take note that ``turn`` was recognised together in ``took_s`` seconds, None where that failed."""
        sounds_s = [entry.sound_s for entry in turn if self._running.pop(entry, None) is not None]
        if took_s is not None and sounds_s:
            self._pace.observe(sounds_s, took_s)

    def _begins(self, entry: Entry[T]) -> float:
        """Return when ``entry`` would begin if it came now."""
        free = [max(entry.came, ends) for ends in self._running.values()][: self._at_once]
        free += [entry.came] * (self._at_once - len(free))
        heapq.heapify(free)
        for other in self._entries:
            if other.rank <= entry.rank:
                heapq.heapreplace(free, free[0] + self._pace.expected_s(other.sound_s))
        return free[0]

    def _make_room(self, entry: Entry[T]) -> list[Entry[T]]:
        if len(self._entries) < self._longest:
            return []
        partial = next((other for other in reversed(self._entries) if other.partial), None)
        if entry.partial or partial is None:
            raise Overloaded("the queue is full")
        self._entries.remove(partial)
        return [partial]

    def _is_late(self, entry: Entry[T], now: float) -> bool:
        needed = self._pace.expected_s(entry.sound_s) if entry.expected else 0.0
        return now >= entry.deadline or now + needed > entry.deadline
