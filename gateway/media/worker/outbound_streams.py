"""The RTP packets of all legs, made in arrays: one row a leg (RFC 3550 section 5.1)."""

from __future__ import annotations

import secrets

import numpy as np

from gateway.media.codecs.g711 import Octets
from gateway.media.frame import FRAME_SAMPLES, Positions, Slots
from gateway.media.rtp.packet import RtpPacket

_VERSION = 0x80
_MARKER = 0x80
_PACKET = np.dtype(
    [
        ("version", "u1"),
        ("marker_and_type", "u1"),
        ("sequence", ">u2"),
        ("timestamp", ">u4"),
        ("ssrc", ">u4"),
        ("payload", "u1", (FRAME_SAMPLES,)),
    ]
)


class OutboundStreams:
    """Sequence numbers, timestamps and packets of what each leg sends.

    The timestamp is the leg's position at the codec's clock rate upon a random beginning, so that time in which nothing
    is sent shows as time and never as a shift of what follows. A packet of 20 ms and 160 octets is made in the leg's
    row (``stamp``), any other one by itself (``packet``).
    """

    def __init__(self, capacity: int) -> None:
        self._packets = np.zeros(capacity, _PACKET)
        self._packets["version"] = _VERSION
        # Kept, because to look a field up by its name takes numpy as long as to write it.
        self._sequences, self._timestamps = self._packets["sequence"], self._packets["timestamp"]
        self._types, self._payloads = self._packets["marker_and_type"], self._packets["payload"]
        rows = self._packets.view(np.uint8).reshape(capacity, _PACKET.itemsize)
        self.datagrams = [row.data for row in rows]
        """The datagram of each slot, as ``stamp`` made it last."""
        self.packets_sent = np.zeros(capacity, np.int64)
        self.octets_sent = np.zeros(capacity, np.int64)
        """Octets of payload, as sender reports count them."""
        self._sequence = np.zeros(capacity, np.uint16)
        self._base = np.zeros(capacity, np.uint32)
        self._clock = np.ones(capacity, np.uint32)
        self._type = np.zeros(capacity, np.uint8)
        self._talkspurt = np.zeros(capacity, bool)

    def reset(self, slot: int) -> None:
        """Begin a stream with a new source and random counters (RFC 3550 section 5.1).

        The sequence number begins in the lower half of its range, so that a packet which is lost or late at the wrap
        leaves no doubt about SRTP's rollover counter (RFC 3711 section 3.3.1).
        """
        self._packets["ssrc"][slot] = secrets.randbits(32)
        self._sequence[slot] = secrets.randbits(15)
        self._base[slot] = secrets.randbits(32)
        self._talkspurt[slot] = True
        self.packets_sent[slot] = self.octets_sent[slot] = 0

    def configure(self, slot: int, payload_type: int, clock_rate: int) -> None:
        """Send packets of ``payload_type`` whose timestamps run at ``clock_rate``, a multiple of 8000, from now on."""
        self._type[slot] = payload_type
        self._clock[slot] = clock_rate // 8000

    def begin_talkspurt(self, slot: int) -> None:
        """Set the marker on the next packet, because sound comes after a pause (RFC 3551 section 4.1)."""
        self._talkspurt[slot] = True

    def ssrc(self, slot: int) -> int:
        """Return the source of the leg's packets."""
        return int(self._packets["ssrc"][slot])

    def timestamp_at(self, slot: int, position: int) -> int:
        """Return the RTP timestamp of a position of the leg."""
        return (int(self._base[slot]) + position * int(self._clock[slot])) & 0xFFFFFFFF

    def stamp(self, slots: Slots, octets: Octets, positions: Positions) -> None:
        """Make the next packet of each leg from its 160 ``octets`` at its position; see ``datagrams``."""
        sequence = self._sequence[slots] + np.uint16(1)
        self._sequence[slots] = sequence
        self._sequences[slots] = sequence
        self._timestamps[slots] = self._base[slots] + positions.astype(np.uint32) * self._clock[slots]
        self._types[slots] = self._type[slots]
        self._payloads[slots] = octets
        beginning = slots[self._talkspurt[slots]]
        if len(beginning):
            self._types[beginning] |= _MARKER
            self._talkspurt[beginning] = False
        self.packets_sent[slots] += 1
        self.octets_sent[slots] += octets.shape[1]

    def packet(self, slot: int, payload: bytes, position: int) -> bytes:
        """Return the next packet of one leg's sound, of any length."""
        marker = bool(self._talkspurt[slot])
        self._talkspurt[slot] = False
        return self.event_packet(slot, payload, position, int(self._type[slot]), marker=marker)

    def event_packet(self, slot: int, payload: bytes, position: int, payload_type: int, *, marker: bool) -> bytes:
        """Return the next packet of one leg, of another payload type than its sound's."""
        sequence = (int(self._sequence[slot]) + 1) & 0xFFFF
        self._sequence[slot] = sequence
        self.packets_sent[slot] += 1
        self.octets_sent[slot] += len(payload)
        timestamp = self.timestamp_at(slot, position)
        return RtpPacket(payload_type, sequence, timestamp, self.ssrc(slot), payload, marker).build()
