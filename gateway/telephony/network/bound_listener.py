"""A listener with its open socket, and the address that peers see it at."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.datagram_socket import DatagramSocket
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.network_address import (
    address_family,
    ip_version,
    is_ip_address,
    is_unspecified,
    route_address,
)
from gateway.telephony.network.stream_listener import StreamListener
from gateway.telephony.network.stun import is_stun
from gateway.telephony.network.stun_client import StunClient
from gateway.telephony.network.tls import TlsContexts
from gateway.telephony.network.transport import Hop

_ABROAD = {4: "192.0.2.1", 6: "2001:db8::1"}
"""Addresses that stand for any peer outside: the route to them is the default route."""


class BoundListener:
    """Listener number ``index``, bound.

    ``on_datagram(data, source)`` is called for each datagram that is not STUN, ``on_unreachable(host, port)`` for each
    ICMP error, ``on_accept(socket, source, context)`` for each new connection; ``context`` is that of TLS. Raises
    ``TelephonyError`` that names host and port.
    """

    def __init__(
        self,
        listener: Listener,
        index: int,
        *,
        on_datagram: Callable[[bytes, Hop], None],
        on_unreachable: Callable[[str, int], None],
        on_accept: Callable[[socket.socket, Hop, ssl.SSLContext | None], None],
    ) -> None:
        self.listener = listener
        self.index = index
        version = ip_version(listener.host)
        if version is None:
            raise TelephonyError(f"SIP cannot listen on {listener.host}: it is not an IP address")
        if (listener.transport == "TLS") != (listener.tls is not None):
            raise TelephonyError(
                f"The {listener.transport} listener on {listener.host} port {listener.port} "
                + ("needs a certificate" if listener.tls is None else "takes no certificate")
            )
        self.version: int = version
        self.tls = TlsContexts(listener.tls) if listener.tls is not None else None
        self._on_datagram = on_datagram
        self._on_accept = on_accept
        self._stun: StunClient | None = None
        self._socket: DatagramSocket | StreamListener
        if listener.transport == "UDP":
            self._socket = DatagramSocket(listener.host, listener.port, self._take_datagram, on_unreachable)
        else:
            self._socket = StreamListener(listener.host, listener.port, self._take_connection)

    @property
    def address(self) -> tuple[str, int]:
        """The bound address and port."""
        return self._socket.address

    @property
    def transport(self) -> str:
        """The transport, as in Via."""
        return self.listener.transport

    def reaches(self, hop: Hop) -> bool:
        """Return whether ``hop`` can be sent to from here."""
        return self.transport == hop.transport and ip_version(hop.host) in (None, self.version)

    async def start(self) -> None:
        """Find the public address, where that is wanted; what goes wrong is told in the log."""
        if self.listener.stun_server is None or not isinstance(self._socket, DatagramSocket):
            return
        try:
            self._stun = StunClient(self.listener.stun_server, address_family(self.listener.host), self._socket.send)
        except ValueError as error:
            raise TelephonyError(f"The STUN server {self.listener.stun_server!r} cannot be used: {error}") from error
        await self._stun.start()

    def close(self) -> None:
        """Close the socket; harmless when it is closed."""
        self._socket.close()

    async def stop(self) -> None:
        """Close the socket and end what was started."""
        self.close()
        if self._stun is not None:
            await self._stun.stop()

    def send_datagram(self, data: bytes, host: str, port: int) -> None:
        """Send a datagram from this UDP listener; raise OSError when the system refuses it."""
        if not isinstance(self._socket, DatagramSocket):
            raise TypeError("only a UDP listener sends datagrams")
        self._socket.send(data, host, port)

    def media_address(self, host: str) -> str:
        """Return the address that ``host`` should send media to; raise ``TelephonyError`` when none leads there."""
        return self._public_address or self._address_toward(host)

    def contact_address(self, host: str) -> tuple[str, int]:
        """Return the address and port that stand in Via and Contact toward ``host``, which may be a name."""
        port = self.listener.advertised_port
        if port is None and self.listener.advertised_address is None and self._stun is not None:
            port = self._stun.address[1] if self._stun.address is not None else None
        return self._public_address or self._best_address_toward(host), port or self.address[1]

    @property
    def _public_address(self) -> str | None:
        if self.listener.advertised_address is not None:
            return self.listener.advertised_address
        return self._stun.address[0] if self._stun is not None and self._stun.address is not None else None

    def _address_toward(self, host: str) -> str:
        bound = self.address[0]
        return route_address(host) if is_unspecified(bound) else bound

    def _best_address_toward(self, host: str) -> str:
        for peer in (host if is_ip_address(host) else _ABROAD[self.version], _ABROAD[self.version]):
            try:
                return self._address_toward(peer)
            except TelephonyError:
                continue  # the message will not get far, and its sender is told of that
        return "::1" if self.version == 6 else "127.0.0.1"

    def _take_datagram(self, data: bytes, host: str, port: int) -> None:
        if self._stun is not None and is_stun(data):
            self._stun.receive(data, host, port)
        else:
            self._on_datagram(data, Hop(host, port, "UDP", self.index))

    def _take_connection(self, connection: socket.socket, host: str, port: int) -> None:
        context = self.tls.server() if self.tls is not None else None
        self._on_accept(connection, Hop(host, port, self.transport, self.index), context)


def nearest(able: Sequence[BoundListener], host: str) -> BoundListener:
    """Return the listener to speak to ``host`` from, of those that are able to: the one on the route, else the first.

    A machine in two networks has a listener in each; only one of them leads to ``host``.
    """
    if len(able) == 1 or not is_ip_address(host):
        return able[0]
    try:
        ours = route_address(host)
    except TelephonyError:
        return able[0]
    on_route = [bound for bound in able if bound.address[0] == ours]
    anywhere = [bound for bound in able if is_unspecified(bound.address[0])]
    return (on_route or anywhere or able)[0]
