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
from gateway.media.frame import Slots

Floats: TypeAlias = npt.NDArray[np.float32]

_BLOCKS = 64
_BINS_OF_A_BAND = 8
"""25 Hz each: the background is known in bands of 200 Hz."""

_SEED = 3389


class ShapedNoise:
    """One noise generator a slot; sound is float32 in units of int16.

    A spectrum is the amplitude that white noise of variance 1 is multiplied by, at ``bins`` frequencies from 0 to half
    the sampling rate. All rows are silent until they are given one.
    """

    def __init__(self, capacity: int, frame: int) -> None:
        self._frame = frame
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

    def shape(self, slots: Slots, amplitude: Floats) -> None:
        """Give slots other spectra, ``[n, bins]``."""
        self._amplitude[slots] = amplitude

    def spectra_of(self, frames: Samples, loudest: float) -> Floats:
        """Return the spectra of ``frames`` of background in bands, their root mean square held to ``loudest``."""
        # A constant offset, such as A-law's silence has, is no sound.
        sound = frames - frames.mean(axis=1, keepdims=True, dtype=np.float32)
        power = np.abs(np.fft.rfft(sound * self._analysis, 2 * self._frame)) ** 2
        bands = power[:, 1:].reshape(len(frames), -1, _BINS_OF_A_BAND).mean(axis=2)
        bands /= np.maximum(bands.mean(axis=1, keepdims=True) / (loudest * loudest), 1)
        spectra = np.empty((len(frames), self.bins), np.float32)
        spectra[:, 1:] = np.sqrt(bands).repeat(_BINS_OF_A_BAND, axis=1)
        spectra[:, 0] = spectra[:, 1]
        return spectra

    def begin(self, slots: Slots) -> None:
        """Prepare slots whose noise did not sound, so that it has full power from its first sample on."""
        self._tail[slots] = self._blocks(slots)[:, self._frame :] * self._falling

    def frames(self, slots: Slots) -> Floats:
        """Return the next frame of each slot, ``[n, frame]``."""
        blocks = self._blocks(slots)
        sound: Floats = blocks[:, : self._frame] * self._rising
        sound += self._tail[slots]
        self._tail[slots] = blocks[:, self._frame :] * self._falling
        return sound

    def _blocks(self, slots: Slots) -> Floats:
        choice = self._random.integers(_BLOCKS, size=len(slots))
        return np.asarray(np.fft.irfft(self._white[choice] * self._amplitude[slots]), np.float32)
