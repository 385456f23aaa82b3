"""RTP packets (RFC 3550 section 5.1) and the arithmetic of their wrapping counters."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_HEADER = struct.Struct("!BBHII")
_VERSION = 2


class RtpError(ValueError):
    """The datagram is not an RTP packet; the message says why."""


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet; ``sequence`` has 16 bits, ``timestamp`` (in samples) and ``ssrc`` have 32."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def build(self) -> bytes:
        """Return the datagram."""
        return (
            _HEADER.pack(
                _VERSION << 6,
                (self.marker << 7) | self.payload_type,
                self.sequence,
                self.timestamp,
                self.ssrc,
            )
            + self.payload
        )


def parse_rtp(data: bytes) -> RtpPacket:
    """Return the packet in ``data``; contributing sources, header extension and padding are skipped.

    Raises:
        RtpError: too short, of another version, or with lengths that do not fit.

    """
    if len(data) < _HEADER.size:
        raise RtpError("shorter than an RTP header")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != _VERSION:
        raise RtpError(f"RTP version {first >> 6}")
    begin, end = _payload_bounds(data, first)
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, data[begin:end], bool(second & 0x80))


def _payload_bounds(data: bytes, first: int) -> tuple[int, int]:
    begin, end = _HEADER.size + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if begin + 4 > end:
            raise RtpError("torn header extension")
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if begin > end:
        raise RtpError("header longer than the packet")
    if first & 0x20:
        padding = data[-1]
        if not 0 < padding <= end - begin:
            raise RtpError("padding longer than the payload")
        end -= padding
    return begin, end


def is_rtcp(data: bytes | memoryview) -> bool:
    """Tell whether ``data`` is RTCP that shares the port with RTP (RFC 5761 section 4): packet types 192 to 223."""
    return len(data) > 1 and data[0] >> 6 == _VERSION and 192 <= data[1] <= 223


def wrapped_difference(newer: int, older: int, bits: int) -> int:
    """Return ``newer - older`` of two counters that wrap at ``bits`` bits, between -2**(bits-1) and 2**(bits-1)-1."""
    half = 1 << (bits - 1)
    return ((newer - older + half) & ((1 << bits) - 1)) - half
