"""Packet loss concealment: the last frame is repeated and faded out, in the manner of G.711 appendix I made simple."""

from __future__ import annotations

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES

_FADE_FRAMES = 3
_CROSSFADE = 32


class Concealment:
    """Fills lost 20 ms frames of one leg; silence after 60 ms of loss."""

    def __init__(self) -> None:
        self._last: Samples | None = None
        self._lost = 0

    def received(self, frame: Samples) -> Samples:
        """Return the frame to use for one that was received: itself, or blended in after a loss."""
        if self._lost:
            tail = self._fill()[:_CROSSFADE].astype(np.float32)
            ramp = np.linspace(0, 1, _CROSSFADE, dtype=np.float32)
            frame = frame.copy()
            frame[:_CROSSFADE] = tail * (1 - ramp) + frame[:_CROSSFADE] * ramp
            self._lost = 0
        self._last = frame
        return frame

    def lost(self) -> Samples:
        """Return the frame to use in place of one that is missing."""
        frame = self._fill()
        self._lost += 1
        return frame

    def _fill(self) -> Samples:
        if self._last is None or self._lost >= _FADE_FRAMES:
            return np.zeros(FRAME_SAMPLES, np.int16)
        gains = np.linspace(1 - self._lost / _FADE_FRAMES, 1 - (self._lost + 1) / _FADE_FRAMES, FRAME_SAMPLES)
        return (self._last * gains).astype(np.int16)
