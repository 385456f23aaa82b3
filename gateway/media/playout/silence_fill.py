"""What goes to the caller while nothing is played: digital silence, or a noise so low that the line sounds alive."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from gateway.audio.pcm import TELEPHONE_RATE, Samples
from gateway.media.frame import FRAME_MS, FRAME_SAMPLES

NOISE_LEVEL_DBOV = -65.0
"""Level of the noise, relative to a square wave at the overload point (RFC 3389 section 3.1)."""

_FRAMES = 250
_SMOOTH = np.array([0.25, 0.5, 0.25])
_SEED = 65


class Silence(StrEnum):
    """What is sent between the gateway's replies."""

    SILENCE = "silence"
    """Digital silence."""

    COMFORT_NOISE = "comfort_noise"
    """A low noise at the telephone's lower frequencies."""


class SilenceFill:
    """Frames for the moments when nothing is played; one fill serves all legs of a ``rate`` of samples a second.

    The noise repeats after five seconds, without a seam.
    """

    def __init__(
        self, silence: Silence = Silence.SILENCE, level_dbov: float = NOISE_LEVEL_DBOV, rate: int = TELEPHONE_RATE
    ) -> None:
        self.silence = silence
        self.level_dbov = level_dbov
        """Level of the noise, relative to a square wave at the overload point (RFC 3389 section 3.1)."""
        frame = rate * FRAME_MS // 1000
        if silence is Silence.SILENCE:
            self._frames = np.zeros((1, frame), np.int16)
        else:
            self._frames = self._noise(frame, 32768 * 10 ** (level_dbov / 20))
        self._frames.flags.writeable = False

    @staticmethod
    def _noise(frame: int, root_mean_square: float) -> Samples:
        white = np.random.default_rng(_SEED).standard_normal(_FRAMES * frame)
        smooth = np.convolve(np.concatenate([white[-1:], white, white[:1]]), _SMOOTH, "valid")
        smooth *= root_mean_square / np.sqrt(np.mean(smooth**2))
        return np.rint(smooth).clip(-32768, 32767).astype(np.int16).reshape(_FRAMES, frame)

    def frame(self, position: int) -> Samples:
        """Return the frame to send at ``position`` (samples at 8 kHz): int16 ``[rate / 50]``, read-only."""
        fill: Samples = self._frames[position // FRAME_SAMPLES % len(self._frames)]
        return fill
