"""How long each leg's sound has to be held back so that nearly all of its packets come in time.

The measure is the transit of a packet: the position at which it came less its own position, both in 1/8000 s, with an
unknown constant in it. The least transit of the last seconds is the base; a decaying histogram of how much longer the
others took yields the delay that covers all but the latest few, as in the delay manager of WebRTC's NetEQ (there by
differences of arrival times; here transits count from a base, so a delay that creeps up is seen as well).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.receive.packet_round import Slots

BIN = 80
"""Width of a bin of the histogram in 1/8000 s."""

_BINS = 32
_LONGEST_MS = (_BINS - 1) * 10
_COVERED = 0.99
_REFRESHED_EVERY = 16
_KEPT = float(np.exp(-_REFRESHED_EVERY / 250))
"""What is left of the histogram at each refreshing: it remembers some 250 packets."""

_BLOCK = 8
"""Refreshings after which the least transit of two such blocks becomes the base: 128 packets a block."""

_NEVER = -1
_UNKNOWN = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class DelayLimits:
    """Bounds of a jitter buffer's delay in ms: the least, the longest, and that of a stream of which nothing is known.

    Raises:
        ValueError: they are not in the order least, start, longest, or beyond 0 to 310 ms.

    """

    least_ms: int = 20
    longest_ms: int = 120
    start_ms: int = 40

    def __post_init__(self) -> None:
        if not 0 <= self.least_ms <= self.start_ms <= self.longest_ms <= _LONGEST_MS:
            raise ValueError(
                f"a delay of {self.least_ms} to {self.longest_ms} ms, {self.start_ms} ms at the start, is none that "
                f"a jitter buffer can have: least, start, longest within 0 to {_LONGEST_MS} ms"
            )


class DelayEstimates:
    """The delays of ``capacity`` streams; transits and delays are in 1/8000 s."""

    def __init__(self, capacity: int, limits: DelayLimits | None = None) -> None:
        limits = limits or DelayLimits()
        self._least = samples_in(limits.least_ms)
        self._longest = samples_in(limits.longest_ms)
        self._start = samples_in(limits.start_ms)
        self.base = np.zeros(capacity, np.int64)
        """The least transit of late."""
        self.wanted = np.zeros(capacity, np.int64)
        """The transit that the buffer should give to every packet: the base and the delay, within the limits."""
        self._histogram = np.zeros((capacity, _BINS), np.float32)
        self._counts = self._histogram.reshape(-1)
        self._unread = np.zeros(capacity, np.int64)
        self._refreshings = np.zeros(capacity, np.int64)
        self._least_now = np.full(capacity, _UNKNOWN, np.int64)
        self._least_before = np.full(capacity, _UNKNOWN, np.int64)
        self._lowered_at = np.full(capacity, _NEVER, np.int64)

    def reset(self, slot: int) -> None:
        """Forget what was learnt: another leg takes the slot."""
        self._histogram[slot] = 0
        # One packet's worth of doubt, which the first second of a steady stream outweighs.
        self._histogram[slot, -(-self._start // BIN)] = 1
        self.begin(slot, 0)
        self.wanted[slot] = self._start

    def begin(self, slot: int, transit: int) -> None:
        """Begin at a stream's first ``transit``; what was learnt about the variation holds on."""
        change = self.wanted[slot] - self.base[slot]
        self.base[slot] = transit
        self.wanted[slot] = transit + change
        self._least_now[slot] = self._least_before[slot] = _UNKNOWN
        self._unread[slot] = self._refreshings[slot] = 0
        self._lowered_at[slot] = _NEVER

    def longest(self, slots: Slots) -> NDArray[np.int64]:
        """Return the longest transit [n] that the limits allow the buffer to give to a packet."""
        return self.base[slots] + self._longest

    def observe(self, slots: Slots, transit: NDArray[np.int64], moment: NDArray[np.int64]) -> Slots | None:
        """Take note of one packet of each slot; return those for which ``wanted`` may have changed, None for none.

        ``moment`` [n] is any number from 0 on that changes from tick to tick.
        """
        bins = (transit - self.base[slots] + (BIN - 1)) // BIN
        sooner = bins < 0
        changed = None
        if sooner.any():
            changed = slots[sooner]
            self._lower(changed, transit[sooner], moment[sooner])
            bins[sooner] = 0
            transit = np.maximum(transit, self.base[slots])
        self._least_now[slots] = np.minimum(self._least_now[slots], transit)
        self._counts[slots * _BINS + np.minimum(bins, _BINS - 1)] += 1
        unread = self._unread[slots] + 1
        self._unread[slots] = unread
        due = unread >= _REFRESHED_EVERY
        if due.any():
            self._refresh(slots[due])
            return slots[due] if changed is None else np.union1d(changed, slots[due])
        return changed

    def _lower(self, slots: Slots, transit: NDArray[np.int64], moment: NDArray[np.int64]) -> None:
        """Lower the base to packets that came sooner, once in a tick and by a frame at most.

        When our own ticks come late and are made up for, all the packets that came meanwhile seem to be early.
        """
        new = self._lowered_at[slots] != moment
        slots = slots[new]
        self._lowered_at[slots] = moment[new]
        self._rebase(slots, np.maximum(transit[new], self.base[slots] - FRAME_SAMPLES))

    def _rebase(self, slots: Slots, base: NDArray[np.int64]) -> None:
        """Count from another base; what was below it counts as at it, what leaves the range as at its end."""
        shifts = np.rint((base - self.base[slots]) / BIN).astype(np.int64)
        for slot, shift in zip(slots.tolist(), shifts.tolist(), strict=True):
            old = self._histogram[slot].copy()
            at = np.clip(np.arange(_BINS) - shift, 0, _BINS - 1)
            self._histogram[slot] = np.bincount(at, old, _BINS)
        self.base[slots] = base
        self._weigh(slots)

    def _refresh(self, slots: Slots) -> None:
        self._histogram[slots] *= _KEPT
        self._unread[slots] = 0
        refreshings = self._refreshings[slots] + 1
        self._refreshings[slots] = refreshings
        over = refreshings % _BLOCK == 0
        if over.any():
            self._end_block(slots[over])
        self._weigh(slots)

    def _end_block(self, slots: Slots) -> None:
        least = np.minimum(self._least_now[slots], self._least_before[slots])
        self._least_before[slots] = self._least_now[slots]
        self._least_now[slots] = _UNKNOWN
        higher = least - self.base[slots] >= BIN
        if higher.any():
            self._rebase(slots[higher], least[higher])

    def _weigh(self, slots: Slots) -> None:
        """Set ``wanted`` from the histogram."""
        below = self._histogram[slots].cumsum(axis=1)
        delay = (below < _COVERED * below[:, -1:]).sum(axis=1) * BIN
        self.wanted[slots] = self.base[slots] + np.clip(delay, self._least, self._longest)
