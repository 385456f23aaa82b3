"""Automatic gain for quiet lines: how loud each leg's speech is, and how much that lacks.

The estimate follows the active speech level (ITU-T P.56: the power of the time in which there is speech) by the windows
that the detector took for speech. Noise between the words therefore never raises the gain.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import Samples
from gateway.media.listening.frame_history import Flags, Slots
from gateway.media.listening.noise_gate import Powers, power_of

NOMINAL_DBFS = -26.0
"""Active level of speech on a good line (ITU-T P.830), which a leg has until it is known better."""
RECOGNITION_DBFS = -26.0
"""Level to which the speech of quiet lines is brought for recognition; louder speech stays as it is."""

_MOST_GAIN = 10 ** (18 / 20)
_LOUDEST_NOISE = power_of(-40)
_NOMINAL = power_of(NOMINAL_DBFS)
_FIRST_WEIGHT = 8
_LAST_WEIGHT = 128
_KNEE = 0.7 * 32768
_ROOM = 0.3 * 32768


class SpeechLevels:
    """The active speech levels of ``capacity`` legs.

    A new leg counts as nominal with the weight of 256 ms of speech; later each window has at least a 128th (4 s).
    """

    def __init__(self, capacity: int) -> None:
        self._power = np.full(capacity, _NOMINAL, np.float32)
        self._weight = np.full(capacity, _FIRST_WEIGHT, np.float32)

    def reset(self, slot: int) -> None:
        """Forget the leg's level."""
        self._power[slot] = _NOMINAL
        self._weight[slot] = _FIRST_WEIGHT

    def follow(self, slots: Slots, powers: Powers, speech: Flags) -> None:
        """Take the mean square of a window of each leg in, [n]; those that are not ``speech`` change nothing."""
        if not speech.any():
            return
        spoken = slots[speech]
        weight = np.minimum(self._weight[spoken] + 1, _LAST_WEIGHT)
        self._weight[spoken] = weight
        self._power[spoken] += (powers[speech] - self._power[spoken]) / weight

    def gains(self, slots: Slots, noise: Powers, target_dbfs: float) -> npt.NDArray[np.float32]:
        """Return by what each leg's samples are to be multiplied so that its speech comes near ``target_dbfs``, [n].

        Never below 1; at most 18 dB more than a leg of nominal level gets, and no more than lifts the ``noise`` of the
        line, a mean square [n], to -40 dBFS.
        """
        target = power_of(target_dbfs)
        most = _MOST_GAIN * max(math.sqrt(target / _NOMINAL), 1)
        wanted = np.sqrt(target / np.maximum(self._power[slots], 1))
        allowed = np.sqrt(_LOUDEST_NOISE / np.maximum(noise, 1))
        gains: npt.NDArray[np.float32] = np.maximum(np.minimum(np.minimum(wanted, allowed), most), 1)
        return gains


def amplified(samples: Samples, gain: float) -> Samples:
    """Return the samples times ``gain``; what would exceed 70 % of full scale is bent to stay below it."""
    sound = samples.astype(np.float32) * np.float32(gain)
    excess = np.abs(sound) - np.float32(_KNEE)
    over = excess > 0
    sound[over] = np.sign(sound[over]) * (_KNEE + _ROOM * np.tanh(excess[over] / _ROOM))
    return sound.clip(-32767, 32767).astype(np.int16)
