"""Writes traced messages as a capture file for Wireshark (pcap, version 2.4; link type RAW, 101).

What was traced are messages, not packets: IP, UDP and TCP headers are made up around them. What went over TLS is
written as UDP, in the clear, as a reader would look for a TLS handshake in TCP.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable

from gateway.telephony.diagnostics.trace import TracedMessage

_MAGIC = 0xA1B2C3D4
_RAW_IP = 101
_SNAP_LENGTH = 262_144
_UDP, _TCP = 17, 6
_PUSH_ACK = 0x18
_TCP_HEADER = struct.Struct("!HHIIBBHHH")
_UDP_HEADER = struct.Struct("!HHHH")
_LONGEST = 65_000
"""Most octets of a message in one packet; over TCP the rest follows in another, over UDP there can be no more."""

_End = tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]


def write_pcap(messages: Iterable[TracedMessage]) -> bytes:
    """Return a capture file with ``messages``, which have to be in the order in which they were seen."""
    file = bytearray(struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAP_LENGTH, _RAW_IP))
    sequence: dict[tuple[_End, _End], int] = {}
    for message in messages:
        source, target = _ends(message)
        for start in range(0, max(1, len(message.data)), _LONGEST):
            part = message.data[start : start + _LONGEST]
            if message.remote.transport == "TCP":
                number = sequence.setdefault((source, target), 1)
                reverse = sequence.setdefault((target, source), 1)
                packet = _packet(source, target, _TCP, _tcp(source, target, number, reverse, part))
                sequence[source, target] = (number + len(part)) % 2**32
            else:
                packet = _packet(source, target, _UDP, _udp(source, target, part))
            seconds, microseconds = divmod(round(message.at * 1e6), 1_000_000)
            file += struct.pack("<IIII", seconds, microseconds, len(packet), len(packet)) + packet
    return bytes(file)


def _ends(message: TracedMessage) -> tuple[_End, _End]:
    """Return source and target, both of one IP version."""
    ours, peer = ipaddress.ip_address(message.local[0]), ipaddress.ip_address(message.remote.host.partition("%")[0])
    if ours.version != peer.version:
        ours, peer = _version_6(ours), _version_6(peer)
    near, far = (ours, message.local[1]), (peer, message.remote.port)
    return (near, far) if message.sent else (far, near)


def _version_6(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv6Address:
    return address if isinstance(address, ipaddress.IPv6Address) else ipaddress.IPv6Address(f"::ffff:{address}")


def _packet(source: _End, target: _End, protocol: int, segment: bytes) -> bytes:
    if source[0].version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64)
        return head + source[0].packed + target[0].packed + segment
    fields = (0x45, 0, 20 + len(segment), 0, 0x4000, 64, protocol)
    addresses = source[0].packed + target[0].packed
    checksum = _checksum(struct.pack("!BBHHHBBH", *fields, 0) + addresses)
    return struct.pack("!BBHHHBBH", *fields, checksum) + addresses + segment


def _udp(source: _End, target: _End, data: bytes) -> bytes:
    length = _UDP_HEADER.size + len(data)
    bare = _UDP_HEADER.pack(source[1], target[1], length, 0) + data
    # A sum of zero would mean that there is none (RFC 768).
    checksum = _checksum(_pseudo_header(source, target, _UDP, length) + bare) or 0xFFFF
    return _UDP_HEADER.pack(source[1], target[1], length, checksum) + data


def _tcp(source: _End, target: _End, sequence: int, acknowledged: int, data: bytes) -> bytes:
    fields = (source[1], target[1], sequence, acknowledged, 5 << 4, _PUSH_ACK, 0xFFFF)
    bare = _TCP_HEADER.pack(*fields, 0, 0) + data
    checksum = _checksum(_pseudo_header(source, target, _TCP, len(bare)) + bare)
    return _TCP_HEADER.pack(*fields, checksum, 0) + data


def _pseudo_header(source: _End, target: _End, protocol: int, length: int) -> bytes:
    tail = (
        struct.pack("!BBH", 0, protocol, length)
        if source[0].version == 4
        else struct.pack("!IHBB", length, 0, 0, protocol)
    )
    return source[0].packed + target[0].packed + tail


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
