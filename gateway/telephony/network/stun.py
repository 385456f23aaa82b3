"""STUN: what address and port a server sees us at (RFC 8489, Binding only), sans I/O."""

from __future__ import annotations

import ipaddress
import secrets
import struct
from dataclasses import dataclass

_COOKIE = 0x2112A442
_HEADER = struct.Struct(">HHI12s")
_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_MAPPED_ADDRESS, _ERROR_CODE, _XOR_MAPPED_ADDRESS = 0x0001, 0x0009, 0x0020


def is_stun(data: bytes) -> bool:
    """Return whether a datagram is STUN rather than SIP, both of which come to one socket (section 5)."""
    return len(data) >= _HEADER.size and data[0] < 0x40 and data[4:8] == _COOKIE.to_bytes(4, "big")


def encode_binding_request(transaction_id: bytes) -> bytes:
    """Return a Binding request; ``transaction_id`` has 12 octets."""
    return _HEADER.pack(_REQUEST, 0, _COOKIE, transaction_id)


@dataclass(frozen=True, slots=True)
class BindingResponse:
    """The answer to a Binding request: the address that was seen, or the ``error`` code in its place."""

    transaction_id: bytes
    address: tuple[str, int] | None
    error: int | None = None


def parse_binding_response(data: bytes) -> BindingResponse:
    """Parse a response; raise ValueError when it is none or cannot be read."""
    if not is_stun(data):
        raise ValueError("it is not STUN")
    kind, length, _, transaction_id = _HEADER.unpack_from(data)
    if kind not in (_SUCCESS, _ERROR) or length % 4 or length > len(data) - _HEADER.size:
        raise ValueError("it is no whole response to a Binding request")
    attributes = _parse_attributes(data[_HEADER.size : _HEADER.size + length])
    if kind == _ERROR:
        code = attributes.get(_ERROR_CODE, b"")
        return BindingResponse(transaction_id, None, (code[2] & 7) * 100 + code[3] if len(code) >= 4 else 500)
    if _XOR_MAPPED_ADDRESS in attributes:
        return BindingResponse(transaction_id, _parse_address(attributes[_XOR_MAPPED_ADDRESS], transaction_id))
    if _MAPPED_ADDRESS in attributes:
        return BindingResponse(transaction_id, _parse_address(attributes[_MAPPED_ADDRESS], None))
    raise ValueError("it holds no address")


def _parse_attributes(data: bytes) -> dict[int, bytes]:
    attributes: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from(">HH", data, at)
        if at + 4 + length > len(data):
            raise ValueError("an attribute is cut off")
        attributes.setdefault(kind, data[at + 4 : at + 4 + length])
        at += 4 + (length + 3) // 4 * 4
    return attributes


def _parse_address(value: bytes, xored_with: bytes | None) -> tuple[str, int]:
    lengths = {1: 4, 2: 16}
    if len(value) < 4 or len(value) != 4 + lengths.get(value[1], -4):
        raise ValueError("an address is of no known family")
    port, address = int.from_bytes(value[2:4], "big"), value[4:]
    if xored_with is not None:
        port ^= _COOKIE >> 16
        key = _COOKIE.to_bytes(4, "big") + xored_with
        address = bytes(octet ^ mask for octet, mask in zip(address, key, strict=False))
    return str(ipaddress.ip_address(address)), port


@dataclass(frozen=True, slots=True)
class StunTimes:
    """Seconds between Binding requests."""

    first_repeat_s: float = 0.5
    """Until an unanswered request is sent again; doubled each time (section 6.2.1)."""
    give_up_s: float = 5.0
    """Until an unanswered request has failed."""
    refresh_s: float = 25.0
    """Until the address is asked for again, which also keeps the NAT's binding alive."""


class StunBinding:
    """Asks for our address again and again. Feed it time and responses; send what ``poll`` returns."""

    def __init__(self, now: float, times: StunTimes | None = None) -> None:
        self.address: tuple[str, int] | None = None
        """What the server saw last. It stays when the server is gone: the NAT is not."""
        self.failed = False
        """Whether the last request failed."""
        self._times = times or StunTimes()
        self._transaction_id: bytes | None = None
        self._due = now
        self._interval = 0.0
        self._give_up = 0.0

    @property
    def deadline(self) -> float:
        """When to poll next."""
        return self._due

    def poll(self, now: float) -> bytes | None:
        """Return a request that is to be sent now, if any."""
        if now < self._due:
            return None
        if self._transaction_id is None:
            self._transaction_id = secrets.token_bytes(12)
            self._interval = self._times.first_repeat_s
            self._give_up = now + self._times.give_up_s
        elif now >= self._give_up:
            self._end(now, failed=True)
            return None
        self._due = min(now + self._interval, self._give_up)
        self._interval *= 2
        return encode_binding_request(self._transaction_id)

    def receive(self, data: bytes, now: float) -> None:
        """Take a datagram from the server; what is no answer to our request is dropped."""
        try:
            response = parse_binding_response(data)
        except ValueError:
            return
        if response.transaction_id != self._transaction_id:
            return
        if response.address is not None:
            self.address = response.address
        self._end(now, failed=response.address is None)

    def fail(self, now: float) -> None:
        """Note that the server cannot be asked at all."""
        self._end(now, failed=True)

    def _end(self, now: float, *, failed: bool) -> None:
        self.failed = failed
        self._transaction_id = None
        self._due = now + self._times.refresh_s
