"""When a comfort noise packet is due from legs that send nothing else in silence (RFC 3389 section 4)."""

from __future__ import annotations

import numpy as np

from gateway.media.frame import FRAME_MS, Flags, Slots


class ComfortNoiseSending:
    """Counts each slot's silence in ticks; a packet is due at its beginning, then every ``interval_ms``.

    The repetition is for a peer that lost the first one, and keeps a firewall's and a media timeout's eye on us.
    """

    def __init__(self, capacity: int, interval_ms: int = 400) -> None:
        self._interval = interval_ms // FRAME_MS
        self._silent_ticks = np.zeros(capacity, np.int32)

    def reset(self, slot: int) -> None:
        """Begin a slot's silence anew."""
        self._silent_ticks[slot] = 0

    def due(self, slots: Slots, silent: Flags) -> Flags:
        """Return which of ``slots`` send a comfort noise packet in this tick; ``silent`` tells who plays nothing."""
        ticks = self._silent_ticks[slots]
        self._silent_ticks[slots] = np.where(silent, ticks + 1, 0)
        due: Flags = silent & (ticks % self._interval == 0)
        return due
