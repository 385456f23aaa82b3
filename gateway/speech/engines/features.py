"""From an utterance to what Whisper's encoder reads."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from gateway.audio import Pcm, resample

WHISPER_RATE = 16_000
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

_extract = FeatureExtractor()


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


def log_mel(waves: list[Floats]) -> Floats:
    """Return the log-Mel features of ``waves``, shape (waves, 80, frames of 10 ms), all padded to one length."""
    samples = min(max(len(wave) for wave in waves) + PADDING_S * WHISPER_RATE, WINDOW_S * WHISPER_RATE)
    rows = [_extract(np.pad(wave, (0, samples - len(wave))), padding=0) for wave in waves]
    return np.ascontiguousarray(np.stack(rows), np.float32)
