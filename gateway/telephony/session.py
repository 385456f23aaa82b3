"""A call's signalling once it has a dialog: ACK, re-INVITE and BYE (RFC 3261 sections 13 to 15).

Sans I/O: messages and a clock go in, requests and events leave through ``Signalling``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.media.parameters import StreamParameters
from gateway.telephony.body import UnsupportedBody, session_body
from gateway.telephony.dialog import Dialog
from gateway.telephony.errors import CallEnded, MalformedMessage, NotAcceptableHere, SdpError
from gateway.telephony.events import Ended, EndReason, Established, StreamChanged
from gateway.telephony.grammar import quote
from gateway.telephony.message import Message, Request, Response
from gateway.telephony.negotiation import Negotiation
from gateway.telephony.request_check import Refusal
from gateway.telephony.responses import ALLOW
from gateway.telephony.sdp import parse_sdp
from gateway.telephony.session_parameters import SessionParameters
from gateway.telephony.signalling import RequestOwner, Signalling
from gateway.telephony.timers import Retransmission, Timers
from gateway.telephony.transaction import earliest
from gateway.telephony.transaction_layer import ClientTransaction, ServerTransaction

RequestHandler: TypeAlias = Callable[[ServerTransaction, float], None]
"""Takes a request of a dialog, which it has to respond to, and the time."""


class AcceptedInvite:
    """A 2xx that waits for its ACK: sent again and again until that comes (RFC 3261 section 13.3.1.4)."""

    def __init__(self, transaction: ServerTransaction, response: Response, timers: Timers, now: float) -> None:
        self.transaction = transaction
        self.response = response
        self.cseq = transaction.request.cseq.number
        self.expires = now + timers.timeout
        self.retransmission = Retransmission.beginning(now, timers.t1, timers.t2)

    @property
    def deadline(self) -> float:
        """When to retransmit or to give up."""
        return min(self.expires, self.retransmission.due)


class Session:
    """What incoming and outgoing calls share."""

    def __init__(self, signalling: Signalling, call_id: str, parameters: SessionParameters) -> None:
        self.call_id = call_id
        self.parameters = parameters
        self.handlers: dict[str, RequestHandler] = {"BYE": self._receive_bye, "INVITE": self._receive_reinvite}
        """Who takes a request of this dialog, by its method; a method without a handler gets 405."""
        self.dialog: Dialog | None = None
        self.stream: StreamParameters | None = None
        self.end: Ended | None = None
        self._signalling = signalling
        self._negotiation: Negotiation | None = None
        self._accepted: AcceptedInvite | None = None
        self._answer_in_ack = False
        self._bye_after_ack = False
        self._bye: ClientTransaction | None = None
        self._reason_header: str | None = None

    @property
    def signalling(self) -> Signalling:
        """The user agent that this call belongs to."""
        return self._signalling

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._accepted.deadline if self._accepted else None)

    @property
    def finished(self) -> bool:
        """Whether the call is over and nothing of it is under way any more."""
        return self.end is not None and self._accepted is None and self._bye is None

    def poll(self, now: float) -> None:
        """Do what is due."""
        accepted = self._accepted
        if accepted is None:
            return
        if now >= accepted.expires:
            self._accepted = None
            self._send_bye(now)
            self._finish(EndReason.NO_ACK)
        elif now >= accepted.retransmission.due:
            self._signalling.repeat(accepted.transaction, accepted.response, now)
            accepted.retransmission.advance(now)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of this dialog."""
        request = transaction.request
        handler = self.handlers.get(request.method)
        if self.dialog is None or not self.dialog.accepts(request):
            self._signalling.respond(transaction, 500, "The CSeq is out of order", now=now)
        elif handler is None:
            self._signalling.respond(transaction, 405, now=now, headers=(("Allow", ALLOW),))
        else:
            handler(transaction, now)
        self._signalling.touch(self)

    def receive_ack(self, ack: Request, now: float) -> None:
        """Take the ACK to a 2xx of ours."""
        if self._accepted is None or ack.cseq.number != self._accepted.cseq:
            return
        self._accepted = None
        if self._bye_after_ack:
            self._send_bye(now)
        elif self._answer_in_ack and self.end is None:
            self._answer_in_ack = False
            self._accept_answer(ack, now)
        self._signalling.touch(self)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a request of this call."""
        if transaction is self._bye and response.status >= 200:
            self._bye = None
        self._signalling.touch(self)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a request of this call got no final response."""
        if transaction is self._bye:
            self._bye = None
        self._signalling.touch(self)

    def hang_up(self, now: float, reason: str | None = None) -> None:
        """End the call with BYE; harmless when it is over. ``reason`` goes out in a Reason header (RFC 3326)."""
        if self.end is not None:
            return
        self._reason_header = None if reason is None else f"Q.850;cause=16;text={quote(reason)}"
        if self._accepted is not None:
            # The called side may not send BYE before the ACK (section 15).
            self._bye_after_ack = True
        else:
            self._send_bye(now)
        self._finish(EndReason.GATEWAY)

    def send_request(
        self,
        method: str,
        now: float,
        *,
        owner: RequestOwner,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> ClientTransaction:
        """Send a request within this call's dialog; ``owner`` is told what becomes of it.

        Raises ``CallEnded`` when there is no dialog (yet, or any more).
        """
        if self.dialog is None or self.end is not None:
            raise CallEnded(self.end.reason if self.end is not None else "not_answered")
        return self._send_request(method, now, owner=owner, headers=headers, body=body)

    def _send_request(
        self,
        method: str,
        now: float,
        *,
        owner: RequestOwner,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> ClientTransaction:
        if self.dialog is None:
            raise RuntimeError("a request within a dialog needs a dialog")
        request, hop = self.dialog.create_request(method, "")
        request.headers.set("Via", self._signalling.via(hop))
        for name, value in headers:
            request.headers.add(name, value)
        request.body = body
        return self._signalling.send_request(owner, request, hop, now)

    def _receive_bye(self, transaction: ServerTransaction, now: float) -> None:
        self._accepted = None
        self._signalling.respond(transaction, 200, now=now)
        self._finish(EndReason.PEER)

    def _receive_reinvite(self, transaction: ServerTransaction, now: float) -> None:
        request = transaction.request
        if self._accepted is not None or self._negotiation is None or self.dialog is None:
            self._signalling.respond(transaction, 500, now=now, headers=(("Retry-After", "1"),))
            return
        if self.end is not None:
            self._signalling.respond(transaction, 481, now=now)
            return
        stream: StreamParameters | None = None
        try:
            body = session_body(request)
            if body is None:
                answer = self._negotiation.offer()
            else:
                answer, stream = self._negotiation.answer(parse_sdp(body))
            self.dialog.refresh_target(request)
        except (UnsupportedBody, SdpError, NotAcceptableHere, MalformedMessage) as error:
            refusal = refusal_for(error)
            self._signalling.respond(transaction, refusal.status, refusal.reason, now=now, headers=refusal.headers)
            return
        self._answer_in_ack = body is None
        self._accept(transaction, answer, now)
        if stream is not None:
            self._set_stream(stream)

    def _accept(self, transaction: ServerTransaction, body: bytes, now: float, to_tag: str | None = None) -> None:
        headers = [("Contact", self._signalling.contact(transaction.source)), ("Allow", ALLOW)]
        headers += [("Record-Route", value) for value in transaction.request.headers.get_all("Record-Route")]
        response = self._signalling.respond(transaction, 200, now=now, to_tag=to_tag, headers=tuple(headers), body=body)
        self._accepted = AcceptedInvite(transaction, response, self._signalling.timers, now)

    def _accept_answer(self, message: Message, now: float) -> None:
        """Read the answer to our offer; a call whose answer cannot be used is ended."""
        if self._negotiation is None:
            return
        try:
            self._set_stream(self._negotiation.accept(session_body(message)))
        except (UnsupportedBody, SdpError, NotAcceptableHere) as error:
            self._send_bye(now)
            self._finish(EndReason.MEDIA, text=str(error))

    def _set_stream(self, stream: StreamParameters) -> None:
        before, self.stream = self.stream, stream
        if before is None:
            self._signalling.emit(Established(self, stream))
        elif before != stream:
            self._signalling.emit(StreamChanged(self, stream))

    def _send_bye(self, now: float) -> None:
        if self.dialog is None:
            return
        headers = () if self._reason_header is None else (("Reason", self._reason_header),)
        self._bye = self._send_request("BYE", now, owner=self, headers=headers)

    def _finish(self, reason: EndReason, status: int | None = None, text: str = "") -> None:
        if self.end is None:
            self.end = Ended(self, reason, status, text)
            self._signalling.emit(self.end)
        self._signalling.touch(self)


def refusal_for(error: UnsupportedBody | SdpError | NotAcceptableHere | MalformedMessage) -> Refusal:
    """Return how an INVITE with such a body is refused."""
    if isinstance(error, UnsupportedBody):
        return Refusal(415, headers=error.headers)
    if isinstance(error, NotAcceptableHere):
        return Refusal(488, headers=(("Warning", f"399 gateway {quote(str(error))}"),))
    return Refusal(400, str(error))
