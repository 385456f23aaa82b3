"""Which utterance is recognised next, and which is refused because it could not be done in time.

First come, first served with deadlines collapses under overload: each utterance begins just before its deadline and
ends after it, so that all of the work is thrown away. So what cannot be finished in time is refused as it comes, and
what was let in is given up when the engine has become too slow for it, in favour of those that can still be finished.

The order is that of arrival, partial utterances behind the others. On a GPU those that come next and are about as long
go along with the first (``batching``); the first is always the one whose turn it is, so that nobody is passed over.

A plain object with the time as an argument; ``recognition_queue`` drives an engine with it.
"""

from __future__ import annotations

import bisect
import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.speech.batching import ONE_BY_ONE, Batching, members
from gateway.speech.engine_pace import EnginePace

T = TypeVar("T")

PARTIAL_YIELDS_S = 0.7
"""By how much a partial utterance is put behind the others. By then it is over, or it was withdrawn."""
PARTIAL_WAITS_S = 1.0
"""A partial utterance that can't begin by then is refused: it only takes what nobody else needs."""


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
    """The utterances that wait for one of ``at_once`` engines, and the batches that are being recognised.

    ``most`` is how many an engine takes at a time; it may change, up to ``batching.largest``.
    """

    def __init__(
        self, longest: int, at_once: int = 1, pace: EnginePace | None = None, batching: Batching = ONE_BY_ONE
    ) -> None:
        self._longest = longest
        self._at_once = at_once
        self._pace = pace or EnginePace()
        self._batching = batching
        self.most = batching.largest
        self._entries: list[Entry[T]] = []
        self._running: dict[Entry[T], float] = {}
        """When the batch that begins with this entry will be done, by what is expected."""

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
            begins, ends = self._plan(entry)
            if ends > entry.deadline or (entry.partial and begins > entry.came + PARTIAL_WAITS_S):
                raise Overloaded("it could not be done in time")
        displaced = self._make_room(entry)
        bisect.insort(self._entries, entry, key=lambda other: other.rank)
        return displaced

    def discard(self, entry: Entry[T]) -> None:
        """Take ``entry`` out if it is still waiting."""
        if entry in self._entries:
            self._entries.remove(entry)

    def due(self) -> float | None:
        """Return from when on ``take`` hands out the next batch, None where nobody waits.

        That is at once where the free engines' batches are full, else when the window of the first is over.
        """
        if not self._entries:
            return None
        first = min(entry.came for entry in self._entries)
        full = len(self._entries) >= self.most * self._free
        return first if full else first + self._batching.window_s

    def take(self, now: float) -> tuple[list[Entry[T]], list[Entry[T]]]:
        """Return the next batch, in the order of its members' rank, and all that can't be done in time any more.

        Both leave the queue; the first are being recognised until ``done`` is told of them. The batch is empty until
        it is ``due``. Engines that are free at the same time get equal parts.
        """
        late = [entry for entry in self._entries if self._is_late(entry, now)]
        self._entries = [entry for entry in self._entries if entry not in late]
        due = self.due()
        if due is None or now < due:
            return [], late
        turn = self._batch(self._entries, min(self.most, math.ceil(len(self._entries) / self._free)))
        self._entries = [entry for entry in self._entries if entry not in turn]
        self._running[turn[0]] = now + self._pace.expected_s([entry.sound_s for entry in turn])
        return turn, late

    def clear(self) -> list[Entry[T]]:
        """Return all that wait; they leave the queue."""
        entries, self._entries = self._entries, []
        return entries

    def done(self, turn: Sequence[Entry[T]], took_s: float | None, *, whole: bool = True) -> None:
        """Take note that ``turn`` was recognised in ``took_s`` seconds, None where that failed.

        Where some were withdrawn meanwhile (not ``whole``) the engine had less to do: such a time teaches only if it
        is longer than expected.
        """
        self._running.pop(turn[0], None)
        if took_s is None:
            return
        sounds_s = [entry.sound_s for entry in turn]
        if whole or took_s > self._pace.expected_s(sounds_s):
            self._pace.observe(sounds_s, took_s)

    @property
    def _free(self) -> int:
        return max(1, self._at_once - len(self._running))

    def _batch(self, waiting: Sequence[Entry[T]], most: int) -> list[Entry[T]]:
        chosen = members([entry.sound_s for entry in waiting], most, self._batching.most_padding)
        return [waiting[index] for index in chosen]

    def _plan(self, entry: Entry[T]) -> tuple[float, float]:
        """Return when ``entry`` would begin if it came now, and when it would be done.

        Its batch is taken to be filled by those that come after it: planned any tighter, each batch under load would be
        kept small by the deadline of its first member.
        """
        free = [max(entry.came, ends) for ends in self._running.values()][: self._at_once]
        free += [entry.came] * (self._at_once - len(free))
        heapq.heapify(free)
        sounds_s = [other.sound_s for other in self._entries if other.rank <= entry.rank] + [entry.sound_s]
        filled = min(self.most, len(self._entries) + 1)
        while True:
            chosen = members(sounds_s, self.most, self._batching.most_padding)
            batch_s = [sounds_s[index] for index in chosen]
            if chosen[-1] == len(sounds_s) - 1:
                return free[0], free[0] + self._pace.expected_of(filled, max(batch_s))
            heapq.heapreplace(free, free[0] + self._pace.expected_s(batch_s))
            for index in reversed(chosen):
                del sounds_s[index]

    def _make_room(self, entry: Entry[T]) -> list[Entry[T]]:
        if len(self._entries) < self._longest:
            return []
        partial = next((other for other in reversed(self._entries) if other.partial), None)
        if entry.partial or partial is None:
            raise Overloaded("the queue is full")
        self._entries.remove(partial)
        return [partial]

    def _is_late(self, entry: Entry[T], now: float) -> bool:
        needed = self._pace.expected_s([entry.sound_s]) if entry.expected else 0.0
        return now >= entry.deadline or now + needed > entry.deadline
