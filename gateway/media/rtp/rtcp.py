"""RTCP packets (RFC 3550 section 6): reports, source description and goodbye, as compound datagrams."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADER = struct.Struct("!BBH")
_SENDER_INFO = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_SENDER_REPORT, _RECEIVER_REPORT, _SOURCE_DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_CNAME = 1
_NTP_TO_UNIX_S = 2_208_988_800


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What was received from ``ssrc`` (section 6.4.1).

    ``fraction_lost`` since the last report is in 1/256, ``jitter`` in samples, ``last_report`` is the middle of the
    last sender report's NTP time, ``delay`` since it came is in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_report: int
    delay: int

    def build(self) -> bytes:
        """Return the 24 octets of the block."""
        lost = (self.fraction_lost << 24) | (max(-0x800000, min(0x7FFFFF, self.lost)) & 0xFFFFFF)
        return _BLOCK.pack(self.ssrc, lost, self.highest & 0xFFFFFFFF, self.jitter, self.last_report, self.delay)


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What was sent: ``ntp_time`` (64 bits) and ``timestamp`` name the same moment."""

    ntp_time: int
    timestamp: int
    packets: int
    octets: int


def ntp_time(unix_seconds: float) -> int:
    """Return an NTP timestamp of 64 bits (section 4) for seconds since 1970."""
    return int((unix_seconds + _NTP_TO_UNIX_S) * 2**32) & (2**64 - 1)


def middle_of(ntp: int) -> int:
    """Return the middle 32 bits of an NTP timestamp, by which report blocks name a sender report."""
    return ntp >> 16 & 0xFFFFFFFF


def build_report(ssrc: int, cname: str, sender: SenderInfo | None, blocks: Sequence[ReportBlock]) -> bytes:
    """Return a compound datagram: a sender report, or a receiver report without ``sender``, and the CNAME."""
    body = b"".join(block.build() for block in blocks)
    if sender is None:
        report = _packet(_RECEIVER_REPORT, len(blocks), struct.pack("!I", ssrc) + body)
    else:
        info = _SENDER_INFO.pack(
            ssrc, sender.ntp_time, sender.timestamp, sender.packets & 0xFFFFFFFF, sender.octets & 0xFFFFFFFF
        )
        report = _packet(_SENDER_REPORT, len(blocks), info + body)
    return report + _source_description(ssrc, cname)


def build_goodbye(ssrc: int, cname: str) -> bytes:
    """Return a compound datagram that says that the source leaves (section 6.6)."""
    empty_report = _packet(_RECEIVER_REPORT, 0, struct.pack("!I", ssrc))
    return empty_report + _source_description(ssrc, cname) + _packet(_GOODBYE, 1, struct.pack("!I", ssrc))


def _packet(packet_type: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(0x80 | count, packet_type, len(body) // 4) + body


def _source_description(ssrc: int, cname: str) -> bytes:
    name = cname.encode()
    item = struct.pack("!IBB", ssrc, _CNAME, len(name)) + name
    # One to four zeros end the list of items at a multiple of four octets.
    return _packet(_SOURCE_DESCRIPTION, 1, item + bytes(4 - len(item) % 4))


def sender_reports(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield source and NTP time of each sender report in a datagram; stop where it is torn or no RTCP."""
    while len(data) >= _HEADER.size:
        first, packet_type, words = _HEADER.unpack_from(data)
        length = _HEADER.size + 4 * words
        if first >> 6 != 2 or length > len(data):
            return
        if packet_type == _SENDER_REPORT and length >= _HEADER.size + _SENDER_INFO.size:
            ssrc, ntp, *_ = _SENDER_INFO.unpack_from(data, _HEADER.size)
            yield ssrc, ntp
        data = data[length:]
