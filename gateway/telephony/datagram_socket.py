"""The UDP socket of the user agent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from gateway.telephony.errors import TelephonyError
from gateway.telephony.message import MAX_MESSAGE
from gateway.telephony.network_address import address_family

_READS_AT_ONCE = 64
_RECEIVE_BUFFER = 1 << 20
"""Room for a burst of a few hundred messages while the process is busy, in octets."""


class DatagramSocket:
    """A bound UDP socket that hands each datagram to ``on_datagram(data, host, port)``.

    It is read directly, not through an asyncio transport, so that an error of sending is known to the one who sends.
    """

    def __init__(self, host: str, port: int, on_datagram: Callable[[bytes, str, int], None]) -> None:
        family = address_family(host)
        self._on_datagram = on_datagram
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise TelephonyError(f"SIP cannot listen on {host} port {port}: {error.strerror}") from error
        self._loop.add_reader(self._socket, self._read)

    @property
    def address(self) -> tuple[str, int]:
        """The bound address and port."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def send(self, data: bytes, host: str, port: int) -> None:
        """Send one datagram; raise OSError when the system refuses it. A full buffer loses it, as a network would."""
        with contextlib.suppress(BlockingIOError):
            self._socket.sendto(data, (host, port))

    def close(self) -> None:
        """Close it; harmless when it is closed."""
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data, address = self._socket.recvfrom(MAX_MESSAGE + 1)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # an ICMP error for something sent before; its transaction times out
            self._on_datagram(data, address[0], address[1])
            if self._socket.fileno() == -1:
                return
