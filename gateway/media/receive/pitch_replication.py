"""Speech continued from its own past: the last pitch period is repeated, in the manner of ITU-T G.711 appendix I.

Two things differ from the appendix. Nothing is delayed: the appendix blends into the last 3.75 ms, which it holds back;
here the first made-up samples are led away from the last real one. And it is always one period that is repeated: taking
two and then three of them, as the appendix does after 10 ms, scores lower (docs/measurements/audio-quality.md).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gateway.media.receive.shaped_noise import Floats

HISTORY_FRAMES = 2
"""How many frames of 20 ms before the gap are looked at."""

_RATE_OF_SEARCH = 8000
_LONGEST_PERIOD = 120
_SHORTEST_PERIOD = 40
_TEMPLATE = 64
_SILENT_ENERGY = 1e-3


def find_period(history: Floats, rate: int) -> int:
    """Return the pitch period at the end of ``history`` in samples, 5 to 15 ms.

    It is the distance at which the last 8 ms are most like what was before them by the normalised cross-correlation;
    the appendix compares 20 ms, in which the pitch has moved. The search runs at 8 kHz; at higher rates its result is
    refined afterwards.
    """
    step = rate // _RATE_OF_SEARCH
    coarse = history if step == 1 else history.reshape(-1, step).mean(axis=1)
    period = _most_alike(coarse, _TEMPLATE, _SHORTEST_PERIOD, _LONGEST_PERIOD)
    if step == 1:
        return period
    return _most_alike(history, _TEMPLATE * step, step * (period - 1), step * (period + 1))


def _most_alike(history: Floats, template: int, shortest: int, longest: int) -> int:
    """Return how long before, ``shortest`` to ``longest``, the ``template`` samples at the end occurred."""
    lags = longest - shortest + 1
    end = history[-template:]
    before = history[-template - longest : len(history) - shortest]
    product = np.correlate(before, end, "valid")
    energy = np.concatenate([[0.0], np.cumsum(before.astype(np.float64) ** 2)])
    scale = np.sqrt(np.maximum(energy[template : template + lags] - energy[:lags], _SILENT_ENERGY))
    return longest - int((product / scale).argmax())


@cache
def ramp(length: int) -> Floats:
    """Return the rising half of a linear cross-fade, without its ends 0 and 1."""
    rising = (np.arange(1, length + 1) / (length + 1)).astype(np.float32)
    rising.flags.writeable = False
    return rising


def cross_fade(old: Floats, new: Floats) -> Floats:
    """Return ``old`` turning into ``new`` over their whole length."""
    return old + (new - old) * ramp(len(old))


class PitchReplication:
    """What follows ``history`` if its last pitch period goes on for good."""

    def __init__(self, history: Floats, rate: int) -> None:
        """``history`` is float32 of ``HISTORY_FRAMES`` frames of 20 ms, in units of int16."""
        self.period = period = find_period(history, rate)
        self._position = 0
        self._quarter = quarter = period // 4
        self._period = history[-period:].copy()
        # Its end runs into its beginning: what was before that beginning is blended in.
        self._period[-quarter:] = cross_fade(self._period[-quarter:], history[-period - quarter : -period])
        self._step = history[-1] - history[-1 - period]

    def take(self, count: int) -> Floats:
        """Return the next ``count`` samples, float32."""
        begin = self._position
        self._position += count
        sound: Floats = self._period.take(np.arange(begin, begin + count), mode="wrap")
        if not begin:
            length = min(self._quarter, count)
            sound[:length] += self._step * (1 - ramp(length))
        return sound
