"""Garbage collection in the gaps between ticks."""

from __future__ import annotations

import gc
from collections.abc import Callable

_YOUNG_EVERY_S = 5.0
_ALL_EVERY_S = 60.0
_FIRST_GUESS_S = 0.002
_MARGIN = 2.0
_HARDLY_ANY_S = 1e-4


class _Sweep:
    """Collection of the objects up to ``generation``: when it is due, and how long it took last."""

    def __init__(self, generation: int, every_s: float, now: float) -> None:
        self.generation = generation
        self.every_s = every_s
        self.due = now + every_s
        self.takes_s = _FIRST_GUESS_S


class IdleCollector:
    """Collects garbage when enough of a gap is left for it; automatic collection is to be off.

    The young generations are due every 5 s, everything every minute. A collection is run when the gap is twice as long
    as the last one took. One that has found no gap for a whole period is thought to be faster from then on, lest a
    single slow one be the last.
    """

    def __init__(self, clock: Callable[[], float], collect: Callable[[int], object] = gc.collect) -> None:
        self._clock = clock
        self._collect = collect
        now = clock()
        self._sweeps = (_Sweep(2, _ALL_EVERY_S, now), _Sweep(1, _YOUNG_EVERY_S, now))

    def use(self, gap_s: float) -> None:
        """Collect if that is due and a gap of ``gap_s`` seconds suffices."""
        now = self._clock()
        for sweep in self._sweeps:
            if now < sweep.due:
                continue
            if gap_s >= _MARGIN * sweep.takes_s:
                self._collect(sweep.generation)
                finished = self._clock()
                sweep.takes_s = max(_HARDLY_ANY_S, finished - now)
                sweep.due = finished + sweep.every_s
                return
            if now >= sweep.due + sweep.every_s:
                sweep.takes_s /= 2
                sweep.due = now
