"""A cheap first look at the sound of all legs, so that a detector runs only where there is something to hear.

A leg's gate opens for a frame that is louder than a fixed threshold and stands out from the leg's own steady noise,
which is followed by its minimum (R. Martin, "Noise power spectral density estimation based on optimal smoothing and
minimum statistics", 2001, here on the power of the whole band): a noisy line is shut out like a silent one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.media.frame import FRAME_MS
from gateway.media.listening.frame_history import Flags, Slots

Powers = npt.NDArray[np.float32]

_SMOOTHING = np.float32(0.7)
_PARTS = 8
_PART_TICKS = 500 // FRAME_MS
_REFRESH_TICKS = 100 // FRAME_MS


def power_of(dbfs: float) -> float:
    """Return the mean square of int16 samples at a level in dB below full scale."""
    return float((32768 * 10 ** (dbfs / 20)) ** 2)


class NoiseGates:
    """The gates of ``capacity`` legs.

    ``threshold_dbfs``: quieter frames never open one; idle A-law lines lie at -72 dBFS, quiet callers above -55 dBFS.
    ``margin_db``: how far a frame must lie above the noise, the least smoothed power of the last 4 s.
    ``hold_ms``: how long a gate stays open after the last such frame.
    """

    def __init__(
        self, capacity: int, threshold_dbfs: float = -62.0, margin_db: float = 4.0, hold_ms: int = 320
    ) -> None:
        self._threshold = np.float32(power_of(threshold_dbfs))
        self._margin = np.float32(10 ** (margin_db / 10))
        self._hold = hold_ms // FRAME_MS
        self._remaining = np.zeros(capacity, np.int16)
        self._smoothed = np.zeros(capacity, np.float32)
        self._minima = np.zeros((_PARTS, capacity), np.float32)
        self._needed = np.full(capacity, self._threshold, np.float32)
        self._ticks = 0
        self.noise: Powers = np.zeros(capacity, np.float32)
        """Power of each leg's steady noise, 0 until it has been heard for 4 s."""

    def reset(self, slot: int) -> None:
        """Shut the gate and forget the leg's noise."""
        self._remaining[slot] = 0
        self._smoothed[slot] = 0
        self._minima[:, slot] = 0
        self.noise[slot] = 0
        self._needed[slot] = self._threshold

    def tick(self) -> None:
        """Begin a tick; ten times a second the noise is read anew, each half second the oldest of it is forgotten."""
        self._ticks += 1
        if self._ticks % _REFRESH_TICKS == 0:
            np.min(self._minima, axis=0, out=self.noise)
            np.maximum(self.noise * self._margin, self._threshold, out=self._needed)
        if self._ticks % _PART_TICKS == 0:
            self._minima[self._ticks // _PART_TICKS % _PARTS] = np.inf

    def passes(self, slots: Slots, powers: Powers) -> Flags:
        """Tell which of these mean squares, [n], are above what their leg's gate needs; changes nothing."""
        passes: Flags = powers >= self._needed[slots]
        return passes

    def follow(self, slots: Slots, powers: Powers) -> tuple[Flags, Flags, Flags]:
        """Take the mean square of a frame of each leg in, [n].

        Return which are loud, whose gates are open and whose of these have been opened by this frame, each bool [n].
        """
        smoothed = self._smoothed[slots]
        smoothed += (1 - _SMOOTHING) * (powers - smoothed)
        self._smoothed[slots] = smoothed
        part = self._minima[self._ticks // _PART_TICKS % _PARTS]
        part[slots] = np.minimum(part[slots], smoothed)
        loud = powers >= self._needed[slots]
        before = self._remaining[slots]
        remaining = np.where(loud, self._hold, np.maximum(before - 1, 0))
        self._remaining[slots] = remaining
        is_open = remaining > 0
        return loud, is_open, is_open & (before == 0)
