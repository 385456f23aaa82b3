"""A piece of mono sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.int16]

TELEPHONE_RATE = 8000
"""Samples per second of G.711 (ITU-T G.711)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """Linear PCM: ``samples`` is a one-dimensional int16 array, ``rate`` its samples per second."""

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise ValueError("PCM samples must be a one-dimensional int16 array")
        if self.rate <= 0:
            raise ValueError("PCM rate must be positive")

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return len(self.samples) / self.rate

    @classmethod
    def silence(cls, milliseconds: int, rate: int = TELEPHONE_RATE) -> Pcm:
        """Return digital silence of the given length."""
        return cls(np.zeros(rate * milliseconds // 1000, np.int16), rate)

    @classmethod
    def from_bytes(cls, data: bytes, rate: int) -> Pcm:
        """Return the PCM in ``data``, little-endian 16-bit samples; raise ``ValueError`` on a torn sample."""
        return cls(np.frombuffer(data, "<i2").astype(np.int16), rate)

    def to_bytes(self) -> bytes:
        """Return the samples as little-endian 16-bit integers."""
        return self.samples.astype("<i2").tobytes()
