"""RTCP packets (RFC 3550 section 6): reports, source description and goodbye, as compound datagrams."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.media.rtp.packet import RtpError, wrapped_difference

_HEADER = struct.Struct("!BBH")
_SSRC = struct.Struct("!I")
_SENDER_INFO = struct.Struct("!QIII")
_BLOCK = struct.Struct("!IIIIII")
_VERSION = 2
_SENDER_REPORT, _RECEIVER_REPORT, _SOURCE_DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_END_OF_ITEMS, _CNAME = 0, 1
_NTP_TO_UNIX_S = 2_208_988_800
_MOST_PACKETS = 32
"""In a compound datagram; whoever reports to one peer sends four. Hundreds of empty ones would take a millisecond."""


class RtcpError(RtpError):
    """The datagram is not RTCP, or torn; the message says how."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What was received from ``ssrc`` (section 6.4.1).

    ``fraction_lost`` since the last report is in 1/256, ``jitter`` in units of the RTP timestamp, ``last_report`` is
    the middle of the last sender report's NTP time, ``delay`` since it came is in 1/65536 s.
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
        return _BLOCK.pack(
            self.ssrc, lost, self.highest & 0xFFFFFFFF, min(self.jitter, 0xFFFFFFFF), self.last_report, self.delay
        )


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What was sent: ``ntp_time`` (64 bits) and ``timestamp`` name the same moment."""

    ntp_time: int
    timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report, or a receiver report without ``sender`` (sections 6.4.1 and 6.4.2)."""

    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Each source with its items, by the number of their type (section 6.5)."""

    chunks: tuple[tuple[int, tuple[tuple[int, bytes], ...]], ...]

    def cname(self, ssrc: int) -> str | None:
        """Return the canonical name of a source (section 6.5.1), None where it is not given or no UTF-8."""
        for source, items in self.chunks:
            for kind, value in items:
                if source == ssrc and kind == _CNAME:
                    try:
                        return value.decode()
                    except UnicodeDecodeError:
                        return None
        return None


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that leave, and the ``reason`` in octets as they came, empty where none is given (section 6.6)."""

    sources: tuple[int, ...]
    reason: bytes = b""


RtcpPacket: TypeAlias = Report | SourceDescription | Goodbye


def ntp_time(unix_seconds: float) -> int:
    """Return an NTP timestamp of 64 bits (section 4) for seconds since 1970."""
    return int((unix_seconds + _NTP_TO_UNIX_S) * 2**32) & (2**64 - 1)


def middle_of(ntp: int) -> int:
    """Return the middle 32 bits of an NTP timestamp, by which report blocks name a sender report."""
    return ntp >> 16 & 0xFFFFFFFF


def build_report(ssrc: int, cname: str, sender: SenderInfo | None, blocks: Sequence[ReportBlock]) -> bytes:
    """Return a compound datagram: a sender report, or a receiver report without ``sender``, and the CNAME."""
    body = _SSRC.pack(ssrc)
    if sender is not None:
        body += _SENDER_INFO.pack(
            sender.ntp_time, sender.timestamp, sender.packets & 0xFFFFFFFF, sender.octets & 0xFFFFFFFF
        )
    body += b"".join(block.build() for block in blocks)
    kind = _RECEIVER_REPORT if sender is None else _SENDER_REPORT
    return _packet(kind, len(blocks), body) + _source_description(ssrc, cname)


def build_goodbye(ssrc: int, cname: str) -> bytes:
    """Return a compound datagram that says that the source leaves (section 6.6)."""
    empty_report = _packet(_RECEIVER_REPORT, 0, _SSRC.pack(ssrc))
    return empty_report + _source_description(ssrc, cname) + _packet(_GOODBYE, 1, _SSRC.pack(ssrc))


def _packet(packet_type: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(_VERSION << 6 | count, packet_type, len(body) // 4) + body


def _source_description(ssrc: int, cname: str) -> bytes:
    name = cname.encode()
    item = struct.pack("!IBB", ssrc, _CNAME, len(name)) + name
    # One to four zeros end the list of items at a multiple of four octets.
    return _packet(_SOURCE_DESCRIPTION, 1, item + bytes(4 - len(item) % 4))


def parse_rtcp(data: bytes) -> list[RtcpPacket]:
    """Return the packets of a compound datagram, in order; types that are not known are skipped.

    The checks are those of appendix A.2, but a datagram may begin with any type (reduced size, RFC 5506). What a
    profile adds behind a report's blocks is skipped.

    Raises:
        RtcpError: another version, padding before the end, lengths that do not fit, or more than 32 packets; nothing of
            it is to be trusted.

    """
    if not data:
        raise RtcpError("an empty datagram")
    packets: list[RtcpPacket] = []
    begin = count = 0
    while begin < len(data):
        count += 1
        if count > _MOST_PACKETS:
            raise RtcpError("more packets than anyone reports in")
        if begin + _HEADER.size > len(data):
            raise RtcpError("torn in a header")
        first, packet_type, words = _HEADER.unpack_from(data, begin)
        if first >> 6 != _VERSION:
            raise RtcpError(f"RTCP version {first >> 6}")
        end = begin + _HEADER.size + 4 * words
        if end > len(data):
            raise RtcpError("a packet longer than the datagram")
        body = data[begin + _HEADER.size : end]
        if first & 0x20:
            if end < len(data):
                raise RtcpError("padding before the last packet")
            body = _without_padding(body)
        packet = _parse_body(packet_type, first & 0x1F, body)
        if packet is not None:
            packets.append(packet)
        begin = end
    return packets


def _without_padding(body: bytes) -> bytes:
    padding = body[-1] if body else 0
    if not 0 < padding <= len(body) or padding % 4:
        raise RtcpError("padding that does not fit")
    return body[:-padding]


def _parse_body(packet_type: int, count: int, body: bytes) -> RtcpPacket | None:
    if packet_type in (_SENDER_REPORT, _RECEIVER_REPORT):
        return _parse_report(body, count, sends=packet_type == _SENDER_REPORT)
    if packet_type == _SOURCE_DESCRIPTION:
        return _parse_source_description(body, count)
    if packet_type == _GOODBYE:
        return _parse_goodbye(body, count)
    return None


def _parse_report(body: bytes, count: int, *, sends: bool) -> Report:
    blocks_begin = _SSRC.size + (_SENDER_INFO.size if sends else 0)
    if len(body) < blocks_begin + count * _BLOCK.size:
        raise RtcpError("a report shorter than its blocks")
    (ssrc,) = _SSRC.unpack_from(body)
    sender = SenderInfo(*_SENDER_INFO.unpack_from(body, _SSRC.size)) if sends else None
    blocks = []
    for index in range(count):
        source, loss, highest, jitter, last_report, delay = _BLOCK.unpack_from(body, blocks_begin + index * _BLOCK.size)
        lost = wrapped_difference(loss & 0xFFFFFF, 0, 24)
        blocks.append(ReportBlock(source, loss >> 24, lost, highest, jitter, last_report, delay))
    return Report(ssrc, sender, tuple(blocks))


def _parse_source_description(body: bytes, count: int) -> SourceDescription:
    chunks = []
    begin = 0
    for _ in range(count):
        if begin + _SSRC.size > len(body):
            raise RtcpError("a source description shorter than its chunks")
        (ssrc,) = _SSRC.unpack_from(body, begin)
        items, begin = _parse_items(body, begin + _SSRC.size)
        chunks.append((ssrc, items))
    return SourceDescription(tuple(chunks))


def _parse_items(body: bytes, begin: int) -> tuple[tuple[tuple[int, bytes], ...], int]:
    """Return a chunk's items and where the next chunk begins: at a multiple of four octets behind the zeros."""
    items = []
    while begin < len(body) and body[begin] != _END_OF_ITEMS:
        if begin + 2 > len(body) or begin + 2 + body[begin + 1] > len(body):
            raise RtcpError("torn in an item of a source description")
        end = begin + 2 + body[begin + 1]
        items.append((body[begin], body[begin + 2 : end]))
        begin = end
    if begin >= len(body):
        raise RtcpError("a source description without an end of its items")
    return tuple(items), (begin // 4 + 1) * 4


def _parse_goodbye(body: bytes, count: int) -> Goodbye:
    end = count * _SSRC.size
    if end > len(body):
        raise RtcpError("a goodbye shorter than its sources")
    sources = struct.unpack_from(f"!{count}I", body)
    length = body[end] if end < len(body) else 0
    if end + length > len(body) - (end < len(body)):
        raise RtcpError("a goodbye shorter than its reason")
    return Goodbye(sources, body[end + 1 : end + 1 + length])
