"""The background of each caller: how loud it is when nobody speaks, and a frame of it."""

from __future__ import annotations

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import Slots

_EVERY = 8
_RISE_A_LOOK = 1.08
_NEAR_FLOOR = 2.0


class NoiseFloors:
    """Minimum statistics over the received frames of all slots, one slot in eight at each call.

    The floor follows a quieter frame at once and rises by 2 dB a second otherwise, so it stays with the background
    through a sentence and finds a louder background in a few seconds.
    """

    def __init__(self, capacity: int, frame: int) -> None:
        self._floor = np.full(capacity, np.inf, np.float32)
        self._quiet = np.zeros((capacity, frame), np.int16)
        self._turn = 0

    def reset(self, slot: int) -> None:
        """Forget a slot's background."""
        self._floor[slot] = np.inf
        self._quiet[slot] = 0

    def listen(self, slots: Slots, frames: Samples) -> None:
        """Take in frames that were received whole, int16 ``[n, frame]``."""
        self._turn = (self._turn + 1) % _EVERY
        looked_at = slots[self._turn :: _EVERY]
        if not len(looked_at):
            return
        sound = frames[self._turn :: _EVERY]
        wide = sound.astype(np.float32)
        power = np.einsum("ij,ij->i", wide, wide)
        floor = np.minimum(self._floor[looked_at] * _RISE_A_LOOK, power)
        self._floor[looked_at] = floor
        near = power <= floor * _NEAR_FLOOR
        self._quiet[looked_at[near]] = sound[near]

    def backgrounds(self, slots: Slots) -> Samples:
        """Return of each slot the last frame that was near the floor, ``[n, frame]``; silence before there was one."""
        quiet: Samples = self._quiet[slots]
        return quiet
