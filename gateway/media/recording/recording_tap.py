"""Collects both sides of a leg into pieces for the thread that writes recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_MS

_PIECE_FRAMES = 200 // FRAME_MS


@dataclass(frozen=True, slots=True)
class RecordingPiece:
    """Consecutive frames from ``position`` on: ``left`` what the caller said, ``right`` what the caller was sent."""

    position: int
    left: list[Samples]
    right: list[Samples]

    def interleaved(self) -> bytes:
        """Return the samples as little-endian stereo."""
        both = np.stack([np.concatenate(self.left), np.concatenate(self.right)], axis=1)
        return both.astype("<i2").tobytes()


RecordingSink: TypeAlias = Callable[[RecordingPiece], None]


class RecordingTap:
    """Hands ``sink`` a piece of 200 ms at a time; the sink must not block."""

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink
        self._position = 0
        self._left: list[Samples] = []
        self._right: list[Samples] = []

    def add(self, position: int, left: Samples, right: Samples) -> None:
        """Take one tick's frames in."""
        if not self._left:
            self._position = position
        self._left.append(left)
        self._right.append(right)
        if len(self._left) == _PIECE_FRAMES:
            self.flush()

    def flush(self) -> None:
        """Hand over what is there."""
        if self._left:
            self._sink(RecordingPiece(self._position, self._left, self._right))
            self._left, self._right = [], []
