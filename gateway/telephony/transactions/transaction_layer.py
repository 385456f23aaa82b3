"""Keeps all transactions: finds the one that a message belongs to and drives their timers (RFC 3261 section 17)."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.messages.headers import MAGIC_COOKIE
from gateway.telephony.messages.message import Message, Request, Response
from gateway.telephony.network.transport import Hop, Outgoing, response_hops
from gateway.telephony.transactions.client_transaction import InviteClientTransaction, NonInviteClientTransaction
from gateway.telephony.transactions.server_transaction import InviteServerTransaction, NonInviteServerTransaction
from gateway.telephony.transactions.timers import DeadlineQueue, Timers
from gateway.telephony.transactions.transaction import Deliver, Output, State, TimedOut, Transmit

ClientMachine: TypeAlias = InviteClientTransaction | NonInviteClientTransaction
ServerMachine: TypeAlias = InviteServerTransaction | NonInviteServerTransaction

_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]+)", re.IGNORECASE)


@dataclass(eq=False, slots=True)
class ClientTransaction:
    """A client transaction and where it sends to."""

    key: str
    machine: ClientMachine
    hop: Hop

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return self.machine.deadline

    @property
    def request(self) -> Request:
        """The request that it sends."""
        return self.machine.request


@dataclass(eq=False, slots=True)
class ServerTransaction:
    """A server transaction, where its request came from and where its responses go."""

    key: Hashable
    origin: Hashable
    machine: ServerMachine
    source: Hop
    hop: Hop
    fallback: Hop | None = None

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return self.machine.deadline

    @property
    def request(self) -> Request:
        """The request that it answers; raises RuntimeError once it is forgotten."""
        if self.machine.request is None:
            raise RuntimeError("the request of a transaction that is answered has been forgotten")
        return self.machine.request

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self.machine.answered


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A new request; ``merged``: another path brought it before (RFC 3261 section 8.2.2.2), or it is ours come back."""

    request: Request
    transaction: ServerTransaction
    merged: bool = False


@dataclass(frozen=True, slots=True)
class AckReceived:
    """An ACK that belongs to a 2xx, and thus to a dialog."""

    request: Request


@dataclass(frozen=True, slots=True)
class ResponseReceived:
    """A response to a request of ours."""

    response: Response
    transaction: ClientTransaction


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """No final response to a request of ours came, or it could not be sent (``error``)."""

    transaction: ClientTransaction
    error: str | None = None


@dataclass(frozen=True, slots=True)
class AckMissing:
    """No ACK came to a final response other than 2xx."""

    transaction: ServerTransaction


Event: TypeAlias = RequestReceived | AckReceived | ResponseReceived | RequestFailed | AckMissing


class TransactionLayer:
    """All transactions of a user agent. Messages to be sent gather in ``take_outgoing``."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self._clients: dict[str, ClientTransaction] = {}
        self._servers: dict[Hashable, ServerTransaction] = {}
        self._origins: dict[Hashable, ServerTransaction] = {}
        self._queue: DeadlineQueue[ClientTransaction | ServerTransaction] = DeadlineQueue()
        self._outgoing: list[Outgoing] = []
        self._terminated: list[ClientTransaction | ServerTransaction] = []

    @property
    def pending_requests(self) -> int:
        """How many requests of ours wait for a final response."""
        waiting = (State.CALLING, State.TRYING, State.PROCEEDING)
        return sum(1 for client in self._clients.values() if client.machine.state in waiting)

    def take_outgoing(self) -> list[Outgoing]:
        """Return what is to be sent, once."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def take_terminated(self) -> list[ClientTransaction | ServerTransaction]:
        """Return the transactions that ended, once."""
        terminated, self._terminated = self._terminated, []
        return terminated

    def next_deadline(self) -> float | None:
        """Return when ``poll`` has something to do."""
        return self._queue.next_deadline()

    def receive(self, message: Message, source: Hop, now: float) -> list[Event]:
        """Take a message that came from ``source``."""
        if isinstance(message, Response):
            return self._receive_response(message, now)
        message.stamp_source(source.host, source.port)
        return self._receive_request(message, source, now)

    def poll(self, now: float) -> list[Event]:
        """Do what is due."""
        events: list[Event] = []
        for transaction in self._queue.due(now):
            events += self._take(transaction, transaction.machine.poll(now))
        return events

    def send_request(self, request: Request, hop: Hop, now: float) -> ClientTransaction:
        """Send a request (not an ACK) in a transaction of its own."""
        machine = _client_machine(request, self.timers, hop)
        transaction = ClientTransaction(_client_key(request), machine, hop)
        self._clients[transaction.key] = transaction
        self._take(transaction, machine.start(now))
        return transaction

    def resend(self, transaction: ClientTransaction, request: Request, now: float) -> None:
        """Send ``request`` in place of the one of ``transaction``, which was challenged; the object stands for the new.

        What is left of the old one (it may have to repeat its ACK) goes on without an owner.
        """
        past = ClientTransaction(transaction.key, transaction.machine, transaction.hop)
        if past.machine.state is not State.TERMINATED:
            self._clients[past.key] = past
            self._queue.schedule(past)
        transaction.machine = _client_machine(request, self.timers, transaction.hop)
        transaction.key = _client_key(request)
        self._clients[transaction.key] = transaction
        self._take(transaction, transaction.machine.start(now))

    def send_stateless(self, message: Message, hop: Hop) -> None:
        """Send a message that has no transaction: the ACK to a 2xx, the answer to what cannot be read."""
        self._outgoing.append(Outgoing(message.serialise(), hop))

    def respond(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Send a response."""
        self._take(transaction, transaction.machine.respond(response, now))

    def forget_request(self, transaction: ServerTransaction) -> None:
        """Forget the request of an answered transaction, which stays for 64*T1 only to repeat its response.

        There are thousands of those on a busy gateway: what they held would slow every garbage collection.
        """
        if transaction.answered:
            transaction.machine.request = None

    def knows(self, request: Request) -> bool:
        """Return whether ``request`` belongs to a server transaction that is there, so is a retransmission."""
        return _server_key(request, request.method) in self._servers

    def find_invite(self, cancel: Request) -> ServerTransaction | None:
        """Return the INVITE that ``cancel`` means (section 9.2)."""
        return self._servers.get(_server_key(cancel, "INVITE"))

    def fail(self, key: str, error: str | None) -> list[Event]:
        """Note that the transport could not send for the client transaction ``key`` (section 17.1.4).

        ``error`` is None when the network says that nobody is there to respond.
        """
        transaction = self._clients.get(key)
        if transaction is None:
            return []
        waiting = transaction.machine.state in (State.CALLING, State.TRYING, State.PROCEEDING)
        self.abandon(transaction)
        return [RequestFailed(transaction, error)] if waiting else []

    def abandon(self, transaction: ClientTransaction) -> None:
        """End a client transaction at once."""
        transaction.machine.abandon()
        self._take(transaction, [])

    def _receive_response(self, response: Response, now: float) -> list[Event]:
        if len(response.headers.get_list("Via")) != 1:
            return []  # it was meant for somebody else (section 8.1.3.3)
        transaction = self._clients.get(f"{response.top_via.branch} {response.cseq.method}")
        return [] if transaction is None else self._take(transaction, transaction.machine.receive(response, now))

    def _receive_request(self, request: Request, source: Hop, now: float) -> list[Event]:
        method = "INVITE" if request.method == "ACK" else request.method
        key = _server_key(request, method)
        transaction = self._servers.get(key)
        if transaction is not None:
            return self._take(transaction, transaction.machine.receive(request, now))
        if request.method == "ACK":
            return [AckReceived(request)]
        kind = InviteServerTransaction if method == "INVITE" else NonInviteServerTransaction
        machine = kind(request, self.timers, reliable=source.reliable)
        origin = _origin(request)
        transaction = ServerTransaction(key, origin, machine, source, *response_hops(request.top_via, source))
        self._servers[key] = transaction
        # Only a request outside a dialog can be merged; CANCEL shares its INVITE's origin in all but the method.
        merged = not request.to_address.tag and (origin in self._origins or self._has_sent(request))
        self._origins.setdefault(origin, transaction)
        return [RequestReceived(request, transaction, merged)]

    def _has_sent(self, request: Request) -> bool:
        """Return whether ``request`` is one of ours that a proxy leads back to us: a Via below its own is ours."""
        if not self._clients:
            return False
        branches = _BRANCH.findall(", ".join(request.headers.get_all("Via")))
        own = request.top_via.branch
        return any(f"{branch} {request.method}" in self._clients for branch in branches if branch != own)

    def _take(self, transaction: ClientTransaction | ServerTransaction, outputs: list[Output]) -> list[Event]:
        events: list[Event] = []
        for output in outputs:
            if isinstance(output, Transmit):
                failing = transaction.key if isinstance(transaction, ClientTransaction) else None
                fallback = transaction.fallback if isinstance(transaction, ServerTransaction) else None
                self._outgoing.append(Outgoing(output.data, transaction.hop, failing, fallback))
            elif isinstance(output, Deliver):
                events.append(_delivered(transaction, output.message))
            else:
                events.append(_timed_out(transaction, output))
        self._queue.schedule(transaction)
        if transaction.machine.state is State.TERMINATED:
            self._remove(transaction)
        return events

    def _remove(self, transaction: ClientTransaction | ServerTransaction) -> None:
        self._terminated.append(transaction)
        if isinstance(transaction, ClientTransaction):
            self._clients.pop(transaction.key, None)
            return
        self._servers.pop(transaction.key, None)
        if self._origins.get(transaction.origin) is transaction:
            del self._origins[transaction.origin]


def _client_key(request: Request) -> str:
    return f"{request.top_via.branch} {request.method}"


def _client_machine(request: Request, timers: Timers, hop: Hop) -> ClientMachine:
    kind = InviteClientTransaction if request.method == "INVITE" else NonInviteClientTransaction
    return kind(request, timers, reliable=hop.reliable)


def _delivered(transaction: ClientTransaction | ServerTransaction, message: Message) -> Event:
    if isinstance(message, Request):
        return AckReceived(message)
    if isinstance(transaction, ServerTransaction):
        raise TypeError("a server transaction delivers no response")
    return ResponseReceived(message, transaction)


def _timed_out(transaction: ClientTransaction | ServerTransaction, _: TimedOut) -> Event:
    return RequestFailed(transaction) if isinstance(transaction, ClientTransaction) else AckMissing(transaction)


def _origin(request: Request) -> Hashable:
    return request.call_id, request.from_address.tag, request.cseq.number, request.cseq.method


def _server_key(request: Request, method: str) -> Hashable:
    """Return what identifies a server transaction (section 17.2.3)."""
    via = request.top_via
    # Of Via only what its sender wrote: the key is the same before and after ``received`` and ``rport`` are filled in.
    sent_by = via.branch, via.host.lower(), via.port, method
    if via.branch.startswith(MAGIC_COOKIE) and via.branch != MAGIC_COOKIE:
        return sent_by
    # RFC 2543 peers give no unique branch. The To tag is left out: an ACK has one, its INVITE does not.
    return str(request.uri), request.from_address.tag, request.call_id, request.cseq.number, *sent_by
