"""Tones that peers play to each other, and how to find them again in what was heard."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, write_wav

AMPLITUDE = 8000
"""Of a tone, in 16-bit steps."""


def tone(frequency: float, seconds: float, rate: int = TELEPHONE_RATE) -> Pcm:
    """Return a sine tone."""
    phase = 2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate
    return Pcm((AMPLITUDE * np.sin(phase)).astype(np.int16), rate)


async def stream_tone(frequency: float, seconds: float, rate: int = TELEPHONE_RATE) -> AsyncIterator[Pcm]:
    """Yield a tone as a leg wants it."""
    yield tone(frequency, seconds, rate)


def write_tone(path: Path, frequency: float, seconds: float) -> None:
    """Write a tone to a WAV file."""
    path.write_bytes(write_wav(tone(frequency, seconds)))


def assert_tone(
    samples: npt.NDArray[np.int16],
    frequency: float,
    seconds: float = 0.25,
    rate: int = TELEPHONE_RATE,
    amplitude: float = AMPLITUDE,
) -> None:
    """Fail unless ``samples`` hold at least ``seconds`` of this tone at about its level, and nothing louder."""
    length = rate // 20  # 50 ms
    frames = samples[: len(samples) // length * length].reshape(-1, length).astype(np.float64)
    assert len(frames), "no sound at all"
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(length), axis=1))
    peaks = spectrum.argmax(axis=1) * 20.0
    levels = np.sqrt(np.mean(frames**2, axis=1))
    loud = levels > amplitude / 4
    of_tone = loud & (np.abs(peaks - frequency) <= 20)
    found = 0.05 * np.count_nonzero(of_tone)
    heard = (
        f"{found:.2f} s of {frequency} Hz; {0.05 * np.count_nonzero(loud):.2f} s loud; peaks {sorted({*peaks[loud]})}"
    )
    assert found >= seconds, heard
    assert np.median(levels[of_tone]) > amplitude / 2, heard
    # A tone that begins or ends within a frame smears a little.
    assert np.count_nonzero(loud) - np.count_nonzero(of_tone) <= 0.1 * len(frames) + 2, heard


def read_mono(path: Path) -> npt.NDArray[np.int16]:
    """Return the samples of a WAV file at 8 kHz with one channel."""
    pcm = read_wav(path.read_bytes())
    assert pcm.rate == TELEPHONE_RATE
    return pcm.samples


def read_first_channel(path: Path) -> Pcm:
    """Return the first channel of a WAV file of any rate."""
    with wave.open(str(path), "rb") as reader:
        assert reader.getsampwidth() == 2
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, reader.getnchannels())
        return Pcm(samples[:, 0].copy(), reader.getframerate())


def read_both_sides(path: Path) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Return the two channels of a leg's recording: what the peer said, what the gateway said."""
    with wave.open(str(path), "rb") as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, TELEPHONE_RATE)
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]
