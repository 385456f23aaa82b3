"""The user agent, sans I/O: datagrams and a clock in, datagrams and events out (RFC 3261 sections 8 and 12 to 15)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeAlias

from gateway.telephony.admission.call_gate import CallGate, CallLimits
from gateway.telephony.admission.guarded_policy import GuardedPolicy
from gateway.telephony.admission.request_check import Refusal, check_request
from gateway.telephony.admission.request_policy import AdmitAll, Admitted, RequestPolicy
from gateway.telephony.admission.request_screen import RequestScreen
from gateway.telephony.admission.source_guard import SourceGuard
from gateway.telephony.authentication.resending import RequestAuthentication
from gateway.telephony.errors import MalformedMessage, NotAcceptableHere
from gateway.telephony.events import Ended, Event, InviteReceived, OfferRefused
from gateway.telephony.messages.headers import MAGIC_COOKIE, NameAddress, Via
from gateway.telephony.messages.message import Request, Response, parse_message
from gateway.telephony.messages.responses import ACCEPT, create_response
from gateway.telephony.messages.uri import host_port
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.sessions.dialog import DialogId, receiving_dialog_id
from gateway.telephony.sessions.incoming_session import IncomingSession
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.new_invite import read_invite
from gateway.telephony.sessions.option_tags import capabilities
from gateway.telephony.sessions.outgoing_session import OutgoingSession
from gateway.telephony.sessions.refusal import REFUSING, refusal_for
from gateway.telephony.sessions.session import Session
from gateway.telephony.sessions.session_parameters import SessionParameters
from gateway.telephony.signalling import Polled, RequestOwner
from gateway.telephony.transactions.timers import DeadlineQueue, Timers
from gateway.telephony.transactions.transaction import State, earliest
from gateway.telephony.transactions.transaction_layer import (
    AckReceived,
    ClientTransaction,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    ServerTransaction,
    TransactionLayer,
)
from gateway.telephony.transactions.transaction_layer import Event as TransactionEvent

_random = secrets.SystemRandom()

DialogObserver: TypeAlias = Callable[[Session], None]


class UserAgentCore:
    """All calls of one user agent.

    ``local_address`` gives the address that a hop should see in Via and Contact. After each call of a method, also one
    of a session, ``take_outgoing`` and ``take_events`` hold what came of it, and ``next_deadline`` when to ``poll``.
    """

    def __init__(
        self,
        local_address: Callable[[Hop], tuple[str, int]],
        *,
        max_calls: int,
        user_agent: str,
        timers: Timers | None = None,
        policy: RequestPolicy | None = None,
        limits: CallLimits | None = None,
        uniform: Callable[[float, float], float] = _random.uniform,
    ) -> None:
        self.timers = timers or Timers()
        self.uniform = uniform
        self.gate = CallGate(max_calls, limits)
        self.counters = self.gate.counters
        self._local_address = local_address
        self._user_agent = user_agent
        policy = policy or AdmitAll()
        self.guard = SourceGuard(policy.trusts, self.counters)
        self._transactions = TransactionLayer(self.timers)
        self._dialogs: dict[DialogId, Session] = {}
        self._screen = RequestScreen(
            self.gate,
            GuardedPolicy(policy, self.guard, self.counters),
            self._transactions,
            dialogs=self._dialogs,
            user_agent=user_agent,
        )
        self._invites: dict[ServerTransaction, IncomingSession] = {}
        self._owners: dict[ClientTransaction, RequestOwner] = {}
        self._authentications: dict[ClientTransaction, RequestAuthentication] = {}
        self._queue: DeadlineQueue[Polled] = DeadlineQueue()
        self._running: set[Session] = set()
        self.dialog_observer: DialogObserver | None = None
        """Told of every change of a session that has a dialog."""
        self._events: list[Event] = []

    @property
    def calls(self) -> int:
        """How many calls are under way."""
        return self.gate.calls

    @property
    def draining(self) -> bool:
        """Whether new calls are refused because the gateway goes down."""
        return self.gate.draining

    @draining.setter
    def draining(self, draining: bool) -> None:
        self.gate.draining = draining

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way, no ended one waits for an ACK, and no request of ours for its response."""
        return not self._running and not self._dialogs and self._transactions.pending_requests == 0

    def take_outgoing(self) -> list[Outgoing]:
        """Return what is to be sent, once."""
        return self._transactions.take_outgoing()

    def take_events(self) -> list[Event]:
        """Return what happened, once."""
        events, self._events = self._events, []
        return events

    def next_deadline(self) -> float | None:
        """Return when ``poll`` has something to do."""
        return earliest(self._transactions.next_deadline(), self._queue.next_deadline())

    def receive(self, data: bytes, source: Hop, now: float) -> None:
        """Take one datagram."""
        if not data.strip(b"\r\n\x00"):
            return  # a keep-alive (RFC 5626 section 3.5.1, and what phones make of it)
        try:
            message = parse_message(data)
            admitted = self._screen.judge(message, source, now) if isinstance(message, Request) else Admitted()
            if admitted is not None:
                self._dispatch(self._transactions.receive(message, source, now), now, admitted)
        except MalformedMessage as error:
            self._screen.refuse_malformed(error, source, now)

    def poll(self, now: float) -> None:
        """Do what is due."""
        self._dispatch(self._transactions.poll(now), now)
        for polled in self._queue.due(now):
            polled.poll(now)
            if isinstance(polled, Session):
                self.touch(polled)
            else:
                self.schedule(polled)
        self._forget_terminated()

    def transport_failed(self, transaction: str, error: str | None, now: float) -> None:
        """Note that a message of a client transaction could not be sent, or that nobody is there (``error`` None)."""
        self._dispatch(self._transactions.fail(transaction, error), now)

    def invite(
        self,
        *,
        target: NameAddress,
        caller: NameAddress,
        hop: Hop,
        negotiation: Negotiation,
        now: float,
        parameters: SessionParameters | None = None,
        trunk: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> OutgoingSession:
        """Begin a call to ``target`` by way of ``hop``; ``caller`` is From without its tag.

        It counts among the calls of ``trunk``. ``headers`` are added to the INVITE.
        """
        session = OutgoingSession(
            self,
            f"{secrets.token_hex(16)}@{self._local_address(hop)[0]}",
            target=target,
            caller=caller.tagged(self.new_tag()),
            hop=hop,
            negotiation=negotiation,
            parameters=parameters or SessionParameters(),
            trunk=trunk,
            headers=headers,
        )
        self._begin(session)
        session.start(now)
        return session

    # What sessions use (the Signalling protocol):

    def contact(self, hop: Hop, *, secure: bool = False) -> str:
        """Return our Contact toward ``hop``; ``secure``: over TLS it is a SIPS URI (RFC 3261 section 8.1.1.8)."""
        place = host_port(*self._local_address(hop))
        if secure and hop.transport == "TLS":
            return f"<sips:{place}>"
        return f"<sip:{place};transport={hop.transport.lower()}>" if hop.reliable else f"<sip:{place}>"

    def via(self, hop: Hop) -> str:
        """Return a Via with a new branch toward ``hop``."""
        host, port = self._local_address(hop)
        # The peer may send its own requests by a connection that we opened (RFC 5923 section 4).
        alias = ";alias" if hop.reliable else ""
        return f"{Via(host, port, hop.transport)};branch={MAGIC_COOKIE}{secrets.token_hex(10)};rport{alias}"

    def new_tag(self) -> str:
        """Return a new tag (RFC 3261 section 19.3)."""
        return secrets.token_hex(8)

    def send_request(
        self,
        owner: RequestOwner,
        request: Request,
        hop: Hop,
        now: float,
        authentication: RequestAuthentication | None = None,
    ) -> ClientTransaction:
        """Send a request in a transaction; what comes of it is told to ``owner``.

        ``authentication`` answers challenges; then the request is sent again and the transaction that is returned
        stands for the new one too.
        """
        request.headers.add("User-Agent", self._user_agent)
        if authentication is not None:
            authentication.authorise(request)
        transaction = self._transactions.send_request(request, hop, now)
        self._owners[transaction] = owner
        if authentication is not None:
            self._authentications[transaction] = authentication
        return transaction

    def send_ack(self, ack: Request, hop: Hop) -> None:
        """Send the ACK to a 2xx."""
        self._transactions.send_stateless(ack, hop)

    def abandon(self, transaction: ClientTransaction) -> None:
        """End a transaction that nobody waits for."""
        self._transactions.abandon(transaction)

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        *,
        now: float,
        to_tag: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Response:
        """Send a response and return it."""
        if to_tag is None and status > 100:
            to_tag = self.new_tag()
        response = create_response(
            transaction.request,
            status,
            reason,
            to_tag=to_tag,
            headers=(*headers, ("Server", self._user_agent)),
            body=body,
        )
        self._transactions.respond(transaction, response, now)
        return response

    def repeat(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Send a 2xx or a reliable provisional response again."""
        self._transactions.respond(transaction, response, now)

    def emit(self, event: Event) -> None:
        """Tell the shell."""
        if isinstance(event, Ended):
            self._end(event.session)
        self._events.append(event)

    def touch(self, session: Session) -> None:
        """Note that the session's deadline may have changed, or that it is finished."""
        self._queue.schedule(session)
        if session.finished and isinstance(session, IncomingSession):
            self._invites.pop(session.transaction, None)
            self._transactions.forget_request(session.transaction)
        if session.dialog is not None and self.dialog_observer is not None:
            self.dialog_observer(session)
        for dialog_id in session.dialog_ids:
            if session.finished:
                self._dialogs.pop(dialog_id, None)
            else:
                self._dialogs.setdefault(dialog_id, session)

    def answer_options(self, transaction: ServerTransaction, parameters: SessionParameters, now: float) -> None:
        """Answer OPTIONS with what this side can do (section 11.2)."""
        headers = (*capabilities(parameters), ("Accept", ACCEPT), ("Accept-Encoding", "identity"))
        self.respond(transaction, 200, now=now, headers=headers)

    def schedule(self, polled: Polled) -> None:
        """Note that the deadline of something other than a session may have changed."""
        self._queue.schedule(polled)

    # Taking what the transactions pass up:

    def _dispatch(self, events: list[TransactionEvent], now: float, admitted: Admitted | None = None) -> None:
        for event in events:
            if isinstance(event, RequestReceived):
                try:
                    self._receive_request(event.transaction, now, admitted or Admitted(), merged=event.merged)
                except Exception:  # a transaction that is not answered would be kept for ever
                    self._fail(event.transaction, now)
                    raise
                self._transactions.forget_request(event.transaction)
            elif isinstance(event, AckReceived):
                self._receive_ack(event.request, now)
            elif isinstance(event, ResponseReceived):
                self._receive_response(event, now)
            elif isinstance(event, RequestFailed):
                self._authentications.pop(event.transaction, None)
                owner = self._owners.pop(event.transaction, None)
                if owner is not None:
                    owner.request_failed(event.transaction, event.error, now)
        self._forget_terminated()

    def _receive_request(self, transaction: ServerTransaction, now: float, admitted: Admitted, *, merged: bool) -> None:
        request = transaction.request
        session = self._dialogs.get(receiving_dialog_id(request)) if request.to_address.tag else None
        parameters = admitted.parameters if session is None else session.parameters
        refusal = check_request(request, merged=merged, parameters=parameters)
        if refusal is not None:
            self._refuse(transaction, refusal, now)
        elif request.method == "CANCEL":
            self._receive_cancel(transaction, now)
        elif session is not None:
            session.receive_request(transaction, now)
        elif request.to_address.tag:
            self.respond(transaction, 481, now=now)
        elif request.method == "INVITE":
            self._receive_invite(transaction, now, admitted)
        elif request.method == "OPTIONS":
            self.answer_options(transaction, parameters, now)
        else:
            self.respond(transaction, 481, now=now)

    def _receive_invite(self, transaction: ServerTransaction, now: float, admitted: Admitted) -> None:
        try:
            invite = read_invite(transaction.request, admitted, self._dialogs.get)
            session = IncomingSession(self, transaction, self.new_tag(), invite, admitted, now=now)
        except REFUSING as error:
            self._refuse(transaction, refusal_for(error), now)
            if isinstance(error, NotAcceptableHere):
                self.emit(OfferRefused(transaction.request.call_id, admitted.trunk, str(error)))
            return
        self.respond(transaction, 100, now=now)
        self._begin(session)
        self._invites[transaction] = session
        self.touch(session)
        self.emit(InviteReceived(session))

    def _receive_cancel(self, transaction: ServerTransaction, now: float) -> None:
        invite = self._transactions.find_invite(transaction.request)
        if invite is None:
            self.respond(transaction, 481, now=now)
            return
        session = self._invites.get(invite)
        self.respond(transaction, 200, now=now, to_tag=session.local_tag if session else None)
        if session is not None:
            session.cancel(transaction.request, now)

    def _receive_ack(self, ack: Request, now: float) -> None:
        session = self._dialogs.get(receiving_dialog_id(ack))
        if session is not None:
            session.receive_ack(ack, now)

    def _receive_response(self, event: ResponseReceived, now: float) -> None:
        transaction, response = event.transaction, event.response
        authentication = self._authentications.get(transaction)
        if authentication is not None and response.status in (401, 407):
            again = authentication.retry(transaction.request, response, self.via(transaction.hop))
            if again is not None:
                self._transactions.resend(transaction, again, now)
                return
        owner = self._owners.get(transaction)
        if owner is not None:
            owner.receive_response(transaction, response, now)

    def _refuse(self, transaction: ServerTransaction, refusal: Refusal, now: float) -> None:
        self.respond(transaction, refusal.status, refusal.reason, now=now, headers=refusal.headers)

    def _fail(self, transaction: ServerTransaction, now: float) -> None:
        session = self._invites.get(transaction)
        if session is not None:
            session.reject(now, 500)
        elif not transaction.answered:
            self.respond(transaction, 500, now=now)

    def _begin(self, session: Session) -> None:
        self._running.add(session)
        self.gate.began(session.trunk)

    def _end(self, session: Session) -> None:
        if session in self._running:
            self._running.remove(session)
            self.gate.ended(session.trunk)

    def _forget_terminated(self) -> None:
        for transaction in self._transactions.take_terminated():
            if isinstance(transaction, ServerTransaction):
                self._invites.pop(transaction, None)
            elif transaction.machine.state is State.TERMINATED:  # and not sent again with credentials
                self._owners.pop(transaction, None)
                self._authentications.pop(transaction, None)
