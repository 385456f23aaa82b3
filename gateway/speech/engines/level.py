"""The level of synthesised speech: all voices equally loud, no clipping, no long silence at the ends."""

from __future__ import annotations

import numpy as np

from gateway.audio import Pcm

SPEECH_DBFS = -20.0
"""RMS of the speech; about the usual -16 to -20 dBm0 of a telephone line."""
KNEE = 0.7
"""Samples above this share of full scale are bent towards it instead of cut off."""
SILENT_BELOW = 0.004
FRAME_S = 0.01


def level(pcm: Pcm) -> Pcm:
    """Return ``pcm`` with its speech at ``SPEECH_DBFS``; pauses do not count, silence stays silence."""
    wave = pcm.samples.astype(np.float64) / 32768
    active = wave[np.repeat(_active(wave, pcm.rate), _frame(pcm.rate))[: len(wave)]]
    if not active.size:
        return pcm
    gain = 10 ** (SPEECH_DBFS / 20) / np.sqrt(np.mean(np.square(active)))
    wave *= gain
    beyond = np.abs(wave) > KNEE
    wave[beyond] = np.sign(wave[beyond]) * (KNEE + (1 - KNEE) * np.tanh((np.abs(wave[beyond]) - KNEE) / (1 - KNEE)))
    return Pcm(np.rint(wave * 32767).astype(np.int16), pcm.rate)


def trim(pcm: Pcm, before_ms: int, after_ms: int) -> Pcm:
    """Return ``pcm`` with at most this much silence at its ends; empty when it is all silence."""
    active = np.flatnonzero(_active(pcm.samples / 32768, pcm.rate))
    if not active.size:
        return Pcm(pcm.samples[:0], pcm.rate)
    frame = _frame(pcm.rate)
    first = max(0, int(active[0]) * frame - pcm.rate * before_ms // 1000)
    last = (int(active[-1]) + 1) * frame + pcm.rate * after_ms // 1000
    return Pcm(pcm.samples[first:last], pcm.rate)


def _frame(rate: int) -> int:
    return int(rate * FRAME_S)


def _active(
    wave: np.ndarray[tuple[int], np.dtype[np.float64]], rate: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each frame of 10 ms, the last one perhaps shorter, whether there is sound in it."""
    frame = _frame(rate)
    padded = np.pad(np.abs(wave), (0, -len(wave) % frame))
    return np.asarray(padded.reshape(-1, frame).max(axis=1) > SILENT_BELOW)
