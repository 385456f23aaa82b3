"""The UDP socket of the user agent."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Callable

from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.message import MAX_MESSAGE
from gateway.telephony.network.network_address import address_family

_READS_AT_ONCE = 64
_RECEIVE_BUFFER = 1 << 20
"""Room for a burst of a few hundred messages while the process is busy, in octets."""
_RECEIVE_ERRORS = {
    socket.AF_INET: (socket.IPPROTO_IP, 11),  # IP_RECVERR
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),  # IPV6_RECVERR
}
"""Linux's option to be told of ICMP errors, which the socket module does not name."""
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_FROM_ICMP = (2, 3)
_UNREACHABLE = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPROTO)
"""What the transaction hears of (RFC 3261 section 18.4): not that a packet lived too long or was too large."""


class DatagramSocket:
    """A bound UDP socket that hands each datagram to ``on_datagram(data, host, port)``.

    ``on_unreachable(host, port)`` is called when an ICMP error says that something sent there has not arrived. It is
    read directly, not through an asyncio transport, so that an error of sending is known to the one who sends.
    """

    def __init__(
        self,
        host: str,
        port: int,
        on_datagram: Callable[[bytes, str, int], None],
        on_unreachable: Callable[[str, int], None],
    ) -> None:
        family = address_family(host)
        self._on_datagram = on_datagram
        self._on_unreachable = on_unreachable
        self._loop = asyncio.get_running_loop()
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._error_option = _RECEIVE_ERRORS[family]
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._socket.setsockopt(*self._error_option, 1)
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
            try:
                self._socket.sendto(data, (host, port))
            except OSError:
                # The error may be that of a datagram sent before, to somebody else.
                if not self._take_errors():
                    raise
                self._socket.sendto(data, (host, port))

    def close(self) -> None:
        """Close it; harmless when it is closed."""
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        for count in range(_READS_AT_ONCE):
            try:
                data, address = self._socket.recvfrom(MAX_MESSAGE + 1)
            except BlockingIOError:
                if count == 0:  # woken, but not by a datagram
                    self._take_errors()
                return
            except OSError:
                self._take_errors()
                continue
            self._on_datagram(data, address[0], address[1])
            if self._socket.fileno() == -1:
                return

    def _take_errors(self) -> bool:
        """Report the ICMP errors that have come; return whether there was any."""
        for count in range(_READS_AT_ONCE):
            try:
                _, ancillary, _, address = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:  # there are no more
                return count > 0
            for level, kind, data in ancillary:
                if (level, kind) == self._error_option and len(data) >= _EXTENDED_ERROR.size:
                    number, origin, *_ = _EXTENDED_ERROR.unpack_from(data)
                    if origin in _FROM_ICMP and number in _UNREACHABLE:
                        # Not at once: whoever is sending just now is not to be called back from within.
                        self._loop.call_soon(self._on_unreachable, address[0], address[1])
        return True
