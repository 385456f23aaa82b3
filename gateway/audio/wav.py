"""WAV files in and out of memory (RIFF, linear 16-bit PCM)."""

from __future__ import annotations

import io
import wave

import numpy as np

from gateway.audio.pcm import Pcm


class AudioFormatError(ValueError):
    """The bytes are not a WAV file that can be read; the message says why."""


def write_wav(pcm: Pcm) -> bytes:
    """Return ``pcm`` as a mono WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(pcm.rate)
        writer.writeframes(pcm.to_bytes())
    return buffer.getvalue()


def read_wav(data: bytes) -> Pcm:
    """Return the sound of a 16-bit WAV file, several channels mixed into one.

    Raises:
        AudioFormatError: not a WAV file, not 16 bits a sample, or empty.

    """
    try:
        with wave.open(io.BytesIO(data), "rb") as reader:
            channels, width, rate = reader.getnchannels(), reader.getsampwidth(), reader.getframerate()
            frames = reader.readframes(reader.getnframes())
    except (wave.Error, EOFError) as error:
        raise AudioFormatError(f"not a WAV file: {error}") from error
    if width != 2:
        raise AudioFormatError(f"{8 * width} bits a sample; 16 are needed")
    if not frames or rate <= 0:
        raise AudioFormatError("the WAV file holds no sound")
    whole = len(frames) // (2 * channels) * (2 * channels)
    samples = np.frombuffer(frames[:whole], "<i2").reshape(-1, channels)
    mono = samples[:, 0] if channels == 1 else samples.astype(np.int32).mean(axis=1)
    return Pcm(mono.astype(np.int16), rate)
