"""The jitter buffers of all legs whose codec has one octet for each 1/8000 s (PCMA, PCMU, G722).

Packets of any length go in as they come, at each tick 20 ms of each leg come out. The delay follows the measured
variation of the packets' transit (``DelayEstimates``); it grows and shrinks where nobody hears it: in gaps and pauses
freely, in quiet sound by a frame, in loud sound only after long waiting (``delay_decision``). A frame that has not come
while nothing after it has come either is waited for, as long as the delay may grow: its sound is late, not lost.

The state of a stream is the timestamp at the head of its ring and its delay: the transit of a packet that is read in
the tick in which it came. So a packet's own transit is the delay less the way from the head to it. No clock is read:
time is counted in the ticks in which a slot was popped, which is exactly what being late means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.receive.delay_decision import PATIENCE, TOO_LONG, TOO_SHORT, leaves_out, waits
from gateway.media.receive.delay_estimates import DelayEstimates, DelayLimits
from gateway.media.receive.frame_kind import FrameKind, Frames
from gateway.media.receive.octet_rings import CHUNK, OctetRings
from gateway.media.receive.packet_round import Mask, PacketRound, Slots
from gateway.media.receive.pauses import Pauses, signed, signed_number
from gateway.media.receive.restarts import Restarts

_FULL = 0xFFFFFFFF
_NONE = -1
_FRAME_CHUNKS = FRAME_SAMPLES // CHUNK
_FURTHEST = samples_in(1000)
"""A packet further from the head than this is of a timestamp that was set anew."""

_LONGEST_PACKET = samples_in(200)
"""What a packet has beyond this is cut off: RFC 3551 section 4.2 bids receivers to take up to 200 ms."""

_CONCEALED_AT_MOST = 25
"""Frames of one gap that count as concealed: who says nothing for half a second has stopped sending."""


class JitterBuffers:
    """``capacity`` jitter buffers, one for each slot.

    A tick pushes the packets that came, then pops each slot once. ``late`` counts the packets that came after their
    moment, ``concealed`` the samples at 8 kHz that were made up; both are [capacity].
    """

    def __init__(self, capacity: int, limits: DelayLimits | None = None) -> None:
        self.late = np.zeros(capacity, np.int64)
        self.concealed = np.zeros(capacity, np.int64)
        self._estimates = DelayEstimates(capacity, limits)
        self._rings = OctetRings(capacity)
        self._pauses = Pauses(capacity)
        self._restarts = Restarts(capacity)
        self._ssrc = np.full(capacity, _NONE, np.int64)
        self._head = np.zeros(capacity, np.int64)
        self._delay = np.zeros(capacity, np.int64)
        self._restless = np.zeros(capacity, np.bool_)
        self._waited = np.zeros(capacity, np.int64)
        self._last = np.full(capacity, FrameKind.NOTHING, np.uint8)
        self._gap = np.zeros(capacity, np.int64)

    def reset(self, slot: int, filler: int) -> None:
        """Forget a slot: another leg takes it. ``filler`` is its codec's silence."""
        self._estimates.reset(slot)
        self._rings.reset(slot, filler)
        self._pauses.reset(slot)
        self.late[slot] = self.concealed[slot] = 0
        self._restarts.reset(slot)
        self._ssrc[slot] = _NONE
        self._delay[slot] = self._waited[slot] = self._gap[slot] = 0
        self._restless[slot] = False
        self._last[slot] = FrameKind.NOTHING

    def delay_ms(self, slot: int) -> float:
        """Return for how long a packet of the least transit is held back at present, in ms."""
        if self._ssrc[slot] == _NONE:
            return 0.0
        return max(0.0, float(self._delay[slot] - self._estimates.base[slot])) / samples_in(1)

    def comfort_noise(self, slots: Slots) -> None:
        """Note that the peers of ``slots`` pause from the end of their newest sound on (RFC 3389 section 4)."""
        for slot in slots[self._ssrc[slots] != _NONE].tolist():
            self._pauses.begin(slot, int(self._head[slot]) + self._rings.level(slot) * CHUNK & _FULL)

    def push(self, packets: PacketRound, mask: Mask | None = None) -> None:
        """Take in the packets of a round, those that ``mask`` [n] names if it is given; the payload is copied."""
        if mask is not None:
            packets = packets.select(mask)
        slots = packets.slots
        if not len(slots):
            return
        length = packets.end - packets.begin
        ahead = signed(packets.timestamp - self._head[slots])
        simple = (ahead >= 0) & (ahead <= _FURTHEST) & (ahead % CHUNK == 0) & (self._ssrc[slots] == packets.ssrc)
        simple &= (length % CHUNK == 0) & (length > 0) & (length <= _LONGEST_PACKET)
        if simple.all():
            self._write(packets, length, ahead)
        else:
            arrived = simple.copy()
            self._write(packets.select(simple), length[simple], ahead[simple])
            for index in np.flatnonzero(~simple).tolist():
                arrived[index] = self._take(packets, index)
            slots = slots[arrived]
            ahead = signed(packets.timestamp[arrived] - self._head[slots])
        changed = self._estimates.observe(slots, self._delay[slots] - ahead, self._head[slots])
        if changed is not None:
            self._weigh(changed)

    def _write(self, packets: PacketRound, lengths: NDArray[np.intp], ahead: NDArray[np.int64]) -> None:
        """Write whole chunks into the rings, the packets of each length at once."""
        if not len(lengths):
            return
        if (lengths != lengths[0]).any():
            for length in np.unique(lengths):
                these = lengths == length
                self._write(packets.select(these), lengths[these], ahead[these])
            return
        begin, row, length = packets.begin, packets.row, int(lengths[0])
        if (begin == begin[0]).all():
            span = packets.rows[:, begin[0] : begin[0] + length]
            octets = span if len(row) == len(span) else span[row]
        else:
            octets = packets.rows[row[:, None], begin[:, None] + np.arange(length)]
        self._rings.write(packets.slots, ahead // CHUNK, octets)
        ending = packets.marker | self._pauses.await_end(packets.slots, packets.timestamp)
        for index in np.flatnonzero(ending).tolist():
            self._end_pause(packets, index)

    def _take(self, packets: PacketRound, index: int) -> bool:
        """Take in a packet that is not an ordinary one; return whether its transit tells something."""
        slot = int(packets.slots[index])
        timestamp = int(packets.timestamp[index])
        octets = packets.rows[packets.row[index], packets.begin[index] : packets.end[index]][:_LONGEST_PACKET]
        if not len(octets):
            return False
        if packets.ssrc[index] != self._ssrc[slot]:
            self._begin(slot, int(packets.ssrc[index]), timestamp)
        ahead = self._ahead(slot, timestamp)
        empty = not self._rings.level(slot)
        if abs(ahead) > _FURTHEST:
            if not self._restarts.after_jump(slot, timestamp, timestamp + len(octets) & _FULL, alone=empty):
                return False
            self._begin(slot, int(self._ssrc[slot]), timestamp)
        elif ahead + len(octets) <= 0:
            alone = empty and self._last[slot] != FrameKind.SOUND
            head, marker = int(self._head[slot]), bool(packets.marker[index])
            if not self._restarts.after_late(slot, timestamp, -ahead, moment=head, marker=marker, alone=alone):
                self.late[slot] += 1
                return True
            self._begin(slot, int(self._ssrc[slot]), timestamp)
        ahead = self._ahead(slot, timestamp)
        self._rings.write_octets(slot, max(0, ahead), octets[max(0, -ahead) :])
        self._end_pause(packets, index)
        return True

    def _ahead(self, slot: int, timestamp: int) -> int:
        return signed_number(timestamp - int(self._head[slot]))

    def _end_pause(self, packets: PacketRound, index: int) -> None:
        """Let the sound of a packet end the pause before it; a marker says that there was one, announced or not."""
        slot = int(packets.slots[index])
        if packets.marker[index] and not self._pauses.active[slot]:
            self._pauses.begin(slot, int(self._head[slot]))
        if self._pauses.active[slot]:
            self._pauses.end(slot, int(packets.timestamp[index]))

    def _begin(self, slot: int, ssrc: int, timestamp: int) -> None:
        """Begin a stream behind what the ring still holds of the one before, at the delay that is wanted."""
        estimates = self._estimates
        wanted = int(estimates.wanted[slot] - estimates.base[slot])
        ahead = max(self._rings.level(slot), -(-wanted // CHUNK)) * CHUNK
        self._ssrc[slot] = ssrc
        self._head[slot] = timestamp - ahead & _FULL
        self._pauses.reset(slot)
        self._restarts.reset(slot)
        estimates.begin(slot, int(self._delay[slot]) - ahead)
        self._weigh(np.array([slot], np.intp))

    def _weigh(self, slots: Slots) -> None:
        """Note for which slots the delay is not what is wanted."""
        excess = self._delay[slots] - self._estimates.wanted[slots]
        self._restless[slots] = (excess >= TOO_LONG) | (excess <= TOO_SHORT)
        self._waited[slots[excess < TOO_LONG]] = 0

    def pop(self, slots: Slots, quiet: Mask) -> Frames:
        """Return the next 20 ms of ``slots``; ``quiet`` [n] says whose last frame was below the speech gate."""
        octets, filled, where = self._rings.read(slots)
        kinds = np.full(len(slots), FrameKind.SOUND, np.uint8)
        spliced = np.zeros(len(slots), np.bool_)
        odd = self._restless[slots]
        if odd.any() or not filled.all():
            which = np.flatnonzero(odd | ~filled.all(axis=1))
            shortened = which[self._shorten(slots[which], quiet[which])]
            if len(shortened):
                octets[shortened], filled[shortened], where[shortened] = self._rings.read(slots[shortened])
                spliced[shortened] = self._last[slots[shortened]] == FrameKind.SOUND
            short = self._delay[slots[which]] - self._estimates.wanted[slots[which]] <= TOO_SHORT
            doubtful = which[short | ~filled[which].all(axis=1)]
            if len(doubtful):
                held = np.zeros(len(slots), np.bool_)
                kinds[doubtful], held[doubtful] = self._judge(slots[doubtful], quiet[doubtful], filled[doubtful] > 0)
                spliced &= kinds == FrameKind.SOUND
                self._mend(slots[doubtful], octets, filled, kinds, doubtful)
                self._move_on(slots, where, kinds, held)
                return Frames(octets, kinds, spliced)
        self._rings.pass_on(slots, where)
        self._head[slots] = self._head[slots] + FRAME_SAMPLES & _FULL
        self._last[slots] = FrameKind.SOUND
        return Frames(octets, kinds, spliced)

    def _shorten(self, slots: Slots, quiet: Mask) -> Mask:
        """Take from delays that are too long: gaps as far as they go, frames of sound where that is decided.

        Returns which slots [n] were shortened.
        """
        excess = self._delay[slots] - self._estimates.wanted[slots]
        skipped = np.zeros(len(slots), np.intp)
        long = np.flatnonzero(excess >= CHUNK)
        if not len(long):
            return skipped > 0
        slots, excess, quiet = slots[long], excess[long], quiet[long]
        self._waited[slots] += excess >= TOO_LONG
        ahead = self._rings.present(slots, 2 * _FRAME_CHUNKS)
        gap = np.flatnonzero(~ahead[:, 0] & (self._rings.held(slots) > 0))
        if len(gap):
            reach = self._rings.present(slots[gap]).argmax(axis=1)
            taken = np.minimum(excess[gap] // CHUNK, reach)
            # Behind the gap sound should begin with a frame.
            skipped[long[gap]] = taken - (reach - taken) % _FRAME_CHUNKS * (taken > 0)
        beyond = self._delay[slots] > self._estimates.longest(slots)
        # Whether the sound fades is dear to find out, so it is asked only where it may matter.
        asked = (excess >= TOO_LONG) & (beyond | quiet | (self._waited[slots] >= PATIENCE))
        sound = np.flatnonzero(asked & ahead.all(axis=1))
        if len(sound):
            these = slots[sound]
            leaving = leaves_out(
                excess[sound],
                beyond=beyond[sound],
                quiet=quiet[sound],
                fading=self._rings.fading(these),
                waited=self._waited[these],
            )
            skipped[long[sound[leaving]]] = _FRAME_CHUNKS
        for chunks in np.unique(skipped[skipped > 0]).tolist():
            self._skip(slots[skipped[long] == chunks], chunks)
        return skipped > 0

    def _skip(self, slots: Slots, chunks: int) -> None:
        self._rings.advance(slots, chunks)
        self._head[slots] = self._head[slots] + chunks * CHUNK & _FULL
        self._delay[slots] -= chunks * CHUNK
        self._waited[slots] = 0
        self._weigh(slots)

    def _judge(self, slots: Slots, quiet: Mask, filled: Mask) -> tuple[NDArray[np.uint8], Mask]:
        """Return the kinds of frames that are not plain sound, and which of them leave the buffer as it is."""
        complete, empty = filled.all(axis=1), ~filled.any(axis=1)
        begun = (self._ssrc[slots] != _NONE) & ~(empty & (self._last[slots] == FrameKind.NOTHING))
        pausing = empty & self._pauses.cover(slots, self._head[slots])
        held = begun & waits(
            self._delay[slots] - self._estimates.wanted[slots],
            room=self._delay[slots] + FRAME_SAMPLES <= self._estimates.longest(slots),
            silent=quiet | pausing,
            dry=~complete & ~pausing & (self._rings.held(slots) == filled.sum(axis=1)),
        )
        kinds = np.where(empty, FrameKind.LOST, FrameKind.SOUND).astype(np.uint8)
        kinds[held] = FrameKind.STRETCHED
        kinds[pausing] = FrameKind.PAUSE
        kinds[~begun] = FrameKind.NOTHING
        return kinds, held

    def _mend(
        self,
        slots: Slots,
        octets: NDArray[np.uint8],
        filled: NDArray[np.uint8],
        kinds: NDArray[np.uint8],
        which: NDArray[np.intp],
    ) -> None:
        """Put silence where there is no sound, and into half a frame that was lost the 10 ms beside it."""
        sound = kinds[which] == FrameKind.SOUND
        octets[which[~sound]] = self._rings.filler(slots[~sound])[:, None]
        halves = octets.reshape(-1, _FRAME_CHUNKS, CHUNK)
        for half in range(_FRAME_CHUNKS):
            torn = sound & (filled[which, half] == 0)
            if torn.any():
                at, legs = which[torn], slots[torn]
                silent = self._pauses.cover(legs, self._head[legs] + half * CHUNK & _FULL)
                silent |= self._last[legs] == FrameKind.NOTHING
                filler = np.broadcast_to(self._rings.filler(legs)[:, None], (len(legs), CHUNK))
                halves[at, half] = np.where(silent[:, None], filler, halves[at, 1 - half])
                self.concealed[legs] += CHUNK * ~silent

    def _move_on(self, slots: Slots, where: NDArray[np.intp], kinds: NDArray[np.uint8], held: Mask) -> None:
        before = self._last[slots]
        ending = slots[(before == FrameKind.SOUND) & (kinds != FrameKind.SOUND)]
        self._restarts.heard(ending, self._head[ending])
        if held.any():
            self._delay[slots[held]] += FRAME_SAMPLES
            self._weigh(slots[held])
            moving, where = slots[~held], where[~held]
        else:
            moving = slots
        self._rings.pass_on(moving, where)
        self._head[moving] = self._head[moving] + FRAME_SAMPLES & _FULL
        made_up = (kinds == FrameKind.LOST) | (kinds == FrameKind.STRETCHED)
        goes_on = (before == FrameKind.LOST) | (before == FrameKind.STRETCHED)
        gap = made_up * (self._gap[slots] * goes_on + 1)
        self._gap[slots] = gap
        self.concealed[slots] += FRAME_SAMPLES * (made_up & (gap <= _CONCEALED_AT_MOST))
        self._last[slots] = kinds
