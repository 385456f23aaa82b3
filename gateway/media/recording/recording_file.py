"""A stereo WAV file that is whole at every moment, so that a killed process leaves a recording that plays."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from gateway.audio import TELEPHONE_RATE

HEADER_BYTES = 44
"""Length of the header that comes before the samples."""

BYTES_A_SAMPLE = 4
"""Two channels of 16 bits."""

AHEAD_SAMPLES = 10 * TELEPHONE_RATE
"""How much silence a file that is being written has at its end, at most: what its header has promised ahead."""

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LONGEST = 2**32 - 1 - HEADER_BYTES


def wav_header(data_bytes: int) -> bytes:
    """Return the 44 octets before ``data_bytes`` octets of 16-bit stereo at 8 kHz (RIFF WAVE, PCM)."""
    return _HEADER.pack(
        b"RIFF",
        data_bytes + HEADER_BYTES - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        2,
        TELEPHONE_RATE,
        TELEPHONE_RATE * BYTES_A_SAMPLE,
        BYTES_A_SAMPLE,
        16,
        b"data",
        data_bytes,
    )


class RecordingFile:
    """16-bit stereo at 8 kHz, addressed by sample: sample ``n`` of the file is position ``n`` of the leg.

    Positions that are never written are silence. Writes go straight to the operating system. The file is grown, and its
    header written, ten seconds ahead of the sound, so that a write is one system call and a reader finds a whole file
    at every moment, with silence at its end; ``close`` cuts that off. All methods raise ``OSError`` when the disk does.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        """Create ``path`` and its folder, readable by its owner only, or go on with it when ``resume`` is set."""
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if resume else os.O_TRUNC)
        self._file = os.open(path, flags, 0o600)
        self._end = max(0, os.fstat(self._file).st_size - HEADER_BYTES)
        self._promised = self._end
        try:
            self._write_at(0, wav_header(self._end))
        except OSError:
            os.close(self._file)
            raise

    def write(self, position: int, stereo: bytes) -> None:
        """Write interleaved little-endian samples at ``position``."""
        offset = position * BYTES_A_SAMPLE
        end = offset + len(stereo)
        if end > _LONGEST:
            raise OSError("a WAV file cannot be longer than 4 GiB")
        if end > self._promised:
            self._promise(min(end + AHEAD_SAMPLES * BYTES_A_SAMPLE, _LONGEST - _LONGEST % BYTES_A_SAMPLE))
        self._write_at(HEADER_BYTES + offset, stereo)
        self._end = max(self._end, end)

    def close(self) -> None:
        """Cut off what was promised and not written, and close the file, whatever the disk says to that."""
        try:
            if self._promised != self._end:
                # The header comes first: a file that is longer than it says plays, one that is shorter may not.
                self._write_at(0, wav_header(self._end))
                os.ftruncate(self._file, HEADER_BYTES + self._end)
        finally:
            os.close(self._file)

    def _promise(self, data_bytes: int) -> None:
        os.ftruncate(self._file, HEADER_BYTES + data_bytes)
        self._write_at(0, wav_header(data_bytes))
        self._promised = data_bytes

    def _write_at(self, offset: int, data: bytes) -> None:
        written = os.pwrite(self._file, data, offset)
        while written < len(data):
            written += os.pwrite(self._file, data[written:], offset + written)
