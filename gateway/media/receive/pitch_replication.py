"""Speech continued from its own past: the last pitch period is repeated, in the manner of ITU-T G.711 appendix I.

Two things differ from the appendix. Nothing is delayed: the appendix blends into the last 3.75 ms, which it holds back;
here the first made-up samples are led away from the last real one. And it is always one period that is repeated: taking
two and then three of them, as the appendix does after 10 ms, scores lower (docs/measurements/audio-quality.md).

All gaps that begin in a tick are worked on at once, because an outage of a network meets all of its calls.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.media.frame import Slots

Floats: TypeAlias = npt.NDArray[np.float32]
_Lengths: TypeAlias = npt.NDArray[np.intp]

HISTORY_FRAMES = 2
"""How many frames of 20 ms before the gap are looked at."""

_RATE_OF_SEARCH = 8000
_LONGEST_PERIOD = 120
_SHORTEST_PERIOD = 40
_TEMPLATE = 64
_SILENT_ENERGY = 1e-3


def find_periods(past: Floats, rate: int) -> _Lengths:
    """Return the pitch period at the end of each row of ``past`` in samples, 5 to 15 ms.

    It is the distance at which the last 8 ms are most like what was before them by the normalised cross-correlation;
    the appendix compares 20 ms, in which the pitch has moved. The search runs at 8 kHz; at higher rates its result is
    refined afterwards.
    """
    step = rate // _RATE_OF_SEARCH
    coarse = past if step == 1 else past.reshape(len(past), -1, step).mean(axis=2)
    width = coarse.shape[1]
    before = coarse[:, width - _TEMPLATE - _LONGEST_PERIOD : width - _SHORTEST_PERIOD]
    periods = _LONGEST_PERIOD - _most_alike(before, coarse[:, -_TEMPLATE:])
    if step == 1:
        return periods
    template, longest, width = step * _TEMPLATE, step * (periods + 1), past.shape[1]
    columns = (width - template - longest)[:, None] + np.arange(template + 2 * step)
    rows = np.arange(len(past))[:, None]
    return longest - _most_alike(past[rows, columns], past[:, -template:])


def _most_alike(before: Floats, end: Floats) -> _Lengths:
    """Return for each row from which sample on ``before`` is most like ``end``."""
    length = end.shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(before, length, axis=1)
    product = np.einsum("nij,nj->ni", windows, end)
    energy = np.zeros((len(before), before.shape[1] + 1))
    np.cumsum(np.square(before, dtype=np.float64), axis=1, out=energy[:, 1:])
    scale = np.sqrt(np.maximum(energy[:, length:] - energy[:, :-length], _SILENT_ENERGY))
    return np.asarray((product / scale).argmax(axis=1), np.intp)


class PitchReplication:
    """What follows in each slot if its last pitch period goes on for good; sound is float32 in units of int16."""

    def __init__(self, capacity: int, rate: int) -> None:
        self._rate = rate
        longest = (_LONGEST_PERIOD + 1) * rate // _RATE_OF_SEARCH
        self._columns = np.arange(longest)
        self._blended = np.arange(1, longest // 4 + 1, dtype=np.float32)
        self._loop = np.zeros((capacity, longest), np.float32)
        self._period = np.ones(capacity, np.intp)
        self._taken = np.zeros(capacity, np.intp)
        self._step = np.zeros(capacity, np.float32)

    def begin(self, slots: Slots, past: Floats) -> None:
        """Begin gaps after ``past``, ``[n, HISTORY_FRAMES * frame]``."""
        periods = find_periods(past, self._rate)
        quarters, width = periods // 4, past.shape[1]
        rows = np.arange(len(slots))
        column = self._columns % periods[:, None]
        begin = column + (width - periods)[:, None]
        last, before = past[rows[:, None], begin], past[rows[:, None], begin - periods[:, None]]
        # The period's end runs into its beginning: what was before that beginning is blended in.
        blend = (column + (1 + quarters - periods)[:, None]) / (1 + quarters)[:, None]
        self._loop[slots] = last + (before - last) * np.maximum(blend, 0)
        self._step[slots] = past[:, -1] - past[rows, width - 1 - periods]
        self._period[slots] = periods
        self._taken[slots] = 0

    def take(self, slots: Slots, count: int) -> Floats:
        """Return the next samples of each slot, ``[n, count]``."""
        taken, periods = self._taken[slots], self._period[slots]
        self._taken[slots] = taken + count
        column = (taken[:, None] + np.arange(count)) % periods[:, None]
        sound: Floats = self._loop[slots[:, None], column]
        first = (taken == 0).nonzero()[0]
        if len(first):
            self._lead_away(sound, first, slots[first])
        return sound

    def _lead_away(self, sound: Floats, rows: npt.NDArray[np.intp], slots: Slots) -> None:
        """Let the first quarter of a period run on from the last sample, where the period does not fit exactly."""
        rising = self._blended[: sound.shape[1]] / (1 + self._period[slots] // 4)[:, None]
        sound[rows, : rising.shape[1]] += self._step[slots][:, None] * np.maximum(1 - rising, 0)
