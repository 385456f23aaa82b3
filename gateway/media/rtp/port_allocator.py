"""Pairs of UDP ports for RTP and RTCP (RFC 3550 section 11: RTP on an even port, RTCP on the next)."""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import dataclass

from gateway.media.errors import MediaError

_RECEIVE_BUFFER = 64 * 1024
_SO_TIMESTAMPNS = 35
_EXPEDITED_FORWARDING = 0xB8


@dataclass(frozen=True, slots=True)
class PortPair:
    """Two bound, non-blocking UDP sockets."""

    port: int
    rtp: socket.socket
    rtcp: socket.socket

    def close(self) -> None:
        """Free both ports."""
        self.rtp.close()
        self.rtcp.close()


class PortAllocator:
    """Walks round the range, so that a port rests as long as possible before the next call gets it."""

    def __init__(self, host: str, port_min: int, port_max: int) -> None:
        """Use the even ports from ``port_min`` up whose odd neighbour is not above ``port_max``."""
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._ports = range(port_min + port_min % 2, port_max, 2)
        if not self._ports:
            raise MediaError(f"no pair of RTP ports fits between {port_min} and {port_max}")
        self._next = random.randrange(len(self._ports))  # noqa: S311 - spreads neighbours, keeps no secret

    @property
    def pairs(self) -> int:
        """How many pairs the range has."""
        return len(self._ports)

    def allocate(self) -> PortPair:
        """Return the next free pair.

        Raises:
            MediaError: every pair of the range is taken, or the address is not this machine's.

        """
        reason = ""
        for _ in self._ports:
            port = self._ports[self._next]
            self._next = (self._next + 1) % len(self._ports)
            try:
                return self._bind_pair(port)
            except OSError as error:
                reason = error.strerror or str(error)
        first, last = self._ports[0], self._ports[-1] + 1
        raise MediaError(f"no RTP port between {first} and {last} is free on {self._host}: {reason}")

    def _bind_pair(self, port: int) -> PortPair:
        with contextlib.ExitStack() as opened:
            rtp, rtcp = (opened.enter_context(self._bind(number)) for number in (port, port + 1))
            opened.pop_all()
            return PortPair(port, rtp, rtcp)

    def _bind(self, port: int) -> socket.socket:
        bound = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            bound.setblocking(False)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            if self._family == socket.AF_INET:
                bound.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EXPEDITED_FORWARDING)
            else:
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, _EXPEDITED_FORWARDING)
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # :: takes calls of both IP versions
            bound.bind((self._host, port))
        except OSError:
            bound.close()
            raise
        return bound
