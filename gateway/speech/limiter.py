"""A gain that never exceeds the ceiling: look-ahead limiting of a stream, without a loop over its samples.

For each sample there is a gain at which it stays below the ceiling. The least of these over ``HOLD_S`` before and
``LOOK_AHEAD_S`` after a sample, averaged over the look-ahead, is never more than the sample's own: it goes down before
a peak arrives, stays down as long as peaks follow each other, and comes up again without a click. All of it is finite
in time, so the result does not depend on how the stream is cut into chunks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.audio import Pcm

CEILING_DBFS = -1.0
"""Highest sample that leaves the limiter, below full scale: the way to 8 kHz and G.711 needs some room above it."""
LOOK_AHEAD_S = 0.005
HOLD_S = 0.04

_CEILING = float(np.floor(32768 * 10 ** (CEILING_DBFS / 20)))


class StreamLeveller:
    """Amplifies a stream by a fixed gain and limits its peaks. What goes in comes out 5 ms later.

    For an engine that yields chunks of a sentence before the rest of it is known. One for each stream.
    """

    def __init__(self, gain_db: float, rate: int) -> None:
        """``gain_db`` is applied to all samples; ``rate`` is the stream's samples per second."""
        self._gain = float(10 ** (gain_db / 20))
        self._rate = rate
        self._ahead = max(1, round(rate * LOOK_AHEAD_S))
        self._held = self._ahead + max(1, round(rate * HOLD_S))
        # Before the stream there is silence, which needs no limiting.
        self._past = np.zeros(self._held + self._ahead - 2)
        self._skip = self._ahead

    def push(self, pcm: Pcm) -> Pcm:
        """Return what can be said now; the last 5 ms of ``pcm`` come with the next chunk or with ``flush``.

        Raises:
            ValueError: ``pcm`` is not at the stream's rate.

        """
        if pcm.rate != self._rate:
            raise ValueError(f"expected {self._rate} Hz, got {pcm.rate} Hz")
        levelled = self._limited(pcm.samples.astype(np.float64) * self._gain)
        ready = levelled[self._skip :]
        self._skip = max(0, self._skip - len(levelled))
        return Pcm(ready, self._rate)

    def flush(self) -> Pcm:
        """Return the end of the stream; nothing may be pushed after it."""
        levelled = self._limited(np.zeros(self._ahead))
        return Pcm(levelled[self._skip :], self._rate)

    def _limited(self, wave: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
        """Return as many samples as came in, those that lie ``_ahead`` before them."""
        known = np.concatenate([self._past, wave])
        self._past = known[len(wave) :]
        start = len(self._past) - self._ahead
        delayed = known[start : start + len(wave)]
        if np.abs(known).max() > _CEILING:
            gains = _CEILING / np.maximum(np.abs(known), _CEILING)
            sums = np.concatenate([[0.0], np.cumsum(_running_minimum(gains, self._held))])
            delayed = delayed * (sums[self._ahead :] - sums[: -self._ahead]) / self._ahead
        # Rounding is all that is left to clip.
        return np.asarray(np.clip(np.rint(delayed), -_CEILING, _CEILING), np.int16)


def limited(pcm: Pcm, gain_db: float) -> Pcm:
    """Return the whole of ``pcm`` with a gain and its peaks limited, of the same length and in the same place."""
    stream = StreamLeveller(gain_db, pcm.rate)
    return Pcm(np.concatenate([stream.push(pcm).samples, stream.flush().samples]), pcm.rate)


def _running_minimum(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """Return the least of each ``width`` consecutive values, in as many steps as its binary digits."""
    reach = 1
    while reach < width:
        further = min(reach, width - reach)
        values = np.minimum(values[:-further], values[further:])
        reach += further
    return values
