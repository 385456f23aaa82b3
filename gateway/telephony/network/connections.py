"""All TCP and TLS connections of the user agent: taken, opened, found again, and closed (RFC 3261 section 18)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace

import structlog

from gateway.telephony.admission.source_address import source_key
from gateway.telephony.errors import TelephonyError
from gateway.telephony.messages.top_via import answered_transaction, read_top_via
from gateway.telephony.network.client_ports import ClientPorts
from gateway.telephony.network.connection_errors import describe_connection_error
from gateway.telephony.network.connection_table import ConnectionTable
from gateway.telephony.network.nat import seen_address
from gateway.telephony.network.network_address import is_private
from gateway.telephony.network.stream_connection import StreamConnection, StreamTimes
from gateway.telephony.network.stream_socket import CLOSING_S, StreamSocket
from gateway.telephony.network.transport import Hop, Outgoing

log = structlog.get_logger(__name__)

FAILURES_TOLD_EVERY_S = 10.0
"""How often the log tells of a connection that was not accepted."""
MOST_WAITING = 256
"""How many messages may wait for one connection to be opened."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be, and how long they may take, in seconds."""

    total: int = 1_000
    per_source: int = 100
    """Connections that one source opened; an IPv6 network counts as one."""
    connect_s: float = 5.0
    """For a connection, TLS included, to come about."""
    handshake_s: float = 5.0
    """For the TLS handshake of a peer that connects."""
    times: StreamTimes = field(default_factory=StreamTimes)


@dataclass(slots=True)
class ConnectionCounters:
    """What happened to connections."""

    accepted: int = 0
    refused_full: int = 0
    failed_handshakes: int = 0
    opened: int = 0
    failed_to_open: int = 0


class Connections:
    """The connections of all listeners.

    ``received(data, socket)`` is called for each message, ``sent(data, socket)`` once one is on its way,
    ``failed(outgoing, reason)`` when one could not be sent, and ``lost(outgoing, reason)`` for a request whose
    connection is gone before the answer. ``disconnected(hop)`` is called when a connection that we opened is gone.
    A connection to ``hop`` is opened from the address ``local(hop)`` (None: the one on the route), with the TLS context
    ``secures(hop)`` (None: without TLS); both raise ``TelephonyError`` when it cannot be opened.
    """

    def __init__(
        self,
        limits: ConnectionLimits,
        *,
        received: Callable[[bytes, StreamSocket], None],
        sent: Callable[[bytes, StreamSocket], None],
        failed: Callable[[Outgoing, str], None],
        lost: Callable[[Outgoing, str], None],
        disconnected: Callable[[Hop], None],
        local: Callable[[Hop], str | None],
        secures: Callable[[Hop], ssl.SSLContext | None],
    ) -> None:
        self.counters = ConnectionCounters()
        self._limits = limits
        self._received = received
        self._sent = sent
        self._failed = failed
        self._lost = lost
        self._disconnected = disconnected
        self._secures = secures
        self._ports = ClientPorts(local)
        self._table = ConnectionTable()
        self._opening: dict[Hop, list[Outgoing]] = {}
        self._sources: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tell_failure_at = float("-inf")
        self._stopping = False

    def __len__(self) -> int:
        return len(self._table.sockets)

    def accept(self, connection: socket.socket, hop: Hop, context: ssl.SSLContext | None) -> None:
        """Take over a connection from ``hop``, or close it when there are too many."""
        full = self._sources.total() + len(self._opening) >= self._limits.total
        if self._stopping or full or self._sources[source_key(hop.host)] >= self._limits.per_source:
            self.counters.refused_full += 1
            connection.close()
            return
        self.counters.accepted += 1
        self._sources[source_key(hop.host)] += 1
        task = self._spawn(self._accept(connection, hop, context))
        # A task that is cancelled before its first step has handed the socket to nobody.
        task.add_done_callback(lambda done: connection.close() if done.cancelled() else None)

    def send(self, outgoing: Outgoing, *, within_s: float | None = None) -> None:
        """Send by the connection to the message's hop, which is opened (``within_s``) if need be."""
        found = self._table.find(outgoing.hop)
        if found is not None:
            self._send_by(found, outgoing)
            return
        if outgoing.fallback is not None:
            self.send(replace(outgoing, hop=outgoing.fallback, fallback=None))
            return
        waiting = self._opening.get(outgoing.hop)
        if waiting is None:
            if self._stopping:
                return
            self._opening[outgoing.hop] = [outgoing]
            self._spawn(self._open(outgoing.hop, within_s or self._limits.connect_s))
        elif len(waiting) < MOST_WAITING:
            waiting.append(outgoing)
        else:
            self._failed(outgoing, "Too many messages wait for the connection")

    def leads_to(self, hop: Hop) -> bool:
        """Return whether a connection to ``hop`` is open."""
        return self._table.find(hop) is not None

    def local_address(self, hop: Hop) -> tuple[str, int]:
        """Return our address and port on the connection to ``hop``, also on one that is still to be opened.

        Behind NAT that is the public one, once the peer has told it. Raises ``TelephonyError`` when no connection can
        be opened from here.
        """
        found = self._table.find(hop)
        return self._ports.address(hop) if found is None else found.seen_as or found.local

    def carries(self, outgoing: Outgoing) -> bool:
        """Return whether this very request was sent by the open connection to its hop, or waits for it."""
        found = self._table.find(outgoing.hop)
        if found is not None and found.has_sent(outgoing):
            return True
        return outgoing in self._opening.get(outgoing.hop, ())

    async def stop(self) -> None:
        """Close every connection, once what is to be sent is on its way."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        over = [each.over for each in self._table.sockets]
        for each in list(self._table.sockets):
            each.close("The user agent was stopped")
        if over:
            await asyncio.wait(over, timeout=2 * CLOSING_S)
        self._ports.close()

    async def _accept(self, connection: socket.socket, hop: Hop, context: ssl.SSLContext | None) -> None:
        handshake_s = None if context is None else self._limits.handshake_s
        opened = False
        stream = self._socket(hop, accepted=True)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: stream, connection, ssl=context, ssl_handshake_timeout=handshake_s
            )
            opened = True
        except OSError as error:  # that of TLS is one too
            self._handshake_failed(hop, describe_connection_error(error))
        finally:
            if not opened and stream not in self._table.sockets:
                self._forget_source(hop.host)

    def _handshake_failed(self, hop: Hop, problem: str) -> None:
        self.counters.failed_handshakes += 1
        now = asyncio.get_running_loop().time()
        if now >= self._tell_failure_at:  # a scanner fails at hundreds of them
            self._tell_failure_at = now + FAILURES_TOLD_EVERY_S
            failures = self.counters.failed_handshakes
            log.info("sip_connection_not_accepted", transport=hop.transport, problem=problem, failures=failures)

    async def _open(self, hop: Hop, within_s: float) -> None:
        stream = self._socket(hop, accepted=False)
        try:
            async with asyncio.timeout(within_s):
                await self._connect(stream)
        except (OSError, ValueError, TelephonyError) as error:  # ValueError: a name that TLS cannot ask for
            self.counters.failed_to_open += 1
            for outgoing in self._opening.pop(hop):
                self._failed(outgoing, describe_connection_error(error))
            return
        except asyncio.CancelledError:
            self._opening.pop(hop, None)
            raise
        finally:
            self._ports.opened(hop)
        self.counters.opened += 1
        for outgoing in self._opening.pop(hop):
            self._send_by(stream, outgoing)

    async def _connect(self, stream: StreamSocket) -> None:
        hop, loop = stream.hop, asyncio.get_running_loop()
        context = self._secures(hop)
        ours = self._ports.take(hop)
        try:
            await loop.sock_connect(ours, (hop.host, hop.port))
        except BaseException:
            ours.close()
            raise
        name = None if context is None else hop.server_name or hop.host
        await loop.create_connection(lambda: stream, sock=ours, ssl=context, server_hostname=name)

    def _socket(self, hop: Hop, *, accepted: bool) -> StreamSocket:
        now = asyncio.get_running_loop().time()
        return StreamSocket(
            hop,
            StreamConnection(now, accepted=accepted, times=self._limits.times),
            accepted=accepted,
            opened=self._table.add,
            received=self._take,
            closed=self._lose,
        )

    def _send_by(self, stream: StreamSocket, outgoing: Outgoing) -> None:
        try:
            stream.send(outgoing.data, outgoing)
        except OSError as error:
            self._failed(outgoing, describe_connection_error(error))
        else:
            self._sent(outgoing.data, stream)

    def _take(self, stream: StreamSocket, data: bytes) -> None:
        self._table.learn(stream, data)
        answered = answered_transaction(data)
        if answered is not None:
            stream.mark_answered(answered)
        if not stream.accepted and stream.seen_as is None and is_private(stream.local[0]):
            self._learn_address(stream, data)
        self._received(data, stream)

    def _learn_address(self, stream: StreamSocket, data: bytes) -> None:
        """Note where the peer sees our end of the connection, as the first response by it tells (RFC 3581)."""
        via = read_top_via(data) if data[:4].upper() == b"SIP/" else None
        stream.seen_as = None if via is None else seen_address(via)

    def _lose(self, stream: StreamSocket, reason: str) -> None:
        self._table.remove(stream)
        if stream.accepted:
            self._forget_source(stream.hop.host)
        else:
            log.info("sip_connection_closed", transport=stream.hop.transport, reason=reason)
        for outgoing in stream.take_requests():
            if outgoing.hop.port != stream.hop.port and not self._stopping:
                # It was the peer's own connection. Where it listens it can still be reached, and takes the request
                # for a retransmission if it had it already.
                self.send(outgoing)
            else:
                self._lost(outgoing, reason)
        if not stream.accepted and not self._stopping:
            self._disconnected(stream.hop)

    def _forget_source(self, host: str) -> None:
        key = source_key(host)
        self._sources[key] -= 1
        if self._sources[key] <= 0:
            del self._sources[key]

    def _spawn(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
