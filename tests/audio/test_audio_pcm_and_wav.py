"""PCM in memory and WAV files."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

from gateway.audio import AudioFormatError, Pcm, read_wav, write_wav


def test_a_wav_file_reads_back_as_it_was_written() -> None:
    pcm = Pcm(np.arange(-500, 500, dtype=np.int16), 16_000)
    back = read_wav(write_wav(pcm))
    assert back.rate == 16_000
    assert np.array_equal(back.samples, pcm.samples)


def test_channels_are_mixed() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(np.array([[100, 300], [-50, -150]], "<i2").tobytes())
    assert read_wav(buffer.getvalue()).samples.tolist() == [200, -100]


def _wav(width: int, frames: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(width)
        writer.setframerate(8000)
        writer.writeframes(frames)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a WAV file"),
        (b"ID3\x04 this is an MP3", "not a WAV file"),
        (_wav(1, b"\x80\x80"), "8 bits a sample; 16 are needed"),
        (_wav(2, b""), "holds no sound"),
    ],
)
def test_what_is_no_usable_wav_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(AudioFormatError, match=reason):
        read_wav(data)


def test_bytes_and_samples_convert_both_ways() -> None:
    pcm = Pcm.from_bytes(b"\x01\x00\xff\xff", 8000)
    assert pcm.samples.tolist() == [1, -1]
    assert pcm.to_bytes() == b"\x01\x00\xff\xff"
    assert len(Pcm.silence(20)) == 160
    assert Pcm.silence(250).seconds == 0.25


def test_a_torn_sample_and_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="buffer size"):
        Pcm.from_bytes(b"\x01", 8000)
    with pytest.raises(ValueError, match="one-dimensional int16"):
        Pcm(np.zeros(4, np.float32), 8000)
    with pytest.raises(ValueError, match="rate"):
        Pcm(np.zeros(4, np.int16), 0)
