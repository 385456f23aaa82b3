"""The grid that all media is cut to: 20 ms frames of 160 samples at 8 kHz."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.audio import TELEPHONE_RATE

Slots: TypeAlias = npt.NDArray[np.intp]
"""Rows of a worker's legs in its arrays, ascending, each once."""

Positions: TypeAlias = npt.NDArray[np.int64]
"""Positions of legs, in samples at 8 kHz since their first tick."""

Flags: TypeAlias = npt.NDArray[np.bool_]
"""One truth a leg."""

FRAME_MS = 20
"""Length of a tick and of a frame in milliseconds."""

FRAME_SAMPLES = TELEPHONE_RATE * FRAME_MS // 1000
"""Samples in a frame."""


def samples_in(milliseconds: int) -> int:
    """Return how many samples at 8 kHz last ``milliseconds``."""
    return TELEPHONE_RATE * milliseconds // 1000
