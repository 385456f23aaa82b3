"""Speech continued from its own past: the last pitch periods are repeated (in the manner of ITU-T G.711 appendix I).

Unlike the appendix nothing is delayed: what it blends into the held-back last 3.75 ms is blended into the first made-up
samples here.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from gateway.media.receive.shaped_noise import Floats

HISTORY_FRAMES = 3
"""How many frames of 20 ms before the gap are looked at: three longest periods, and what they are blended with."""

_RATE_OF_SEARCH = 8000
_LONGEST_PERIOD = 120
_SHORTEST_PERIOD = 40
_TEMPLATE = 160
_SILENT_ENERGY = 1e-3


def find_period(history: Floats, rate: int) -> tuple[int, float]:
    """Return the pitch period at the end of ``history`` in samples, 5 to 15 ms, and how alike its repetitions are.

    The likeness is the normalised cross-correlation of the last 20 ms with what was one period before, -1 to 1. The
    search runs at 8 kHz; at higher rates the result is refined afterwards.
    """
    step = rate // _RATE_OF_SEARCH
    coarse = history if step == 1 else history.reshape(-1, step).mean(axis=1)
    span = coarse[-_TEMPLATE - _LONGEST_PERIOD :]
    likeness = _likeness(span, _TEMPLATE, _SHORTEST_PERIOD)
    best = int(likeness.argmax())
    period = _LONGEST_PERIOD - best
    if step == 1:
        return period, float(likeness[best])
    template, longest = _TEMPLATE * step, period * step + step
    fine = _likeness(history[-template - longest :], template, longest - 2 * step)
    best = int(fine.argmax())
    return longest - best, float(fine[best])


def _likeness(span: Floats, template: int, shortest: int) -> Floats:
    """Correlate the end of ``span`` with every earlier stretch of the same length, the furthest first."""
    lags = len(span) - template - shortest + 1
    product = np.correlate(span[: template + lags - 1], span[-template:], "valid")
    energy = np.concatenate([[0.0], np.cumsum(span.astype(np.float64) ** 2)])
    before = energy[template : template + lags] - energy[:lags]
    scale = np.sqrt(np.maximum(before * (energy[-1] - energy[-1 - template]), _SILENT_ENERGY))
    return (product / scale).astype(np.float32)


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
    """What follows ``history`` if its last pitch periods go on: one period for 10 ms, then two, then three for good."""

    def __init__(self, history: Floats, rate: int) -> None:
        """``history`` is float32 of ``HISTORY_FRAMES`` frames of 20 ms, in units of int16."""
        self._history = history
        self.period, self.likeness = find_period(history, rate)
        self._quarter = self.period // 4
        self._segment = rate // 100
        self._loops: dict[int, Floats] = {}
        self.position = 0
        """How many samples of the continuation were taken."""

    def _loop(self, periods: int) -> Floats:
        """Return the last ``periods`` whose end runs smoothly into their beginning."""
        loop = self._loops.get(periods)
        if loop is None:
            length, quarter, history = periods * self.period, self._quarter, self._history
            loop = history[-length:].copy()
            loop[-quarter:] = cross_fade(loop[-quarter:], history[-length - quarter : -length])
            self._loops[periods] = loop
        return loop

    def _read(self, periods: int, begin: int, count: int) -> Floats:
        loop = self._loop(periods)
        first = begin % len(loop)
        if first + count <= len(loop):
            return loop[first : first + count]
        return loop.take(np.arange(first, first + count), mode="wrap")

    def peek(self, count: int) -> Floats:
        """Return the next ``count`` samples without taking them; ``count`` is at most a frame."""
        pieces: list[Floats] = []
        at, end = self.position, self.position + count
        while at < end:
            periods = min(at // self._segment, 2) + 1
            stop = end if periods == 3 else min(end, periods * self._segment)
            piece = self._read(periods, at, stop - at)
            if periods > 1 and at < (periods - 1) * self._segment + self._quarter:
                piece = self._changing(piece, periods, at)
            pieces.append(piece)
            at = stop
        sound = pieces[0].copy() if len(pieces) == 1 else np.concatenate(pieces)
        if self.position == 0:
            self._begin_smoothly(sound)
        return sound

    def _changing(self, piece: Floats, periods: int, at: int) -> Floats:
        """Blend the beginning of a segment with the loop that was read before it."""
        piece = piece.copy()
        done = at - (periods - 1) * self._segment
        count = min(self._quarter - done, len(piece))
        before = self._read(periods - 1, at, count)
        rising = ramp(self._quarter)[done : done + count]
        piece[:count] = before + (piece[:count] - before) * rising
        return piece

    def _begin_smoothly(self, sound: Floats) -> None:
        """Let the first samples run on from the last one of the past, where the period does not fit exactly."""
        length = min(self._quarter, len(sound))
        step = self._history[-1] - self._history[-1 - self.period]
        sound[:length] += step * (1 - ramp(length))

    def take(self, count: int) -> Floats:
        """Return the next ``count`` samples, float32; ``count`` is at most a frame."""
        sound = self.peek(count)
        self.position += count
        return sound
