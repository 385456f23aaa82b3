"""Which sentence is spoken next, and which is refused because its sound could not begin in time.

The first sentence of a reply goes before those that follow it, for a caller waits for it in silence, while a later one
is made under the sound of the one before. The sentences of one call are made one after the other, in the order in which
they came. A sentence that would begin too late is refused as it comes, so that the caller hears another voice at once.

A plain object with the time as an argument; ``synthesis_queue`` drives an engine with it.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

FIRST_BEGIN_S = 0.02
"""Until the first sound of a sentence, before anything was measured: SVOX Pico on one core of a server."""
FIRST_PACE_S = 0.001
"""The same for the work on one character."""
WEIGHT = 0.3
"""Of the last measurement in the moving averages."""
MARGIN = 1.2
"""How much longer than the average the first sound may take and still come in time."""
LATER_YIELDS_S = 1.0
"""By how much a later sentence of a reply is put behind first ones. The sentence before it is heard for longer."""


class SynthesisPace:
    """How long the engine takes for a sentence: moving averages of what was measured."""

    def __init__(self, begin_s: float = FIRST_BEGIN_S, pace_s: float = FIRST_PACE_S) -> None:
        self._begin_s = begin_s
        self._pace_s = pace_s

    @property
    def begin_s(self) -> float:
        """How long the first sound will take, with a margin."""
        return MARGIN * self._begin_s

    def whole_s(self, characters: int) -> float:
        """Return how long a sentence of so many characters will occupy the engine."""
        return self._pace_s * characters

    def began(self, took_s: float) -> None:
        """Take in that a first sound took ``took_s`` seconds from the beginning of the work."""
        self._begin_s += WEIGHT * (took_s - self._begin_s)

    def finished(self, characters: int, took_s: float) -> None:
        """Take in that a whole sentence of so many characters took ``took_s`` seconds."""
        self._pace_s += WEIGHT * (took_s / max(1, characters) - self._pace_s)


class SynthesisOverloaded(Exception):
    """A sentence could not begin in time, or too many wait; after ``retry_after_s`` there may be room."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(eq=False, slots=True)
class Sentence(Generic[T]):
    """A sentence that came at ``came`` and whose sound must begin at ``deadline``, on one clock.

    ``call`` names whose it is; None belongs to nobody, and waits for nobody's sentences. ``first`` tells that the
    caller hears nothing until it comes.
    """

    item: T
    came: float
    deadline: float
    characters: int
    call: str | None = None
    first: bool = True

    @property
    def rank(self) -> float:
        """What the order is by."""
        return self.came + (0.0 if self.first else LATER_YIELDS_S)


class SynthesisSchedule(Generic[T]):
    """The sentences that wait for one of ``at_once`` engines, and those that are being spoken."""

    def __init__(self, longest: int, at_once: int = 1, pace: SynthesisPace | None = None) -> None:
        self._longest = longest
        self._at_once = at_once
        self.pace = pace or SynthesisPace()
        self._waiting: list[Sentence[T]] = []
        self._running: dict[Sentence[T], float] = {}
        """When each that is being spoken will be done, by what is expected."""

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many are being spoken."""
        return len(self._running)

    def add(self, sentence: Sentence[T]) -> None:
        """Queue ``sentence``; an idle engine takes whatever comes.

        Raises:
            SynthesisOverloaded: its sound could not begin by its deadline, or the queue is full.

        """
        if self._waiting or len(self._running) >= self._at_once:
            begins = self._begins(sentence)
            if begins + self.pace.begin_s > sentence.deadline:
                raise SynthesisOverloaded("it could not begin in time", begins - sentence.came)
            if len(self._waiting) >= self._longest:
                raise SynthesisOverloaded("the queue is full", begins - sentence.came)
        bisect.insort(self._waiting, sentence, key=lambda other: other.rank)

    def discard(self, sentence: Sentence[T]) -> None:
        """Take ``sentence`` out if it is still waiting."""
        if sentence in self._waiting:
            self._waiting.remove(sentence)

    def take(self, now: float) -> tuple[Sentence[T] | None, list[Sentence[T]]]:
        """Return the next sentence, if one may begin, and all whose sound can't begin in time any more.

        Both leave the queue; the first one is being spoken until ``done`` is told of it.
        """
        late = [sentence for sentence in self._waiting if now >= sentence.deadline]
        self._waiting = [sentence for sentence in self._waiting if now < sentence.deadline]
        if len(self._running) >= self._at_once:
            return None, late
        held = {sentence.call for sentence in self._running if sentence.call is not None}
        for sentence in self._waiting:
            if sentence.call is not None and sentence.call in held:
                continue
            earliest = self._earliest_of_its_call(sentence)
            self._waiting.remove(earliest)
            self._running[earliest] = now + self.pace.whole_s(earliest.characters)
            return earliest, late
        return None, late

    def clear(self) -> list[Sentence[T]]:
        """Return all that wait; they leave the queue."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def done(self, sentence: Sentence[T]) -> None:
        """Take note that ``sentence`` is not being spoken any more."""
        self._running.pop(sentence, None)

    def _earliest_of_its_call(self, sentence: Sentence[T]) -> Sentence[T]:
        """Return the sentence of the same call that came first: a later one never overtakes it."""
        if sentence.call is None:
            return sentence
        return min((other for other in self._waiting if other.call == sentence.call), key=lambda other: other.came)

    def _begins(self, sentence: Sentence[T]) -> float:
        """Return when ``sentence`` would begin if it came now."""
        free = sorted(max(sentence.came, ends) for ends in self._running.values())[: self._at_once]
        free += [sentence.came] * (self._at_once - len(free))
        heapq.heapify(free)
        for other in self._before(sentence):
            heapq.heapreplace(free, free[0] + self.pace.whole_s(other.characters))
        return free[0]

    def _before(self, sentence: Sentence[T]) -> Iterable[Sentence[T]]:
        return (other for other in self._waiting if other.rank <= sentence.rank)
