"""The sockets of the user agent: sends messages by the right one and hands up those that come in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from gateway.telephony.datagram_socket import DatagramSocket
from gateway.telephony.errors import CallFailed, TelephonyError
from gateway.telephony.listener import Listener
from gateway.telephony.network_address import ip_version, is_ip_address, is_unspecified, route_address
from gateway.telephony.server_location import Reach, ServerLocator, ServerNotFound
from gateway.telephony.trace import TracedMessage, Tracer
from gateway.telephony.transport import Hop, Outgoing
from gateway.telephony.uri import SipUri, parse_uri

log = structlog.get_logger(__name__)


class Transports:
    """All listeners of a user agent.

    ``receive(data, source)`` is called for each message that comes in; ``failed(outgoing, error)`` when one could not
    be sent, which may be later than ``send``.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        receive: Callable[[bytes, Hop], None],
        failed: Callable[[Outgoing, str], None],
        tracer: Tracer | None = None,
    ) -> None:
        self._listener = listeners[0]
        self.locator = ServerLocator([Reach("UDP", ip_version(listeners[0].host) or 4)])
        """Finds the servers of a URI that can be reached from here."""
        self._receive = receive
        self._failed = failed
        self._tracer = tracer
        self._socket: DatagramSocket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        """The address and port that the first listener is bound to."""
        if self._socket is None:
            raise TelephonyError("The SIP user agent is not started")
        return self._socket.address

    async def start(self) -> None:
        """Bind every listener; raise ``TelephonyError`` that names host and port when one fails."""
        self._socket = DatagramSocket(self._listener.host, self._listener.port, self._take)

    async def stop(self) -> None:
        """Close every socket; harmless when they are closed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, outgoing: Outgoing) -> None:
        """Send a message, after its hop's name has been resolved where it has one."""
        if not is_ip_address(outgoing.hop.host):
            self._spawn(self._resolve_and_send(outgoing))
            return
        if self._socket is None:
            return
        try:
            self._socket.send(outgoing.data, outgoing.hop.host, outgoing.hop.port)
        except OSError as error:
            self._sending_failed(outgoing, error.strerror or str(error))
            return
        self._trace(outgoing.data, outgoing.hop, sent=True)

    def local_address_for(self, host: str) -> str:
        """Return the address that ``host`` should send media to: the advertised one, or the one that the route uses."""
        if self._listener.advertised_address is not None:
            return self._listener.advertised_address
        bound = self.address[0]
        return route_address(host) if is_unspecified(bound) else bound

    def contact_address(self, hop: Hop) -> tuple[str, int]:
        """Return the address and port that stand in Via and Contact toward ``hop``."""
        host = hop.host if is_ip_address(hop.host) else self.address[0]
        return self.local_address_for(host), self._listener.advertised_port or self.address[1]

    async def locate(self, target: str) -> tuple[SipUri, Hop]:
        """Return the URI in ``target`` and where requests for it go (RFC 3263); raise ``CallFailed``."""
        try:
            uri = parse_uri(target)
        except ValueError as error:
            raise CallFailed(f"The target {target!r} cannot be called: {error}") from error
        if not isinstance(uri, SipUri):
            raise CallFailed(f"The target {target!r} cannot be called: a {uri.scheme} URI names no host")
        try:
            hops = await self.locator.locate(uri)
        except ServerNotFound as error:
            raise CallFailed(str(error)) from error
        return uri, hops[0]

    def _take(self, data: bytes, host: str, port: int) -> None:
        source = Hop(host, port)
        self._trace(data, source, sent=False)
        self._receive(data, source)

    def _trace(self, data: bytes, remote: Hop, *, sent: bool) -> None:
        if self._tracer is not None:
            self._tracer(TracedMessage(time.time(), sent, self.address, remote, data))

    async def _resolve_and_send(self, outgoing: Outgoing) -> None:
        try:
            hops = await self.locator.locate_hop(outgoing.hop)
        except ServerNotFound as error:
            self._sending_failed(outgoing, str(error))
            return
        self.send(replace(outgoing, hop=hops[0]))

    def _sending_failed(self, outgoing: Outgoing, error: str) -> None:
        log.warning("sip_send_failed", error=error, transport=outgoing.hop.transport)
        self._failed(outgoing, error)

    def _spawn(self, coroutine: Awaitable[None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
