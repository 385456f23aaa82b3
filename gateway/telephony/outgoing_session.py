"""A call that goes out, until it is answered (RFC 3261 sections 9.1 and 13.2)."""

from __future__ import annotations

from gateway.telephony.client_transaction import create_cancel
from gateway.telephony.dialog import Dialog
from gateway.telephony.errors import MalformedMessage
from gateway.telephony.events import EndReason, Ringing
from gateway.telephony.headers import NameAddress
from gateway.telephony.message import Headers, Request, Response
from gateway.telephony.negotiation import Negotiation
from gateway.telephony.responses import ALLOW, SDP_TYPE
from gateway.telephony.session import Session
from gateway.telephony.session_parameters import SessionParameters
from gateway.telephony.signalling import Signalling
from gateway.telephony.transaction import earliest
from gateway.telephony.transaction_layer import ClientTransaction
from gateway.telephony.transport import Hop


class OutgoingSession(Session):
    """A call that goes out to ``target`` by way of ``hop``; ``headers`` are added to the INVITE, Route among them."""

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
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(signalling, call_id, parameters)
        self._headers = headers
        self._negotiation = negotiation
        self._target = target
        self._caller = caller
        self._hop = hop
        self._invite: ClientTransaction | None = None
        self._provisional = False
        self._cancelled = False
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
    def is_heard(self) -> bool:
        """Whether the other side has responded at all."""
        return self._provisional or self._invite is None

    def start(self, now: float) -> None:
        """Send the INVITE."""
        if self._negotiation is None:
            raise RuntimeError("a call needs a negotiation")
        headers = Headers(
            [
                ("Via", self._signalling.via(self._hop)),
                ("Max-Forwards", 70),
                ("From", self._caller),
                ("To", self._target),
                ("Call-ID", self.call_id),
                ("CSeq", "1 INVITE"),
                ("Contact", self._signalling.contact(self._hop)),
                ("Allow", ALLOW),
                ("Content-Type", SDP_TYPE),
                *self._headers,
            ]
        )
        invite = Request(method="INVITE", uri=self._target.uri, headers=headers, body=self._negotiation.offer())
        self._invite = self._signalling.send_request(self, invite, self._hop, now)
        self._signalling.touch(self)

    def poll(self, now: float) -> None:
        """Do what is due."""
        super().poll(now)
        if self._cancel_expires is None or now < self._cancel_expires:
            return
        self._cancel_expires = None
        if self._invite is not None:
            # The CANCEL had no effect: the INVITE is given up (section 9.1).
            self._signalling.abandon(self._invite)
            self._invite = None

    def hang_up(self, now: float, reason: str | None = None) -> None:
        """End the call: CANCEL before it is answered, BYE after; harmless when it is over."""
        if self.dialog is not None or self.end is not None:
            super().hang_up(now, reason)
            return
        self._cancelled = True
        self._send_cancel(now)
        self._finish(EndReason.GATEWAY)

    def give_up(self) -> None:
        """End a call whose server has not responded yet, as if it never did; harmless once it has."""
        if not self.is_heard and self.end is None:
            self._cancelled = True
            self._finish(EndReason.NO_RESPONSE)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a request of this call."""
        if transaction.request.method != "INVITE":
            super().receive_response(transaction, response, now)
            return
        if response.status < 200:
            self._provisional = True
            if self._cancelled:
                self._send_cancel(now)
            elif response.status > 100 and self.end is None:
                self._signalling.emit(Ringing(self, response.status))
        elif response.status < 300:
            self._receive_success(transaction, response, now)
        else:
            self._invite = None
            self._cancel_expires = None
            self._finish(EndReason.REJECTED, response.status, response.reason)
        self._signalling.touch(self)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a request of this call got no final response."""
        if transaction is self._invite:
            self._invite = self._cancel_expires = None
            reason = EndReason.NO_RESPONSE if error is None else EndReason.TRANSPORT
            self._finish(reason, text=error or "")
        super().request_failed(transaction, error, now)

    def _send_cancel(self, now: float) -> None:
        # CANCEL may not overtake its INVITE, so it waits for a provisional response (section 9.1).
        if self._invite is None or self._cancel is not None or not self._provisional:
            return
        request = create_cancel(self._invite.request)
        self._cancel = self._signalling.send_request(self, request, self._hop, now)
        self._cancel_expires = now + self._signalling.timers.timeout

    def _receive_success(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        tag = response.to_address.tag
        if tag in self._acks:
            self._signalling.send_ack(*self._acks[tag])
            return
        dialog = _dialog(transaction.request, response, self._hop)
        ack, hop = dialog.create_request("ACK", "", cseq=transaction.request.cseq.number)
        ack.headers.set("Via", self._signalling.via(hop))
        self._acks[tag] = ack, hop
        self._signalling.send_ack(ack, hop)
        first = self.dialog is None
        self._invite = None
        self._cancel_expires = None
        if not first:
            self._refuse_fork(dialog, now)
            return
        self.dialog = dialog
        if self.end is not None:
            self._send_bye(now)
        else:
            self._accept_answer(response, now)

    def _refuse_fork(self, dialog: Dialog, now: float) -> None:
        """End a further call that a forking proxy made of our INVITE (section 13.2.2.4)."""
        bye, hop = dialog.create_request("BYE", "")
        bye.headers.set("Via", self._signalling.via(hop))
        self._signalling.send_request(self, bye, hop, now)


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
