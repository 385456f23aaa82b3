"""Compresses and encrypts a finished recording.

``python -m gateway.media.recording.conversion SOURCE TARGET [RECIPIENT]``, the recipient a public key of age.

A process of its own with the lowest priority, so that no call waits for it; it ends with the process that started it.
The target appears whole or not at all.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import av
import numpy as np
import pyrage

from gateway.audio import TELEPHONE_RATE
from gateway.media.recording.recording_format import RecordingFormat

_LOWEST_PRIORITY = 19
_PR_SET_PDEATHSIG = 1
_CHUNK_SAMPLES = 4 * TELEPHONE_RATE
_OPUS_BITS_A_SECOND = 48_000


_FAULTS = (OSError, EOFError, ValueError, wave.Error, av.FFmpegError, pyrage.EncryptError, pyrage.RecipientError)


class ConversionError(Exception):
    """A recording cannot be converted; the message is one sentence."""


def convert(source: Path, target: Path, recipient: str | None = None) -> None:
    """Write the stereo WAV file ``source`` to ``target``, as its suffixes say, and put it on the disk.

    Sample ``n`` of what is decoded from it is sample ``n`` of the WAV file, in both channels. A target that ends in
    ``.age`` is encrypted for ``recipient``; what is encrypted lies beside it until then.

    Raises:
        ConversionError: the source is no such WAV file, or the target cannot be written.

    """
    if recipient is None:
        _write_whole(target, lambda part: _encode(source, part, _kind_of(target)))
        return
    plain = target.with_suffix("")
    if _kind_of(plain) is RecordingFormat.WAV:
        _write_whole(target, lambda part: _seal(source, part, recipient))
        return
    compressed = plain.with_name(f"{plain.name}.unsealed.part")
    try:
        _write_whole(compressed, lambda part: _encode(source, part, _kind_of(plain)))
        _write_whole(target, lambda part: _seal(compressed, part, recipient))
    finally:
        compressed.unlink(missing_ok=True)


def _kind_of(target: Path) -> RecordingFormat:
    return RecordingFormat(target.suffix.removeprefix("."))


def _seal(source: Path, part: Path, recipient: str) -> None:
    with source.open("rb") as plain, part.open("wb") as sealed:
        pyrage.encrypt_io(plain, sealed, [pyrage.x25519.Recipient.from_str(recipient)])


def _write_whole(target: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make a file, and call it ``target`` once it is on the disk; raise ``ConversionError``."""
    part = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write(part)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(target)
        _keep_name(target.parent)
    except _FAULTS as error:
        part.unlink(missing_ok=True)
        raise ConversionError(f"the recording cannot be converted: {str(error) or 'it ends early'}") from error


def _keep_name(folder: Path) -> None:
    """Put on the disk what the files of ``folder`` are called."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _encode(source: Path, part: Path, kind: RecordingFormat) -> None:
    name, container, bits = {
        RecordingFormat.FLAC: ("flac", "flac", None),
        RecordingFormat.OPUS: ("libopus", "ogg", _OPUS_BITS_A_SECOND),
    }[kind]
    with av.open(str(part), "w", format=container) as output:
        stream = cast("av.AudioStream", output.add_stream(name, rate=TELEPHONE_RATE, layout="stereo"))
        if bits is not None:
            stream.bit_rate = bits
            stream.options = {"application": "voip"}
        for frame in _frames(source):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _frames(source: Path) -> Iterator[av.AudioFrame]:
    with wave.open(str(source), "rb") as reader:
        shape = (reader.getnchannels(), reader.getsampwidth(), reader.getframerate())
        if shape != (2, 2, TELEPHONE_RATE):
            raise ValueError("it is not 16-bit stereo at 8 kHz")
        position = 0
        while stereo := reader.readframes(_CHUNK_SAMPLES):
            samples = np.frombuffer(stereo, "<i2").astype(np.int16, copy=False)
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate = TELEPHONE_RATE
            frame.pts = position
            position += frame.samples
            yield frame


def main(arguments: list[str] | None = None) -> int:
    """Convert the file named first to the one named second, for the recipient named third; return the exit status."""
    source, target, *recipients = sys.argv[1:] if arguments is None else arguments
    os.nice(_LOWEST_PRIORITY)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        convert(Path(source), Path(target), *recipients)
    except ConversionError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
