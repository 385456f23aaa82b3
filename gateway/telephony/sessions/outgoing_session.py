"""A call that goes out, until it is answered (RFC 3261 sections 9.1 and 13.2, RFC 3262)."""

from __future__ import annotations

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.events import EndReason, Ringing
from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import Headers, Request, Response
from gateway.telephony.messages.reason import NORMAL_CLEARING, Reason
from gateway.telephony.messages.responses import SDP_TYPE
from gateway.telephony.messages.uri import is_secure
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import Dialog, DialogId
from gateway.telephony.sessions.early_dialog import EarlyDialog
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.option_tags import RELIABLE_PROVISIONAL, capabilities
from gateway.telephony.sessions.reliable_provisional import is_reliable
from gateway.telephony.sessions.session import Session
from gateway.telephony.sessions.session_parameters import ExtensionMode, SessionParameters
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.client_transaction import create_cancel
from gateway.telephony.transactions.transaction import State, earliest
from gateway.telephony.transactions.transaction_layer import ClientTransaction, ServerTransaction

MOST_EARLY_DIALOGS = 16
"""How many branches of a forked INVITE are followed."""


class OutgoingSession(Session):
    """A call that goes out to ``target`` by way of ``hop``; ``headers`` are added to the INVITE, Route among them."""

    owns_call_id = True

    def __init__(
        self,
        signalling: Signalling,
        call_id: str,
        *,
        target: NameAddress,
        caller: NameAddress,
        hop: Hop,
        negotiation: Negotiation,
        parameters: SessionParameters,
        trunk: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(signalling, call_id, parameters, trunk)
        self.secure = is_secure(target.uri)
        self._headers = headers
        self._offered = negotiation
        self._offer = b""
        self._target = target
        self._caller = caller
        self._hop = hop
        self._cseq = 0
        self._invite: ClientTransaction | None = None
        self._authentication = self.authentication(self._next_cseq)
        self._early: dict[str, EarlyDialog] = {}
        self._past_dialogs: tuple[DialogId, ...] = ()
        self._cancelled = False
        self._reason: Reason | None = None
        self._cancel: ClientTransaction | None = None
        self._cancel_expires: float | None = None
        self._acks: dict[str, tuple[Request, Hop]] = {}

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(super().deadline, self._cancel_expires)

    @property
    def finished(self) -> bool:
        """Whether the call is over and nothing of it is under way any more."""
        return super().finished and self._invite is None

    @property
    def dialog_ids(self) -> tuple[DialogId, ...]:
        """What finds the dialogs of this call."""
        early = (*self._past_dialogs, *(early.dialog.dialog_id for early in self._early.values()))
        return early if self.dialog is None or self.dialog.dialog_id in early else (*early, self.dialog.dialog_id)

    @property
    def is_heard(self) -> bool:
        """Whether the other side has responded at all."""
        return self._invite is None or self._cseq > 1 or self._invite.machine.state is not State.CALLING

    def start(self, now: float) -> None:
        """Send the INVITE."""
        self._offer = self._offered.offer()
        self._send_invite(now)

    def poll(self, now: float) -> None:
        """Do what is due."""
        super().poll(now)
        if self._cancel_expires is None or now < self._cancel_expires:
            return
        self._cancel_expires = None
        if self._invite is not None:
            # The CANCEL had no effect: the INVITE is given up (section 9.1).
            self.signalling.abandon(self._invite)
            self._invite = None

    def hang_up(self, now: float, reason: str | None = None, *, why: EndReason = EndReason.GATEWAY) -> None:
        """End the call: CANCEL before it is answered, BYE after; harmless when it is over."""
        if self.confirmed or self.end is not None:
            super().hang_up(now, reason, why=why)
            return
        self._withdraw()
        self._reason = None if reason is None else Reason("Q.850", NORMAL_CLEARING, reason)
        self._send_cancel(now)
        self.finish(why)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of one of this call's dialogs."""
        tag = transaction.request.from_address.tag
        early = self._early.get(tag)
        if self.confirmed and self.dialog is not None and tag != self.dialog.remote.tag:
            self.signalling.respond(transaction, 481, now=now)  # a branch that was not taken
        elif not self.confirmed and early is not None:
            self._follow(early)
            self.early_stream = early.stream
            super().receive_request(transaction, now)
            early.stream = self.early_stream
            if self.end is not None:  # a BYE, which the called side may not send yet: its INVITE must not stay open
                self._withdraw()
                self._send_cancel(now)
        else:
            super().receive_request(transaction, now)

    def give_up(self) -> None:
        """End a call whose server has not responded yet, as if it never did; harmless once it has."""
        if not self.is_heard and self.end is None:
            self._withdraw()
            self.finish(EndReason.NO_RESPONSE)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a request of this call."""
        if transaction.request.method != "INVITE":
            super().receive_response(transaction, response, now)
            return
        if response.status < 200:
            self._receive_provisional(transaction, response, now)
        elif response.status < 300:
            self._receive_success(transaction, response, now)
        elif transaction is self._invite:
            self._receive_failure(response, now)
        self.signalling.touch(self)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a request of this call got no final response."""
        if transaction is self._invite:
            self._invite = self._cancel_expires = None
            reason = EndReason.NO_RESPONSE if error is None else EndReason.TRANSPORT
            self.finish(reason, text=error or "")
        super().request_failed(transaction, error, now)

    def _next_cseq(self) -> int:
        self._cseq += 1
        return self._cseq

    def _send_invite(self, now: float) -> None:
        headers = Headers(
            [
                ("Via", self.signalling.via(self._hop)),
                ("Max-Forwards", 70),
                ("From", self._caller),
                ("To", self._target),
                ("Call-ID", self.call_id),
                ("CSeq", f"{self._next_cseq()} INVITE"),
                ("Contact", self.contact(self._hop)),
                *capabilities(self.parameters),
                *self.timer.request_headers(),
                ("Content-Type", SDP_TYPE),
                *self._headers,
            ]
        )
        if self.parameters.reliable_provisional is ExtensionMode.REQUIRED:
            headers.add("Require", RELIABLE_PROVISIONAL)
        invite = Request(method="INVITE", uri=self._target.uri, headers=headers, body=self._offer)
        self._invite = self.signalling.send_request(self, invite, self._hop, now, self._authentication)
        self.signalling.touch(self)

    def _withdraw(self) -> None:
        """Note that the INVITE is no longer wanted: it is cancelled as soon as it may be, and not sent again."""
        self._cancelled = True
        if self._authentication is not None:
            self._authentication.withdraw()

    def _send_cancel(self, now: float) -> None:
        # CANCEL may not overtake its INVITE, so it waits for a provisional response (section 9.1).
        invite = self._invite
        if invite is None or self._cancel is not None or invite.machine.state is not State.PROCEEDING:
            return
        cancel = create_cancel(invite.request)
        if self._reason is not None:
            cancel.headers.add("Reason", self._reason)
        self._cancel = self.signalling.send_request(self, cancel, self._hop, now)
        self._cancel_expires = now + self.signalling.timers.timeout

    # Provisional responses:

    def _receive_provisional(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if self._cancelled:
            self._send_cancel(now)
        if self.confirmed or self.end is not None or response.status == 100:
            return
        early = self._early_dialog(transaction.request, response)
        if early is not None:
            self.note_peer(response)
            if is_reliable(response) and not self._acknowledge(early, response, now):
                return
            stream = early.take_description(response)
            if stream is not None:
                self._follow(early)
                self.set_stream(stream)
        self.signalling.emit(Ringing(self, response.status))

    def _early_dialog(self, invite: Request, response: Response) -> EarlyDialog | None:
        """Return the early dialog of a provisional response; None when it makes none (section 12.1)."""
        tag = response.to_address.tag
        if tag and tag not in self._early and len(self._early) < MOST_EARLY_DIALOGS:
            try:
                dialog = Dialog.as_client(invite, response, self._hop)
            except MalformedMessage:
                return None
            self._early[tag] = EarlyDialog(dialog, self._offered.fork())
        return self._early.get(tag)

    def _acknowledge(self, early: EarlyDialog, response: Response, now: float) -> bool:
        """Send PRACK; return False for a response that was acknowledged before or is out of order."""
        rack = early.acknowledgement_of(response)
        if rack is None:
            return False
        self.send_in_dialog(early.dialog, "PRACK", now, owner=self, headers=(("RAck", rack),))
        return True

    def _follow(self, early: EarlyDialog) -> None:
        """Turn to the branch that spoke last: its requests and its sound are those of the call."""
        self.dialog, self.negotiation = early.dialog, early.negotiation

    # Final responses:

    def _receive_failure(self, response: Response, now: float) -> None:
        self._invite = self._cancel_expires = None
        if response.status == 422 and self.end is None and self.timer.take_refusal(response):
            # No branch of the refused INVITE goes on; what finds it is forgotten with the call.
            self._past_dialogs = self.dialog_ids
            self._early.clear()
            self._send_invite(now)
            return
        # A redirection is a refusal: calls go only to whom the practice named.
        self.finish(EndReason.REJECTED, response.status, response.reason)

    def _receive_success(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        tag = response.to_address.tag
        if tag in self._acks:
            self.signalling.send_ack(*self._acks[tag])
            return
        early = self._early.get(tag)
        dialog = _dialog(transaction.request, response, self._hop)
        if early is not None:
            dialog.local_cseq, dialog.remote_cseq = early.dialog.local_cseq, early.dialog.remote_cseq
        self._acks[tag] = self.acknowledge(dialog, transaction.request, response)
        self._invite = self._cancel_expires = None
        if self.confirmed:
            # A further call that a forking proxy made of our INVITE is ended (section 13.2.2.4).
            self.send_in_dialog(dialog, "BYE", now, owner=self)
            return
        self.confirmed = True
        self.dialog = dialog
        if self.end is not None:
            self._send_bye(now)
            return
        self.note_peer(response)
        self.timer.take_response(response, now)
        stream = None if early is None else early.settle(response)
        self.negotiation = self._offered if early is None else early.negotiation
        if stream is not None:
            self.set_stream(stream)
        else:
            self.accept_answer(response, now)


def _dialog(request: Request, response: Response, hop: Hop) -> Dialog:
    try:
        return Dialog.as_client(request, response, hop)
    except MalformedMessage:
        # A 2xx without a Contact that can be read breaks the rules, but must be acknowledged all the same.
        return Dialog(
            call_id=request.call_id,
            local=request.from_address,
            remote=response.to_address,
            remote_target=request.uri,
            route_set=(),
            local_cseq=request.cseq.number,
            origin=hop,
        )
