"""The sockets of the user agent: sends messages by the right one and hands up those that come in."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from gateway.telephony.diagnostics.trace import TracedMessage, Tracer
from gateway.telephony.errors import CallFailed, TelephonyError
from gateway.telephony.messages.uri import SipUri, parse_uri
from gateway.telephony.network.bound_listener import BoundListener, nearest
from gateway.telephony.network.connections import ConnectionLimits, Connections
from gateway.telephony.network.large_requests import CONNECT_S, LargeRequests
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.named_hops import NamedHops
from gateway.telephony.network.network_address import ip_version, is_ip_address, is_unspecified
from gateway.telephony.network.server_location import ServerLocator, ServerNotFound, reach_of
from gateway.telephony.network.stream_socket import StreamSocket
from gateway.telephony.network.tls import ClientContexts
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.network.unreachable import SentDatagrams

log = structlog.get_logger(__name__)


class Transports:
    """All listeners of a user agent, and its connections.

    ``receive(data, source)`` is called for each message that comes in; ``failed(outgoing, error)`` when one could not
    be sent, which may be later than ``send``, or when its connection was lost; ``error`` is None where the network says
    that nobody is there to respond. ``hears(host, now)`` says from whom connections are taken, ``admits(host, now)``
    whose messages are passed on. ``disconnected(hop)`` is called when a connection that we opened is gone. ``locator``
    finds the servers of a URI that can be reached from here. ``server_authorities`` has the PEM file of the authorities
    that must have signed the certificate of a TLS server, by its domain in small letters, where it is not the
    listener's or the system's.
    """

    def __init__(
        self,
        listeners: Sequence[Listener],
        *,
        receive: Callable[[bytes, Hop], None],
        failed: Callable[[Outgoing, str | None], None],
        tracer: Tracer | None = None,
        hears: Callable[[str, float], bool] | None = None,
        admits: Callable[[str, float], bool] | None = None,
        disconnected: Callable[[Hop], None] | None = None,
        limits: ConnectionLimits | None = None,
        locator: ServerLocator | None = None,
        server_authorities: Mapping[str, Path] | None = None,
    ) -> None:
        self._listeners = tuple(listeners)
        self.locator = locator or ServerLocator(reach_of(self._listeners))
        self._client_contexts = ClientContexts(server_authorities or {})
        self._receive = receive
        self._failed = failed
        self._tracer = tracer
        self._hears = hears or _everybody
        self._admits = admits or _everybody
        self._bound: list[BoundListener] = []
        self._datagrams = SentDatagrams()
        self._large = LargeRequests()
        self._named = NamedHops(self.locator, choose=self._choose, send=self.send, failed=self._sending_failed)
        self.connections = Connections(
            limits or ConnectionLimits(),
            received=self._take_from_stream,
            sent=self._trace_stream,
            failed=self._stream_failed,
            lost=failed,
            disconnected=disconnected or _nobody,
            local=self._local_for_connection,
            secures=self._context_for_connection,
        )

    @property
    def address(self) -> tuple[str, int]:
        """The address and port that the first listener is bound to."""
        if not self._bound:
            raise TelephonyError("The SIP user agent is not started")
        return self._bound[0].address

    @property
    def addresses(self) -> tuple[Hop, ...]:
        """Address, port and transport that each listener is bound to, in their order."""
        return tuple(Hop(*bound.address, bound.transport, bound.index) for bound in self._bound)

    async def start(self) -> None:
        """Bind every listener; raise ``TelephonyError`` that names host and port when one fails."""
        self._client_contexts.load()
        try:
            for index, listener in enumerate(self._listeners):
                self._bound.append(
                    BoundListener(
                        listener,
                        index,
                        on_datagram=self._take,
                        on_unreachable=self._unreachable,
                        on_accept=self._take_connection,
                    )
                )
            await asyncio.gather(*(bound.start() for bound in self._bound))
        except BaseException:
            await self._close_listeners()
            raise

    async def stop(self) -> None:
        """Close every socket; harmless when they are closed."""
        await self._named.stop()
        await self.connections.stop()
        await self._close_listeners()

    def send(self, outgoing: Outgoing) -> None:
        """Send a message, after its hop's name has been resolved where it has one."""
        if not self._bound:
            return
        hop = outgoing.hop
        if not is_ip_address(hop.host):
            self._named.send(outgoing)
        elif hop.reliable:
            self.connections.send(outgoing)
        elif not self._send_large(outgoing):
            self._send_datagram(outgoing)

    def local_address_for(self, host: str, listener: int | None = None) -> str:
        """Return the address that ``host`` should send media to: the public one, or the one that the route uses.

        ``listener`` is the index of the one that ``host`` is spoken to from, where that is known.
        """
        if not self._bound:
            raise TelephonyError("The SIP user agent is not started")
        bound = (self._listener_near(host) or nearest(self._bound, host)) if listener is None else self._bound[listener]
        return bound.media_address(host)

    def contact_address(self, hop: Hop) -> tuple[str, int]:
        """Return the address and port that stand in Via and Contact toward ``hop``.

        Those of the listener that it is spoken to from, or without one of its transport those of our connection to it.
        """
        bound = self._listener_for(hop)
        if bound is None and hop.reliable and is_ip_address(hop.host):
            try:
                return self.connections.local_address(hop)
            except TelephonyError as error:  # whoever sends the message is told
                log.debug("sip_no_connection_from_here", error=str(error))
        return (bound or self._listener_near(hop.host) or self._bound[0]).contact_address(hop.host)

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

    # UDP:

    def _take(self, data: bytes, source: Hop) -> None:
        if self._admits(source.host, self._now()):
            self._trace(data, source, self._bound[source.listener or 0].address, sent=False)
            self._receive(data, source)

    def _send_datagram(self, outgoing: Outgoing) -> None:
        hop = outgoing.hop
        bound = self._listener_for(hop)
        if bound is None:
            version = "IPv6" if ip_version(hop.host) == 6 else "IPv4"
            self._sending_failed(outgoing, f"There is no UDP listener for {version}")
            return
        try:
            bound.send_datagram(outgoing.data, hop.host, hop.port)
        except OSError as error:
            self._sending_failed(outgoing, error.strerror or str(error))
            return
        self._datagrams.add(outgoing)
        self._trace(outgoing.data, hop, bound.address, sent=True)

    def _unreachable(self, host: str, port: int) -> None:
        for outgoing in self._datagrams.unreachable(host, port):
            self._failed(outgoing, None)

    def _send_large(self, outgoing: Outgoing) -> bool:
        """Send a request over TCP if it is too large for UDP and both sides speak it; return whether it is sent."""
        if not self._large.wants_stream(outgoing, self._now()):
            return False
        hop = outgoing.hop._replace(transport="TCP", listener=None)
        bound = self._listener_for(hop)
        if bound is None:
            return False
        hop = hop._replace(listener=bound.index)
        moved = self._large.move(outgoing, hop, bound.contact_address(hop.host))
        if moved is None:
            return False
        if not self.connections.carries(moved):  # else it is a retransmission, which TCP needs not
            self.connections.send(moved, within_s=CONNECT_S)
        return True

    # TCP and TLS:

    def _take_connection(self, connection: socket.socket, source: Hop, context: ssl.SSLContext | None) -> None:
        if self._hears(source.host, self._now()):
            self.connections.accept(connection, source, context)
        else:
            connection.close()

    def _take_from_stream(self, data: bytes, stream: StreamSocket) -> None:
        if self._admits(stream.hop.host, self._now()):
            self._trace(data, stream.hop, stream.local, sent=False)
            self._receive(data, stream.hop)

    def _trace_stream(self, data: bytes, stream: StreamSocket) -> None:
        self._trace(data, stream.hop, stream.local, sent=True)

    def _stream_failed(self, outgoing: Outgoing, error: str) -> None:
        original = self._large.back(outgoing, self._now())
        if original is not None:
            self._send_datagram(original)
        else:
            self._sending_failed(outgoing, error)

    def _local_for_connection(self, hop: Hop) -> str | None:
        """Return the address that a connection to ``hop`` is opened from: that of the listener for its network."""
        bound = self._listener_for(hop) or self._listener_near(hop.host)
        if bound is None:
            raise TelephonyError(f"There is no listener for {'IPv6' if ip_version(hop.host) == 6 else 'IPv4'}")
        return None if is_unspecified(bound.address[0]) else bound.address[0]

    def _context_for_connection(self, hop: Hop) -> ssl.SSLContext | None:
        if hop.transport != "TLS":
            return None
        bound = self._listener_for(hop)
        return self._client_contexts.context(hop.server_name or hop.host, bound.tls if bound is not None else None)

    # Both:

    def _listener_for(self, hop: Hop) -> BoundListener | None:
        """Return the listener that ``hop`` is spoken to from; None when none can reach it."""
        if hop.listener is not None and hop.listener < len(self._bound) and self._bound[hop.listener].reaches(hop):
            return self._bound[hop.listener]
        able = [bound for bound in self._bound if bound.reaches(hop)]
        return nearest(able, hop.host) if able else None

    def _listener_near(self, host: str) -> BoundListener | None:
        """Return the listener on the way to ``host``, of any transport; None when none is of its IP version."""
        of_its_version = [bound for bound in self._bound if bound.version == ip_version(host)]
        return nearest(of_its_version, host) if of_its_version else None

    def _trace(self, data: bytes, remote: Hop, local: tuple[str, int], *, sent: bool) -> None:
        if self._tracer is not None:
            self._tracer(TracedMessage(time.time(), sent, local, remote, data))

    def _choose(self, hops: tuple[Hop, ...], named: Hop) -> Hop:
        """Choose a server of a name: the first, by the connection that it opened itself if there is one.

        A peer that connected to us is sent the requests of its calls by that connection, even where it has a name.
        """
        anybody = hops[0]._replace(server_name=named.server_name)
        return anybody if self.connections.leads_to(anybody) else hops[0]

    def _sending_failed(self, outgoing: Outgoing, error: str) -> None:
        log.warning("sip_send_failed", error=error, transport=outgoing.hop.transport)
        self._failed(outgoing, error)

    async def _close_listeners(self) -> None:
        bound, self._bound = self._bound, []
        for each in bound:
            each.close()
        await asyncio.gather(*(each.stop() for each in bound))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _everybody(host: str, now: float) -> bool:
    del host, now
    return True


def _nobody(hop: Hop) -> None:
    del hop
