"""A jitter buffer of fixed depth: packets go in as they come, 20 ms of payload come out at each tick.

It works on timestamps, not on packets, so the peer may send any packet length. One octet is one sample (G.711).
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.rtp.packet import RtpPacket, Unwrapper

_FURTHEST_AHEAD = samples_in(500)
_LATE_TICKS = 3
_SURPLUS_TICKS = 50


@dataclass(frozen=True, slots=True)
class JitterFrame:
    """What a tick gets: ``payload`` of 160 octets of which ``present`` were received, the rest is filler."""

    payload: bytes
    present: int


class JitterBuffer:
    """Delays a stream by ``depth_ms`` so that packets which come up to that much late still find their place.

    A change of SSRC, a jump of the timestamp by more than half a second, or three ticks in a row with nothing but late
    packets start it anew. When the sender's clock is faster than ours, the surplus is dropped once a second.
    """

    def __init__(self, depth_ms: int = 40, filler: int = 0xD5) -> None:
        self._depth = samples_in(depth_ms)
        self._filler = bytes([filler])
        self._ssrc: int | None = None
        self._clear()
        self.late = 0
        """Packets that came after their moment."""

    def _clear(self) -> None:
        self._timestamps = Unwrapper(32)
        self._packets: dict[int, bytes] = {}
        self._next: int | None = None
        self._newest_end = 0
        self._late_ticks = 0
        self._late_in_this_tick = False
        self._ticks = 0
        self._least_level: int | None = None

    @property
    def level(self) -> int:
        """Samples between the next one to be played and the newest one received."""
        return 0 if self._next is None else max(0, self._newest_end - self._next)

    def push(self, packet: RtpPacket) -> bool:
        """Take a packet in; return False when it was too late or was there already."""
        if packet.ssrc != self._ssrc:
            self._clear()
            self._ssrc = packet.ssrc
        start = self._timestamps.unwrap(packet.timestamp)
        if self._next is None or start > self._next + self._depth + _FURTHEST_AHEAD:
            self._start(start)
        elif start + len(packet.payload) <= self._next and not self._readmit(start):
            self.late += 1
            return False
        if start in self._packets or not packet.payload:
            return False
        self._packets[start] = packet.payload
        self._newest_end = max(self._newest_end, start + len(packet.payload))
        return True

    def _start(self, timestamp: int) -> None:
        self._packets.clear()
        self._next = timestamp - self._depth
        self._newest_end = timestamp
        self._late_ticks = 0
        self._ticks = 0
        self._least_level = None

    def _readmit(self, timestamp: int) -> bool:
        """Start anew from a late packet when packets have been late for several ticks; a burst counts as one."""
        if not self._late_in_this_tick:
            self._late_in_this_tick = True
            self._late_ticks += 1
        if self._late_ticks < _LATE_TICKS:
            return False
        self._start(timestamp)
        return True

    def pop(self) -> JitterFrame | None:
        """Return the next 20 ms, or None while no stream has begun or nothing of these 20 ms has come."""
        if self._next is None:
            return None
        start = self._next
        self._next = start + FRAME_SAMPLES
        if not self._late_in_this_tick and self._packets:
            self._late_ticks = 0
        self._late_in_this_tick = False
        payload = self._packets.pop(start, None)
        if payload is None or len(payload) != FRAME_SAMPLES:
            frame = self._assemble(start, payload)
        else:
            frame = JitterFrame(payload, FRAME_SAMPLES)
        self._drop_surplus()
        return frame

    def _assemble(self, start: int, first: bytes | None) -> JitterFrame | None:
        """Put a frame together from packets of other lengths, or from what is there of it."""
        if first is not None:
            self._packets[start] = first
        end = start + FRAME_SAMPLES
        frame = bytearray(self._filler * FRAME_SAMPLES)
        present = 0
        for timestamp in sorted(self._packets):
            if timestamp >= end:
                break
            payload = self._packets[timestamp]
            begin, stop = max(timestamp, start), min(timestamp + len(payload), end)
            if stop > begin:
                frame[begin - start : stop - start] = payload[begin - timestamp : stop - timestamp]
                present += stop - begin
            if timestamp + len(payload) <= end:
                del self._packets[timestamp]
        return JitterFrame(bytes(frame), min(present, FRAME_SAMPLES)) if present else None

    def _drop_surplus(self) -> None:
        level = self.level
        self._least_level = level if self._least_level is None else min(level, self._least_level)
        self._ticks += 1
        if self._ticks < _SURPLUS_TICKS:
            return
        surplus = self._least_level - self._depth
        if surplus >= 2 * FRAME_SAMPLES and self._next is not None:
            self._next += surplus // FRAME_SAMPLES * FRAME_SAMPLES
            for timestamp in [t for t, payload in self._packets.items() if t + len(payload) <= self._next]:
                del self._packets[timestamp]
        self._ticks = 0
        self._least_level = None
