"""How long the recognition engine takes, learned from what it took."""

from __future__ import annotations

from collections.abc import Sequence

OVERHEAD_S = 2.0
"""What an utterance costs whatever its length, in seconds of sound: silence that is encoded with it."""
FIRST_PACE = 0.06
"""Seconds of work a second of sound before anything was measured: Whisper base on one core of a server."""
WEIGHT = 0.3
"""Of the last measurement in the moving average."""
MARGIN = 1.2
"""How much longer than the average a turn may take and still be done in time."""


class EnginePace:
    """Seconds of work a second of the longest sound in a batch: moving averages, one for each doubling of its size.

    A batch is as wide as its longest member. How much longer a larger one takes is the engine's own: on a CPU twice
    the members take twice the time, on a GPU hardly more.
    """

    def __init__(self, pace: float = FIRST_PACE) -> None:
        self._first = pace
        self._measured: dict[int, float] = {}

    def expected_s(self, sounds_s: Sequence[float]) -> float:
        """Return how long utterances of ``sounds_s`` seconds will take as one batch, with a margin."""
        return self.expected_of(len(sounds_s), max(sounds_s))

    def expected_of(self, size: int, longest_s: float) -> float:
        """Return how long ``size`` utterances of up to ``longest_s`` seconds will take as one batch, with a margin."""
        return MARGIN * self._pace(_doublings(size)) * (longest_s + OVERHEAD_S)

    def observe(self, sounds_s: Sequence[float], took_s: float) -> None:
        """Take in that the engine took ``took_s`` seconds for utterances of these lengths as one batch."""
        doublings = _doublings(len(sounds_s))
        measured = took_s / (max(sounds_s) + OVERHEAD_S)
        before = self._pace(doublings) if doublings in self._measured or not doublings else measured
        self._measured[doublings] = before + WEIGHT * (measured - before)

    def _pace(self, doublings: int) -> float:
        """Return the pace of a size; of one never measured, what its neighbours allow at worst.

        A smaller batch takes no longer than a larger one, a larger one no longer than its members one after the other.
        """
        measured = self._measured.get(doublings)
        if measured is not None:
            return measured
        larger = [size for size in self._measured if size > doublings]
        smaller = [size for size in self._measured if size < doublings]
        bounds = [self._measured[min(larger)]] if larger else []
        bounds += [self._measured[max(smaller)] * 2 ** (doublings - max(smaller))] if smaller else []
        return min(bounds, default=self._first * 2**doublings)


def _doublings(size: int) -> int:
    return size.bit_length() - 1
