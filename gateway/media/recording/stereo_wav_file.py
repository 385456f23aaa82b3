"""A stereo WAV file that is valid after every write, so that a killed process leaves a recording that plays."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from gateway.audio import TELEPHONE_RATE

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_BYTES_A_SAMPLE = 4
_LONGEST = 2**32 - 1 - _HEADER.size


class StereoWavFile:
    """16-bit stereo at 8 kHz, addressed by sample: sample ``n`` of the file is position ``n`` of the leg.

    Positions that are never written are silence. Writes go straight to the operating system, and the header's sizes
    follow each of them. All methods raise ``OSError`` when the disk does.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        """Create ``path``, readable by its owner only, or go on with it when ``resume`` is set."""
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if resume else os.O_TRUNC)
        self._file = os.open(path, flags, 0o600)
        self._size = max(0, os.fstat(self._file).st_size - _HEADER.size)
        try:
            self._write_header()
        except OSError:
            os.close(self._file)
            raise

    def write(self, position: int, stereo: bytes) -> None:
        """Write interleaved little-endian samples at ``position``."""
        offset = position * _BYTES_A_SAMPLE
        if offset + len(stereo) > _LONGEST:
            raise OSError("a WAV file cannot be longer than 4 GiB")
        self._write_at(_HEADER.size + offset, stereo)
        self._size = max(self._size, offset + len(stereo))
        self._write_header()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write_header(self) -> None:
        byte_rate = TELEPHONE_RATE * _BYTES_A_SAMPLE
        header = _HEADER.pack(
            b"RIFF",
            self._size + _HEADER.size - 8,
            b"WAVE",
            b"fmt ",
            16,
            1,
            2,
            TELEPHONE_RATE,
            byte_rate,
            _BYTES_A_SAMPLE,
            16,
            b"data",
            self._size,
        )
        self._write_at(0, header)

    def _write_at(self, offset: int, data: bytes) -> None:
        remaining = memoryview(data)
        while remaining:
            written = os.pwrite(self._file, remaining, offset)
            remaining = remaining[written:]
            offset += written
