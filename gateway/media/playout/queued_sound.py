"""One sound in the playout queue: its chunks, and how far it has been sent."""

from __future__ import annotations

from collections import deque

import numpy as np

from gateway.audio import TELEPHONE_RATE
from gateway.audio.pcm import Samples

_NO_SAMPLES: Samples = np.zeros(0, np.int16)


class QueuedSound:
    """Sound at ``rate``, of which a tick takes ``frame`` samples; ``repeat`` lets it begin anew at its end.

    The samples behind ``offset`` in ``chunk`` are the next to be sent; the playout advances ``offset`` by itself as
    long as a chunk lasts, because it does that for each call in each tick.
    """

    __slots__ = (
        "_behind",
        "_chunks",
        "_kept",
        "_queued",
        "barge_in",
        "chunk",
        "chunk_length",
        "complete",
        "frame",
        "offset",
        "playback_id",
        "rate",
        "repeat",
        "start",
    )

    def __init__(self, playback_id: int, rate: int, frame: int, *, barge_in: bool, repeat: bool) -> None:
        self.playback_id = playback_id
        self.rate = rate
        self.frame = frame
        self.barge_in = barge_in
        self.repeat = repeat
        self.complete = False
        """Whether no chunk follows."""
        self.start: int | None = None
        """Position of the first sample that was sent."""
        self.chunk = _NO_SAMPLES
        self.chunk_length = 0
        self.offset = 0
        self._chunks: deque[Samples] = deque()
        self._kept: list[Samples] = []
        self._behind = 0
        self._queued = 0

    @property
    def sent(self) -> int:
        """How much was sent, in 1/8000 s; a sample that was begun counts."""
        return self._ticks(self._behind + self.offset)

    @property
    def queued(self) -> int:
        """How much there has been to send so far, in 1/8000 s; of a repeated sound, one round of it."""
        return self._ticks(self._queued)

    @property
    def over(self) -> bool:
        """Whether everything has been sent and nothing follows."""
        at_end = self.offset >= self.chunk_length and not self._chunks
        return at_end and self.complete and not (self.repeat and self._kept)

    def append(self, samples: Samples) -> None:
        """Add a chunk that is not empty."""
        self._chunks.append(samples)
        self._queued += len(samples)
        if self.repeat:
            self._kept.append(samples)

    def take(self, room: int) -> Samples | None:
        """Return the next samples, at most ``room`` of them; None when none are there."""
        if self.offset >= self.chunk_length and not self._next_chunk():
            return None
        piece = self.chunk[self.offset : self.offset + room]
        self.offset += len(piece)
        return piece

    def _next_chunk(self) -> bool:
        if not self._chunks and self.complete and self.repeat:
            self._chunks.extend(self._kept)
        if not self._chunks:
            return False
        self._behind += self.chunk_length
        self.chunk = self._chunks.popleft()
        self.chunk_length, self.offset = len(self.chunk), 0
        return True

    def _ticks(self, samples: int) -> int:
        """Return how long ``samples`` last in 1/8000 s, rounded up."""
        return -(-samples * TELEPHONE_RATE // self.rate)
