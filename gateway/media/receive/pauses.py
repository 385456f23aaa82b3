"""Which moments of a stream the peer left out on purpose, by discontinuous transmission (RFC 3389, RFC 3551)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.receive.packet_round import Mask, Slots

_OPEN = -1
_HALF = 0x80000000
_FULL = 0xFFFFFFFF


def signed(difference: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the difference of two timestamps of 32 bits as one between -2**31 and 2**31 - 1."""
    return (difference + _HALF & _FULL) - _HALF


def signed_number(difference: int) -> int:
    """Return what ``signed`` does, of one number."""
    return (difference + _HALF & _FULL) - _HALF


class Pauses:
    """The newest pause of each of ``capacity`` streams, in timestamps of 32 bits."""

    def __init__(self, capacity: int) -> None:
        self.active = np.zeros(capacity, np.bool_)
        """Which slots have one; perhaps it is over already."""
        self._begin = np.zeros(capacity, np.int64)
        self._end = np.full(capacity, _OPEN, np.int64)

    def reset(self, slot: int) -> None:
        """Forget a slot's pause."""
        self.active[slot] = False

    def begin(self, slot: int, timestamp: int) -> None:
        """Begin a pause at ``timestamp``; one that is still open goes on."""
        if not self.active[slot] or self._end[slot] != _OPEN:
            self._begin[slot] = timestamp
        self._end[slot] = _OPEN
        self.active[slot] = True

    def await_end(self, slots: Slots, timestamp: NDArray[np.int64]) -> Mask:
        """Return of which slots [n] sound at ``timestamp`` [n] may end the pause, or end it earlier than known."""
        end = self._end[slots]
        awaited: Mask = self.active[slots] & ((end == _OPEN) | (signed(timestamp - end) < 0))
        return awaited

    def end(self, slot: int, timestamp: int) -> None:
        """End the pause before sound at ``timestamp`` if it began before that; the earliest such sound counts."""
        if signed_number(timestamp - int(self._begin[slot])) < 0:
            return
        end = int(self._end[slot])
        if end == _OPEN or signed_number(timestamp - end) < 0:
            self._end[slot] = timestamp

    def cover(self, slots: Slots, timestamp: NDArray[np.int64]) -> Mask:
        """Return of which slots [n] the ``timestamp`` [n] lies within the pause."""
        end = self._end[slots]
        covered: Mask = self.active[slots] & (signed(timestamp - self._begin[slots]) >= 0)
        covered &= (end == _OPEN) | (signed(timestamp - end) < 0)
        return covered
