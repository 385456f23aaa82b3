"""A TCP or TLS connection: the asyncio shell around ``StreamConnection``."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from gateway.telephony.network.connection_errors import describe_connection_error
from gateway.telephony.network.stream_connection import Action, Expired, Reply, StreamConnection
from gateway.telephony.network.stream_framer import StreamBroken
from gateway.telephony.network.stream_refusal import refuse_stream
from gateway.telephony.network.transport import Hop, Outgoing

SEND_QUEUE = 1 << 20
"""How much may wait to be sent, in octets; a peer that lets more gather does not read."""
STALLED_S = 10.0
"""How long a peer may read nothing of what waits for it."""
CLOSING_S = 2.0
"""How long a connection that is being closed may take for what is still to be sent."""
_STALLED_AT = 64 * 1024
_REMEMBERED = 256
"""How many unanswered requests are told when the connection is lost; a peer has far fewer under way."""


class StreamSocket(asyncio.Protocol):
    """One connection to ``hop``, whoever opened it.

    ``opened(socket)`` is called first, ``received(socket, data)`` for each message, and ``closed(socket, reason)`` when
    it is over; one that never opened is not closed either.
    """

    def __init__(
        self,
        hop: Hop,
        connection: StreamConnection,
        *,
        accepted: bool,
        opened: Callable[[StreamSocket], None],
        received: Callable[[StreamSocket, bytes], None],
        closed: Callable[[StreamSocket, str], None],
    ) -> None:
        self.hop = hop
        self.accepted = accepted
        self.local: tuple[str, int] = ("", 0)
        """The address and port of this end."""
        self.seen_as: tuple[str, int] | None = None
        """The address and port that the peer sees this end at, where it has told; behind NAT they are others."""
        self._connection = connection
        self._opened = opened
        self._received = received
        self._closed = closed
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._reason = "The connection was closed by the peer"
        self._requests: dict[str, Outgoing] = {}
        self.over = self._loop.create_future()
        """Done when the connection is closed."""

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._transport is not None and self._closing is None and not self._transport.is_closing()

    def send(self, data: bytes, request: Outgoing | None = None) -> None:
        """Send ``data``; ``request`` is what ``take_requests`` returns when its connection is lost.

        Raises OSError when the connection cannot take it.
        """
        if self._transport is None or not self.is_open:
            raise ConnectionError("The connection is closed")
        if self._transport.get_write_buffer_size() + len(data) > SEND_QUEUE:
            self.abort("The peer does not read what it is sent")
            raise ConnectionError(self._reason)
        if request is not None and request.transaction is not None:
            self._requests[request.transaction] = request
            if len(self._requests) > _REMEMBERED:
                del self._requests[next(iter(self._requests))]
        self._transport.write(data)
        self._connection.sent(self._loop.time())
        self._set_timer()

    def has_sent(self, request: Outgoing) -> bool:
        """Return whether this very request was sent by this connection already."""
        sent = self._requests.get(request.transaction or "")
        return sent is not None and sent.data == request.data

    def mark_answered(self, transaction: str) -> None:
        """Note that a request got its final response."""
        self._requests.pop(transaction, None)

    def take_requests(self) -> list[Outgoing]:
        """Return the requests that were sent by this connection and not answered, once."""
        requests, self._requests = self._requests, {}
        return list(requests.values())

    def close(self, reason: str) -> None:
        """Close the connection once what is still to be sent is on its way; harmless when it is closed."""
        if self._transport is None or not self.is_open:
            return
        self._reason = reason
        self._closing = self._loop.call_later(CLOSING_S, self._transport.abort)
        self._transport.close()

    def abort(self, reason: str) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._reason = reason
            self._transport.abort()

    # What asyncio calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream socket needs a stream")
        self._transport = transport
        self._transport.set_write_buffer_limits(high=_STALLED_AT)
        self.local = transport.get_extra_info("sockname")[:2]
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # A message is whole as it is sent; waiting for more would hold it back until the peer's delayed ACK.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._set_timer()
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        """Take octets from the peer."""
        if self.is_open:
            self._do(self._connection.receive(data, self._loop.time()))

    def pause_writing(self) -> None:
        """Note that the peer reads slower than we send."""
        self._stalled = self._loop.call_later(STALLED_S, self.abort, "The peer does not read what it is sent")

    def resume_writing(self) -> None:
        """Note that the peer reads again."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._timer, self._stalled, self._closing):
            if timer is not None:
                timer.cancel()
        if exc is not None:
            self._reason = describe_connection_error(exc)
        self._transport = None
        self._closed(self, self._reason)
        if not self.over.done():
            self.over.set_result(None)

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            if not self.is_open:
                return
            if isinstance(action, Reply):
                self._write(action.data)
            elif isinstance(action, StreamBroken):
                self._write(refuse_stream(action, self.hop) or b"")
                self.close(action.reason)
            elif isinstance(action, Expired):
                self.close(f"The connection was closed: {action.reason}")
            else:
                self._received(self, action.data)
        if self.is_open:
            self._set_timer()

    def _write(self, data: bytes) -> None:
        """Send what is no message of a call: answers to keep-alives and to what cannot be read."""
        if self._transport is None or self._transport.get_write_buffer_size() + len(data) > SEND_QUEUE:
            self.abort("The peer does not read what it is sent")
        elif data:
            self._transport.write(data)

    def _poll(self) -> None:
        self._timer = None
        self._do(self._connection.poll(self._loop.time()))

    def _set_timer(self) -> None:
        """See that ``_poll`` is called by the deadline; one that comes too early finds nothing to do."""
        deadline = self._connection.deadline
        if self._timer is not None:
            if deadline is not None and self._timer.when() <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._loop.call_at(deadline, self._poll)
