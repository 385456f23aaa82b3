"""Whether a packet that does not fit its stream begins the stream anew, or is a stray one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.receive.packet_round import Slots
from gateway.media.receive.pauses import signed_number

_LATE_TICKS = 3
_SET_BACK_TICKS = 10
_NONE = -1


class Restarts:
    """What speaks for a restart of each of ``capacity`` streams; timestamps have 32 bits."""

    def __init__(self, capacity: int) -> None:
        self._expected = np.full(capacity, _NONE, np.int64)
        self._late_ticks = np.zeros(capacity, np.int64)
        self._late_at = np.full(capacity, _NONE, np.int64)
        self._late_by = np.zeros(capacity, np.int64)
        self._heard_to = np.full(capacity, _NONE, np.int64)

    def reset(self, slot: int) -> None:
        """Forget what spoke for a restart: there was one, or another leg takes the slot."""
        self._expected[slot] = self._late_at[slot] = self._heard_to[slot] = _NONE
        self._late_ticks[slot] = 0

    def heard(self, slots: Slots, timestamp: NDArray[np.int64]) -> None:
        """Note that what was heard of the streams ended at ``timestamp`` [n], where a gap begins."""
        self._heard_to[slots] = timestamp

    def after_jump(self, slot: int, timestamp: int, end: int, *, alone: bool) -> bool:
        """Return whether a packet from ``timestamp`` to ``end``, far from all others, is believed.

        It is when it follows another such packet, or is ``alone``: nothing else is waiting to be heard.
        """
        if timestamp == self._expected[slot] or alone:
            return True
        self._expected[slot] = end
        return False

    def after_late(self, slot: int, timestamp: int, lateness: int, *, moment: int, marker: bool, alone: bool) -> bool:
        """Return whether a packet that is late by ``lateness`` shows that the whole stream is late from now on.

        It does when for some ticks, told apart by ``moment``, nothing but late packets has come (``alone``); a
        ``marker`` shows it at once. Packets that come in one tick count as one, and those that are less and less late
        do not count: so ends an outage of the network. From before what was heard already come stragglers more often
        than a stream that was set back, so that takes longer.
        """
        if not alone:
            self._late_ticks[slot] = 0
            return False
        if self._late_at[slot] != moment:
            self._late_ticks[slot] += self._late_ticks[slot] == 0 or lateness >= self._late_by[slot]
            self._late_at[slot], self._late_by[slot] = moment, lateness
        heard_to = int(self._heard_to[slot])
        if heard_to != _NONE and signed_number(timestamp - heard_to) < 0:
            return bool(self._late_ticks[slot] >= _SET_BACK_TICKS)
        return marker or bool(self._late_ticks[slot] >= _LATE_TICKS)
