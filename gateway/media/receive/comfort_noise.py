"""RTP payload for comfort noise (RFC 3389): one octet of level, then reflection coefficients of the spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_FULL_SCALE = 32768.0
_MOST_COEFFICIENTS = 32
_LEVELS = 127
_SHARPEST = 1e-6
"""Coefficients near 1 make a filter that resonates without end; rounding even makes it divide by zero."""


class ComfortNoiseError(ValueError):
    """The payload is no comfort noise; the message says why."""


@dataclass(frozen=True, slots=True)
class ComfortNoise:
    """A description of background noise.

    ``level_dbov`` is -127 to 0, relative to a square wave at the overload point (RFC 3389 section 3.1);
    ``reflection_coefficients`` k_1, k_2 … lie in -1 to 1 (section 3.2), none means white noise.
    """

    level_dbov: int
    reflection_coefficients: tuple[float, ...] = ()

    @property
    def root_mean_square(self) -> float:
        """The level in units of int16."""
        return float(_FULL_SCALE * 10 ** (self.level_dbov / 20))

    def spectrum(self, bins: int) -> npt.NDArray[np.float32]:
        """Return the amplitude at ``bins`` frequencies from 0 to half the sampling rate, float32, for white noise.

        The noise is an all-pole model (RFC 3389 section 3.2); its total power is that of the level.
        """
        predictor = _predictor(self.reflection_coefficients)
        gain = 1 / np.maximum(np.abs(np.fft.rfft(predictor, 2 * (bins - 1))), _SHARPEST)
        return np.asarray(gain * (self.root_mean_square / np.sqrt(np.mean(gain**2))), np.float32)


def parse_comfort_noise(payload: bytes) -> ComfortNoise:
    """Return what a comfort noise packet says; coefficients beyond the 32nd are left out.

    Raises:
        ComfortNoiseError: the payload is empty.

    """
    if not payload:
        raise ComfortNoiseError("comfort noise without a level")
    quantised = payload[1 : 1 + _MOST_COEFFICIENTS]
    coefficients = tuple(258 * (min(octet, 254) - _LEVELS) / 32768 for octet in quantised)
    # The highest bit of the level must be zero (section 3.1); a peer that sets it means the level below it.
    return ComfortNoise(-(payload[0] & _LEVELS), coefficients)


def comfort_noise_payload(level_dbov: float, reflection_coefficients: Sequence[float] = ()) -> bytes:
    """Return the payload of a comfort noise packet; ``level_dbov`` is held to -127 to 0."""
    level = round(min(max(-level_dbov, 0), _LEVELS))
    quantised = (round(coefficient * 32768 / 258) + _LEVELS for coefficient in reflection_coefficients)
    return bytes([level, *(min(max(octet, 0), 254) for octet in quantised)])


def _predictor(coefficients: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return 1, a_1 … a_m of the prediction error filter: the step-up recursion of Levinson and Durbin."""
    predictor = np.ones(1)
    for coefficient in coefficients:
        longer = np.append(predictor, 0.0)
        predictor = longer + coefficient * longer[::-1]
    return predictor
