"""A call's signalling once it has a dialog: ACK, BYE and requests within it (RFC 3261 sections 12 to 15).

Sans I/O: messages and a clock go in, requests and events leave through ``Signalling``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gateway.media.parameters import StreamParameters
from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.authentication.resending import RequestAuthentication
from gateway.telephony.errors import CallEnded, NotAcceptableHere, SdpError
from gateway.telephony.events import EarlyMedia, Ended, EndReason, Established, StreamChanged
from gateway.telephony.messages.body import UnsupportedBody, session_body
from gateway.telephony.messages.message import Message, Request, Response
from gateway.telephony.messages.reason import NORMAL_CLEARING, Reason, parse_reasons
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.accepted_invite import AcceptedInvite
from gateway.telephony.sessions.dialog import Dialog, DialogId
from gateway.telephony.sessions.info_keys import InfoKeys
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.option_tags import capabilities
from gateway.telephony.sessions.peer_changes import PeerChanges
from gateway.telephony.sessions.session_changes import SessionChanges
from gateway.telephony.sessions.session_parameters import SessionParameters
from gateway.telephony.sessions.session_timer import Due, SessionTimer
from gateway.telephony.signalling import RequestOwner, Signalling
from gateway.telephony.transactions.transaction import earliest
from gateway.telephony.transactions.transaction_layer import ClientTransaction, ServerTransaction

RequestHandler: TypeAlias = Callable[[ServerTransaction, float], None]
"""Takes a request of a dialog, which it has to respond to, and the time."""
HeaderFields: TypeAlias = tuple[tuple[str, str], ...]


class Session:
    """What incoming and outgoing calls share. ``trunk`` is the id of the trunk that the call goes over, if any."""

    owns_call_id = False
    """Whether this side made the Call-ID, which decides who gives way to whom (RFC 3261 section 14.1)."""

    def __init__(
        self, signalling: Signalling, call_id: str, parameters: SessionParameters, trunk: str | None = None
    ) -> None:
        self.call_id = call_id
        self.parameters = parameters
        self.trunk = trunk
        self.signalling = signalling
        """The user agent that this call belongs to."""
        self.secure = False
        """Whether the call is to a SIPS URI, so that our Contact is one too."""
        self.dialog: Dialog | None = None
        self.stream: StreamParameters | None = None
        """The stream of the answered call."""
        self.early_stream: StreamParameters | None = None
        """The stream before the call is answered."""
        self.end: Ended | None = None
        self.confirmed = False
        """Whether the call is answered."""
        self.negotiation: Negotiation | None = None
        self.accepted: AcceptedInvite | None = None
        """Our 2xx to an INVITE that waits for its ACK."""
        self.peer_methods: frozenset[str] = frozenset()
        """What the peer understands, as its last Allow says; empty when it said nothing."""
        self.timer = SessionTimer(parameters.session_timer, parameters.session_expires_s, parameters.min_se_s)
        self.digest = None if parameters.credentials is None else DigestClient(parameters.credentials)
        self.changes = SessionChanges(self)
        self.keys = InfoKeys(self)
        peer_changes = PeerChanges(self)
        self.handlers: dict[str, RequestHandler] = {
            "BYE": self._receive_bye,
            "INVITE": peer_changes.receive_invite,
            "UPDATE": peer_changes.receive_update,
            "INFO": self.keys.receive_info,
            "OPTIONS": self._receive_options,
        }
        """Who takes a request of this dialog, by its method."""
        self._answer_in_ack = False
        self._bye_after_ack = False
        self._bye: ClientTransaction | None = None
        self._bye_reason: Reason | None = None

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        accepted = None if self.accepted is None else self.accepted.deadline
        return earliest(accepted, self.timer.deadline, self.changes.deadline)

    @property
    def finished(self) -> bool:
        """Whether the call is over and nothing of it is under way any more."""
        return self.end is not None and self.accepted is None and self._bye is None

    @property
    def dialog_ids(self) -> tuple[DialogId, ...]:
        """What finds the dialogs of this call; there are several while an INVITE of ours is forked."""
        return () if self.dialog is None else (self.dialog.dialog_id,)

    def poll(self, now: float) -> None:
        """Do what is due."""
        self._poll_accepted(now)
        due = self.timer.due(now)
        if due is Due.REFRESH:
            self.changes.refresh(now)
        elif due is Due.EXPIRED:
            self.fail(now, EndReason.EXPIRED, 408, "The session timer expired")
        self.changes.poll(now)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of this dialog."""
        request = transaction.request
        handler = self.handlers.get(request.method)
        if self.dialog is None or not self.dialog.accepts(request, transaction.source):
            self.signalling.respond(transaction, 500, "The CSeq is out of order", now=now)
        elif handler is None or (self.end is not None and request.method not in ("BYE", "PRACK")):
            # A NOTIFY that nobody waits for belongs to no subscription (RFC 6665 section 4.1.3).
            self.signalling.respond(transaction, 481, now=now)
        else:
            handler(transaction, now)
        self.signalling.touch(self)

    def receive_ack(self, ack: Request, now: float) -> None:
        """Take the ACK to a 2xx of ours."""
        if self.accepted is None or ack.cseq.number != self.accepted.cseq:
            return
        self.accepted = None
        if self._bye_after_ack:
            self._send_bye(now)
        elif self.end is None:
            if self._answer_in_ack:
                self._answer_in_ack = False
                self.accept_answer(ack, now)
            self.changes.proceed(now)
        self.signalling.touch(self)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a request of this call."""
        del now
        if transaction is self._bye and response.status >= 200:
            self._bye = None
        self.signalling.touch(self)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a request of this call got no final response."""
        del error, now
        if transaction is self._bye:
            self._bye = None
        self.signalling.touch(self)

    def hang_up(self, now: float, reason: str | None = None, *, why: EndReason = EndReason.GATEWAY) -> None:
        """End the call with BYE; harmless when it is over. ``reason`` goes out in a Reason header (RFC 3326)."""
        if self.end is not None:
            return
        self._bye_reason = None if reason is None else Reason("Q.850", NORMAL_CLEARING, reason)
        if self.accepted is not None:
            # The called side may not send BYE before the ACK (section 15).
            self._bye_after_ack = True
        else:
            self._send_bye(now)
        self.finish(why)

    def fail(self, now: float, why: EndReason, status: int | None, text: str) -> None:
        """End a call that went wrong, with BYE in case that the peer still has it (section 12.2.1.2)."""
        if self.end is not None:
            return
        self.accepted = None
        self._bye_reason = None if status is None else Reason("SIP", status, text)
        self._send_bye(now)
        self.finish(why, status, text)

    def send_request(
        self, method: str, now: float, *, owner: RequestOwner, headers: HeaderFields = (), body: bytes = b""
    ) -> ClientTransaction:
        """Send a request within this call's dialog; ``owner`` is told what becomes of it.

        Raises ``CallEnded`` when there is no dialog (yet, or any more). Where the call has credentials a challenge is
        answered by itself; the transaction that is returned stands for the repeated request as well.
        """
        if self.dialog is None or self.end is not None:
            raise CallEnded(self.end.reason if self.end is not None else "not_answered")
        return self.send_in_dialog(self.dialog, method, now, owner=owner, headers=headers, body=body)

    def send_in_dialog(
        self,
        dialog: Dialog,
        method: str,
        now: float,
        *,
        owner: RequestOwner,
        headers: HeaderFields = (),
        body: bytes = b"",
    ) -> ClientTransaction:
        """Send a request within any ``dialog`` of this call, also when the call is over."""
        request, hop = dialog.create_request(method, "")
        request.headers.set("Via", self.signalling.via(hop))
        for name, value in headers:
            request.headers.add(name, value)
        request.body = body
        return self.signalling.send_request(owner, request, hop, now, self.authentication(dialog.next_cseq))

    def acknowledge(self, dialog: Dialog, invite: Request, response: Response) -> tuple[Request, Hop]:
        """Send the ACK to a 2xx to ``invite`` and return it with where it went, for a 2xx that comes again."""
        ack, hop = dialog.create_request("ACK", "", cseq=response.cseq.number)
        ack.headers.set("Via", self.signalling.via(hop))
        # ACK cannot be challenged, so it carries what its INVITE did (section 22.1).
        for name in ("Authorization", "Proxy-Authorization"):
            for value in invite.headers.get_all(name):
                ack.headers.add(name, value)
        self.signalling.send_ack(ack, hop)
        return ack, hop

    def authentication(self, next_cseq: Callable[[], int]) -> RequestAuthentication | None:
        """Return how challenges to a request of this call are answered, None when there are no credentials."""
        return None if self.digest is None else RequestAuthentication(self.digest, next_cseq)

    def contact(self, hop: Hop) -> str:
        """Return our Contact in this call toward ``hop``."""
        return self.signalling.contact(hop, secure=self.secure)

    def description_headers(self) -> HeaderFields:
        """Return what INVITE, UPDATE and their 2xx say about us (RFC 3261 section 20.5, 20.8 and 20.37)."""
        hop = None if self.dialog is None else self.dialog.origin
        contact = () if hop is None else (("Contact", self.contact(hop)),)
        return (*contact, *capabilities(self.parameters))

    def note_peer(self, message: Message) -> None:
        """Take what ``message`` says about what the peer understands."""
        if "Allow" in message.headers:
            try:
                self.peer_methods = frozenset(method.upper() for method in message.headers.get_list("Allow"))
            except ValueError:
                return

    def accept_invite(self, transaction: ServerTransaction, body: bytes, now: float, to_tag: str | None = None) -> None:
        """Send the 2xx to an INVITE, again and again until its ACK comes."""
        headers = [
            ("Contact", self.contact(transaction.source)),
            *capabilities(self.parameters),
            *(("Record-Route", value) for value in transaction.request.headers.get_all("Record-Route")),
            *self.timer.answer(transaction.request, now),
        ]
        response = self.signalling.respond(transaction, 200, now=now, to_tag=to_tag, headers=tuple(headers), body=body)
        self.accepted = AcceptedInvite(transaction, response, self.signalling.timers, now)

    def expect_answer_in_ack(self) -> None:
        """Note that our 2xx held an offer, whose answer comes with the ACK."""
        self._answer_in_ack = True

    def accept_answer(self, message: Message, now: float) -> bool:
        """Read the answer to our offer and return whether it can be used; a call where it cannot is ended."""
        if self.negotiation is None:
            return False
        try:
            self.set_stream(self.negotiation.accept(session_body(message)))
        except (UnsupportedBody, SdpError, NotAcceptableHere) as error:
            self.fail(now, EndReason.MEDIA, 488, str(error))
            return False
        return True

    def set_stream(self, stream: StreamParameters) -> None:
        """Take the stream that was negotiated, and tell if it is new."""
        if not self.confirmed:
            before, self.early_stream = self.early_stream, stream
            if before != stream:
                self.signalling.emit(EarlyMedia(self, stream))
            return
        before, self.stream = self.stream, stream
        if before is None:
            self.signalling.emit(Established(self, stream))
        elif before != stream:
            self.signalling.emit(StreamChanged(self, stream))

    def finish(
        self, why: EndReason, status: int | None = None, text: str = "", causes: tuple[Reason, ...] = ()
    ) -> None:
        """Note that the call is over, and tell; only the first time counts."""
        self.timer.stop()
        self.changes.stop()
        if self.end is None:
            self.end = Ended(self, why, status, text or (causes[0].summary if causes else ""), causes)
            self.signalling.emit(self.end)
        self.signalling.touch(self)

    def _poll_accepted(self, now: float) -> None:
        accepted = self.accepted
        if accepted is None:
            return
        if now >= accepted.expires:
            self.accepted = None
            self._send_bye(now)
            self.finish(EndReason.NO_ACK)
        elif now >= accepted.retransmission.due:
            self.signalling.repeat(accepted.transaction, accepted.response, now)
            accepted.retransmission.advance(now)

    def _receive_bye(self, transaction: ServerTransaction, now: float) -> None:
        self.accepted = None
        self.signalling.respond(transaction, 200, now=now)
        self.finish(EndReason.PEER, causes=parse_reasons(transaction.request.headers.get_all("Reason")))

    def _receive_options(self, transaction: ServerTransaction, now: float) -> None:
        self.signalling.answer_options(transaction, self.parameters, now)

    def _send_bye(self, now: float) -> None:
        if self.dialog is None:
            return
        headers = () if self._bye_reason is None else (("Reason", str(self._bye_reason)),)
        self._bye = self.send_in_dialog(self.dialog, "BYE", now, owner=self, headers=headers)
