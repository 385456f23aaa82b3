"""How loud speech is: the active speech level of ITU-T P.56, method B.

The level of the speech itself, without the pauses in it, in dBov: decibels below the power of a full-scale square wave
(G.100.1), which is the root mean square with full scale as 1. An envelope of the rectified signal (two poles of 30 ms)
is held against thresholds 6 dB apart, each with a hangover of 200 ms; the level is that of the signal's power over the
time above the threshold that lies 15.9 dB below this same level.

The envelope is computed once a millisecond from the mean of the rectified samples: P.56 asks for at least 694 times a
second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.audio import Pcm

FULL_SCALE = 32768.0
TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
SPEECH_DBOV = -20.0
"""What all voices are brought to: about -14 dBm0 on a telephone line, 6 dB above the networks' nominal -26 dBov, since
callers stand in trams and hear badly."""
STEP_S = 0.001
THRESHOLDS = 0.5 ** np.arange(15, 0, -1)
"""From -90 dB to -6 dB below full scale, 6 dB apart (P.56, 7.3)."""

_KERNEL_STEPS = 360
"""Where the envelope's impulse response has fallen below a ten-thousandth."""


@dataclass(frozen=True, slots=True)
class SpeechLevel:
    """The active speech level in dBov, and the share of the time in which there was speech, 0 to 1."""

    dbov: float
    activity: float


def speech_level(pcm: Pcm) -> SpeechLevel | None:
    """Return the active speech level of ``pcm``; None for silence, and for what never exceeds -75 dBov."""
    wave = pcm.samples / FULL_SCALE
    total = float(np.sum(np.square(wave)))
    step = max(1, round(pcm.rate * STEP_S))
    if total == 0.0:
        return None
    active = np.count_nonzero(_held(_envelope(wave, step)) >= THRESHOLDS[:, None], axis=1)
    present = active > 0
    levels = 10 * np.log10(total / np.minimum(active[present] * step, len(wave)))
    above = levels - 20 * np.log10(THRESHOLDS[present])
    crossing = np.flatnonzero(above <= MARGIN_DB)
    if not present.any():
        return None
    if not crossing.size or crossing[0] == 0:
        # Too steady, or too short, for the thresholds to cross the margin: the nearest of them is the answer.
        level = float(levels[-1] if not crossing.size else levels[0])
    else:
        after = int(crossing[0])
        share = (above[after - 1] - MARGIN_DB) / (above[after - 1] - above[after])
        level = float(levels[after - 1] + share * (levels[after] - levels[after - 1]))
    # What is shorter than the envelope's rise is no louder than its highest sample.
    level = min(level, 20 * math.log10(float(np.abs(wave).max())))
    return SpeechLevel(level, min(1.0, total / len(wave) / 10 ** (level / 10)))


def _envelope(wave: npt.NDArray[np.float64], step: int) -> npt.NDArray[np.float64]:
    """Return the envelope once every ``step`` samples."""
    means = np.abs(np.pad(wave, (0, -len(wave) % step))).reshape(-1, step).mean(axis=1)
    return np.convolve(means, _kernel())[: len(means)]


def _kernel() -> npt.NDArray[np.float64]:
    """Return the impulse response of two equal one-pole averages in a row (P.56, 7.2)."""
    pole = math.exp(-STEP_S / TIME_CONSTANT_S)
    steps = np.arange(_KERNEL_STEPS)
    return (1 - pole) ** 2 * (steps + 1) * pole**steps


def _held(envelope: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the highest value of the hangover that ends at each step: above a threshold is what was so lately."""
    held = envelope
    reach, wanted = 1, round(HANGOVER_S / STEP_S)
    while reach < wanted:
        ahead = min(reach, wanted - reach)
        held = np.maximum(held, np.concatenate([np.zeros(min(ahead, len(held))), held[:-ahead]]))
        reach += ahead
    return held
