"""A cheap first look at the sound, so that the neural network runs only where there is something to hear."""

from __future__ import annotations

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import samples_in


class EnergyGate:
    """Opens for sound above ``threshold_dbfs`` (mean power of a window) and stays open for ``hold_ms`` after it.

    Idle A-law lines lie at -72 dBFS, quiet callers above -50 dBFS.
    """

    def __init__(self, threshold_dbfs: float = -60.0, hold_ms: int = 320) -> None:
        self._threshold = (32768 * 10 ** (threshold_dbfs / 20)) ** 2
        self._hold = samples_in(hold_ms)
        self._remaining = 0

    def is_open(self, window: Samples) -> bool:
        """Tell whether ``window``, the next piece of sound, is worth a closer look."""
        sound = window.astype(np.float32)
        if float(np.dot(sound, sound)) >= self._threshold * len(window):
            self._remaining = self._hold
            return True
        self._remaining = max(0, self._remaining - len(window))
        return self._remaining > 0
