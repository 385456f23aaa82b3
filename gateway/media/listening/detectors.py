"""What a detector of speech does for all legs at once, whatever it is made of."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from gateway.media.listening.frame_history import Slots

Windows = npt.NDArray[np.float32]
"""Windows of 256 samples at 8 kHz as rows, full scale 1.0."""


class VoiceDetector(Protocol):
    """Judges windows of many legs at a time and remembers of each leg what it needs from one window to the next."""

    @property
    def speech_dbfs(self) -> float:
        """The active level of speech, in dB below full scale, at which it judges best."""

    def reset(self, slots: Slots) -> None:
        """Forget these legs: the windows that follow do not go on from those before."""

    def probabilities(self, slots: Slots, windows: Windows) -> npt.NDArray[np.float32]:
        """Return the probability (0 to 1) that each leg's next window, a row of ``windows``, holds speech, [n]."""
