"""Encodes traced messages for a Homer collector: HEP version 3 (sipcapture's "HEP/EEP" specification, revision 12)."""

from __future__ import annotations

import ipaddress
import socket
import struct

from gateway.telephony.diagnostics.trace import TracedMessage

MAX_PACKET = 65_507
"""Longest payload of a UDP datagram over IPv4, in octets."""

_CHUNK = struct.Struct("!HHH")
_UDP, _TCP = 17, 6
_SIP = 1


class HepTooLong(ValueError):
    """The message does not fit into a datagram."""


def encode_hep(message: TracedMessage, capture_id: int, call_id: str | None = None) -> bytes:
    """Return one HEP packet; ``capture_id`` names this sender to the collector. Raise ``HepTooLong``."""
    ours = ipaddress.ip_address(message.local[0])
    peer = ipaddress.ip_address(message.remote.host.partition("%")[0])
    if ours.version != peer.version:
        # A packet has one family; the peer's address is the one that tells something.
        ours = ipaddress.ip_address("0.0.0.0" if peer.version == 4 else "::")  # noqa: S104 - nothing is bound to it
    near, far = (ours, message.local[1]), (peer, message.remote.port)
    source, target = (near, far) if message.sent else (far, near)
    seconds, microseconds = divmod(round(message.at * 1e6), 1_000_000)
    version_6 = peer.version == 6
    chunks = [
        _chunk(1, struct.pack("!B", socket.AF_INET6 if version_6 else socket.AF_INET)),
        _chunk(2, struct.pack("!B", _UDP if message.remote.transport == "UDP" else _TCP)),
        _chunk(5 if version_6 else 3, source[0].packed),
        _chunk(6 if version_6 else 4, target[0].packed),
        _chunk(7, struct.pack("!H", source[1])),
        _chunk(8, struct.pack("!H", target[1])),
        _chunk(9, struct.pack("!I", seconds)),
        _chunk(10, struct.pack("!I", microseconds)),
        _chunk(11, struct.pack("!B", _SIP)),
        _chunk(12, struct.pack("!I", capture_id)),
    ]
    if call_id:
        chunks.append(_chunk(17, call_id.encode()))
    length = 6 + sum(map(len, chunks)) + _CHUNK.size + len(message.data)
    if length > MAX_PACKET:
        raise HepTooLong(f"a message of {len(message.data)} octets does not fit into a HEP packet")
    return b"".join((b"HEP3", struct.pack("!H", length), *chunks, _chunk(15, message.data)))


def _chunk(kind: int, value: bytes) -> bytes:
    return _CHUNK.pack(0, kind, _CHUNK.size + len(value)) + value
