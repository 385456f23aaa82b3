"""Noise of a given spectrum for many legs at once: what a background sounds like while nothing of it arrives.

White Gaussian noise is weighted in the frequency domain and overlap-added in blocks of two frames under a sine window.
Blocks are independent, and the squares of the window's halves add up to one, so the power is constant and a new shape
takes over smoothly within one frame.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import Samples

Slots: TypeAlias = npt.NDArray[np.intp]
Floats: TypeAlias = npt.NDArray[np.float32]

_BLOCKS = 64
_SMOOTHED_BINS = 9
_SEED = 3389


class ShapedNoise:
    """One noise generator a slot; frames are float32 of ``frame`` samples, in units of int16.

    A spectrum is the amplitude that white noise of variance 1 is multiplied by, at ``bins`` frequencies from 0 to half
    the sampling rate. All rows are silent until they are given one.
    """

    def __init__(self, capacity: int, frame: int) -> None:
        self.frame = frame
        self.bins = frame + 1
        self._amplitude = np.zeros((capacity, self.bins), np.float32)
        self._tail = np.zeros((capacity, frame), np.float32)
        window = np.sin(np.pi * (np.arange(2 * frame) + 0.5) / (2 * frame)).astype(np.float32)
        self._rising, self._falling = window[:frame], window[frame:]
        self._random = np.random.default_rng(_SEED)
        white = self._random.standard_normal((_BLOCKS, 2 * frame))
        self._white = np.fft.rfft(white / np.sqrt((white**2).mean(axis=1, keepdims=True))).astype(np.complex64)
        self._analysis = np.hanning(frame + 2)[1:-1].astype(np.float32)
        self._analysis /= np.sqrt((self._analysis**2).sum())

    def reset(self, slot: int) -> None:
        """Make a slot silent."""
        self._amplitude[slot] = 0
        self._tail[slot] = 0

    def shape(self, slot: int, amplitude: Floats) -> None:
        """Give a slot another spectrum, float32 ``[bins]``."""
        self._amplitude[slot] = amplitude

    def spectrum_of(self, samples: Samples, loudest: float) -> Floats:
        """Return the smoothed spectrum of one frame of background, its root mean square held to ``loudest``."""
        power = np.abs(np.fft.rfft(samples * self._analysis, 2 * self.frame)) ** 2
        power[:2] = 0  # A constant offset is no sound.
        width = _SMOOTHED_BINS
        padded = np.concatenate([power[width // 2 : 0 : -1], power, power[-2 : -2 - width // 2 : -1]])
        smooth = np.convolve(padded, np.full(width, 1 / width), "valid")
        mean = float(smooth.mean())
        if mean > loudest * loudest:
            smooth *= loudest * loudest / mean
        return np.sqrt(smooth).astype(np.float32)

    def begin(self, slot: int) -> None:
        """Prepare a slot whose noise did not sound, so that its first frame has full power from its first sample on."""
        block = np.fft.irfft(self._white[self._random.integers(_BLOCKS)] * self._amplitude[slot])
        self._tail[slot] = block[self.frame :] * self._falling

    def frames(self, slots: Slots) -> Floats:
        """Return the next frame of each slot, float32 ``[n, frame]``."""
        choice = self._random.integers(_BLOCKS, size=len(slots))
        block = np.fft.irfft(self._white[choice] * self._amplitude[slots]).astype(np.float32)
        sound: Floats = block[:, : self.frame] * self._rising
        sound += self._tail[slots]
        self._tail[slots] = block[:, self.frame :] * self._falling
        return sound
