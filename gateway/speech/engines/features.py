"""From an utterance to what Whisper's encoder reads."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from gateway.audio import Pcm, resample

WHISPER_RATE = 16_000
HOP = 160
"""Samples of a frame of features, 10 ms."""
WINDOW_S = 30
"""The longest sound that the encoder takes."""
PADDING_S = 8
"""Silence behind the utterance.

The model was trained on windows of 30 s. With less than 7 s of silence it loops and breaks German; more costs time in
the encoder and does not lower the word error rate.
"""
SPLIT_SEARCH_S = 5
QUIET_DBFS = -55.0
"""The loudest tenth of a second of a caller who can be understood at all is above this."""

Floats: TypeAlias = npt.NDArray[np.float32]

_REACH = 400
"""Samples of an analysis window: so far a sound reaches into the silence behind it."""
_LOWEST = -10.0
"""Logarithm of the power of silence."""
_BELOW_LOUDEST = 8.0
"""Nothing lies further below the loudest value (the original implementation)."""


def waveform(pcm: Pcm) -> Floats:
    """Return ``pcm`` at 16 kHz as floats between -1 and 1."""
    return resample(pcm, WHISPER_RATE).samples.astype(np.float32) / np.float32(32768)


def loudest_dbfs(wave: Floats) -> float:
    """Return the level of the loudest tenth of a second of ``wave``, RMS, in dB below full scale."""
    frame = WHISPER_RATE // 10
    whole = len(wave) // frame * frame
    frames = wave[:whole].reshape(-1, frame) if whole else wave.reshape(1, -1)
    power = float(np.max(np.mean(np.square(frames, dtype=np.float64), axis=1))) if wave.size else 0.0
    return 10 * float(np.log10(max(power, 1e-12)))


def windows(wave: Floats) -> list[Floats]:
    """Return ``wave`` in pieces that the encoder takes, cut at the quietest moment of their last seconds."""
    pieces = []
    longest = (WINDOW_S - 1) * WHISPER_RATE
    while len(wave) > longest:
        search = wave[longest - SPLIT_SEARCH_S * WHISPER_RATE : longest]
        frame = WHISPER_RATE // 20
        power = np.mean(np.square(search.reshape(-1, frame)), axis=1)
        cut = longest - len(search) + int(np.argmin(power)) * frame + frame // 2
        pieces.append(wave[:cut])
        wave = wave[cut:]
    return [*pieces, wave]


@functools.cache
def extractor(bands: int) -> FeatureExtractor:
    """Return what calculates log-Mel features of ``bands`` bands: 80, large-v3 has 128."""
    return FeatureExtractor(feature_size=bands)


def frames_for(waves: Sequence[Floats]) -> int:
    """Return how many frames of 10 ms ``waves`` have when they are padded for the encoder, all to one length."""
    samples = min(max(len(wave) for wave in waves) + PADDING_S * WHISPER_RATE, WINDOW_S * WHISPER_RATE)
    return samples // HOP


def log_mel(wave: Floats, frames: int, bands: int) -> Floats:
    """Return the log-Mel features of ``wave``, silence behind it, shape (bands, frames).

    Only the sound is calculated: silence has one value, which the loudest of the sound decides.
    """
    heard = extractor(bands)(np.pad(wave, (0, _REACH + HOP)), padding=0)[:, :frames]
    loudest = 4 * float(heard.max()) - 4
    row = np.full((bands, frames), (max(_LOWEST, loudest - _BELOW_LOUDEST) + 4) / 4, np.float32)
    row[:, : heard.shape[1]] = heard
    return row
