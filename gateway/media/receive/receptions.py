"""Reception statistics of all legs' RTP sources (RFC 3550 appendices A.1, A.3 and A.8), and which packets are new."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.receive.packet_round import Mask, PacketRound, Slots
from gateway.media.rtp.reception_view import ReceptionView

_MAX_DROPOUT = 3000
_MAX_MISORDER = 100
_REMEMBERED = 256
_NONE = -1
_NEVER_ZERO = 0x10001
"""Added to an extended number, which may be as low as -100, so that no number is remembered as zero."""

_LONGEST_TRANSIT_CHANGE_SECONDS = 5
"""A transit time that changes by more is a peer that set its timestamp anew, not jitter."""


class Receptions:
    """Counts the packets of each slot's source.

    A change of SSRC is a new source: numbering and jitter begin anew, the counts carry over. Two packets in a row whose
    numbers are far from the ones before are a source that began anew (A.1); a single one is not counted.
    """

    def __init__(self, capacity: int) -> None:
        self._rate = np.full(capacity, 8000, np.float64)
        self._ssrc = np.full(capacity, _NONE, np.int64)
        self._first = np.zeros(capacity, np.int64)
        self._highest = np.zeros(capacity, np.int64)
        self._expected_before = np.zeros(capacity, np.int64)
        self._received = np.zeros(capacity, np.int64)
        self._duplicated = np.zeros(capacity, np.int64)
        self._bursts = np.zeros(capacity, np.int64)
        self._malformed = np.zeros(capacity, np.int64)
        self._suspect = np.full(capacity, _NONE, np.int64)
        self._transit = np.zeros(capacity, np.float64)
        self._timestamp = np.full(capacity, _NONE, np.int64)
        self._jitter = np.zeros(capacity, np.float64)
        # The extended number that was seen last for each number modulo 256; zero means none.
        self._seen = np.zeros(capacity * _REMEMBERED, np.uint32)

    def reset(self, slot: int) -> None:
        """Forget a slot: another leg takes it."""
        self._ssrc[slot] = _NONE
        self._expected_before[slot] = 0
        self._received[slot] = 0
        self._duplicated[slot] = 0
        self._bursts[slot] = 0
        self._malformed[slot] = 0
        self._first[slot] = self._highest[slot] = 0
        self._jitter[slot] = 0.0

    def configure(self, slot: int, clock_rate: int) -> None:
        """Set how many ticks of the RTP timestamp are a second (RFC 3551); jitter is counted in these."""
        if self._rate[slot] != clock_rate:
            self._rate[slot] = clock_rate
            self._jitter[slot] = 0.0
            self._timestamp[slot] = _NONE

    def note_malformed(self, slots: Slots) -> None:
        """Count one datagram for each of ``slots`` that was no RTP packet."""
        self._malformed[slots] += 1

    def malformed(self, slot: int) -> int:
        """Return how many datagrams were no RTP packets."""
        return int(self._malformed[slot])

    def receive(self, packets: PacketRound) -> Mask:
        """Count a round of packets; return which of them [n] are not duplicates."""
        slots, sequence = packets.slots, packets.sequence
        strange = self._ssrc[slots] != packets.ssrc
        if strange.any():
            for index in np.flatnonzero(strange).tolist():
                self._begin(int(slots[index]), int(packets.ssrc[index]), int(sequence[index]))
        highest = self._highest[slots]
        step = (sequence - highest + 0x8000 & 0xFFFF) - 0x8000
        extended = highest + step
        out_of_place = (step > _MAX_DROPOUT) | (step < -_MAX_MISORDER)
        counted = None
        if out_of_place.any():
            counted = np.ones(len(slots), np.bool_)
            for index in np.flatnonzero(out_of_place).tolist():
                counted[index] = self._begin_anew(int(slots[index]), int(sequence[index]))
            extended[out_of_place] = sequence[out_of_place]
        gaps = step > 1
        if gaps.any():
            self._bursts[slots[gaps & ~out_of_place]] += 1
        where = slots * _REMEMBERED + (extended & (_REMEMBERED - 1))
        mark = (extended + _NEVER_ZERO).astype(np.uint32)
        fresh: Mask = self._seen[where] != mark
        if counted is None and fresh.all():
            self._count(slots, extended, where, mark)
            self._measure_jitter(slots, packets.timestamp, packets.arrival, step >= 0)
            return fresh
        if counted is None:
            counted = fresh
        else:
            fresh |= ~counted
            counted &= fresh
        self._duplicated[slots[~fresh]] += 1
        self._count(slots[counted], extended[counted], where[counted], mark[counted])
        self._measure_jitter(slots[counted], packets.timestamp[counted], packets.arrival[counted], (step >= 0)[counted])
        return fresh

    def _count(
        self, slots: Slots, extended: NDArray[np.int64], where: NDArray[np.intp], mark: NDArray[np.uint32]
    ) -> None:
        self._seen[where] = mark
        self._highest[slots] = np.maximum(self._highest[slots], extended)
        self._received[slots] += 1

    def _begin(self, slot: int, ssrc: int, sequence: int) -> None:
        """Start counting a source that was not known."""
        if self._ssrc[slot] != _NONE:
            self._expected_before[slot] += self._highest[slot] - self._first[slot] + 1
        self._ssrc[slot] = ssrc
        self._jitter[slot] = 0.0
        self._number_from(slot, sequence)

    def _number_from(self, slot: int, sequence: int) -> None:
        self._first[slot] = self._highest[slot] = sequence
        self._suspect[slot] = _NONE
        self._timestamp[slot] = _NONE
        self._seen[slot * _REMEMBERED : (slot + 1) * _REMEMBERED] = 0

    def _begin_anew(self, slot: int, sequence: int) -> bool:
        """Judge a number far from the others: whether it follows another such one, so that the source began anew.

        Both are counted then; until then the first one is not.
        """
        if sequence != self._suspect[slot]:
            self._suspect[slot] = sequence + 1 & 0xFFFF
            return False
        self._expected_before[slot] += self._highest[slot] - self._first[slot] + 2
        self._number_from(slot, sequence)
        self._received[slot] += 1
        return True

    def _measure_jitter(
        self, slots: Slots, timestamp: NDArray[np.int64], arrival: NDArray[np.float64], in_order: Mask
    ) -> None:
        """Measure the packets that came in order, but for those with the timestamp of the one before.

        A key that is held sends many such packets (RFC 4733 section 2.5.1.2): their delay grows by design.
        """
        rate = self._rate[slots]
        transit = arrival * rate - timestamp
        # The timestamp wraps, so the difference is taken within half a cycle.
        change = np.abs((transit - self._transit[slots] + 2.0**31) % 2.0**32 - 2.0**31)
        before = self._timestamp[slots]
        moved = (timestamp != before) & in_order
        measured = moved & (before != _NONE) & (change < rate * _LONGEST_TRANSIT_CHANGE_SECONDS)
        jitter = self._jitter[slots]
        self._jitter[slots] = jitter + np.where(measured, (change - jitter) / 16, 0.0)
        if moved.all():
            self._transit[slots] = transit
            self._timestamp[slots] = timestamp
        else:
            self._transit[slots[moved]] = transit[moved]
            self._timestamp[slots[moved]] = timestamp[moved]

    def snapshot(self, slot: int, late: int = 0) -> ReceptionView:
        """Return the figures of a slot; ``late`` is what its jitter buffer counted."""
        if self._ssrc[slot] == _NONE:
            return ReceptionView()
        expected = self._expected_before[slot] + self._highest[slot] - self._first[slot] + 1
        return ReceptionView(
            ssrc=int(self._ssrc[slot]),
            received=int(self._received[slot]),
            expected=int(expected),
            highest=int(self._highest[slot]) & 0xFFFFFFFF,
            duplicated=int(self._duplicated[slot]),
            bursts=int(self._bursts[slot]),
            late=late,
            jitter=float(self._jitter[slot]),
        )
