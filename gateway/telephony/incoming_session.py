"""A call that comes in, before and until it is answered (RFC 3261 sections 9.2 and 13.3)."""

from __future__ import annotations

from gateway.telephony.dialog import Dialog
from gateway.telephony.errors import CallEnded
from gateway.telephony.events import EndReason
from gateway.telephony.message import Request
from gateway.telephony.negotiation import Negotiation
from gateway.telephony.request_policy import Admitted
from gateway.telephony.sdp import SessionDescription
from gateway.telephony.session import Session
from gateway.telephony.signalling import Signalling
from gateway.telephony.transaction_layer import ServerTransaction
from gateway.telephony.transport import Hop


class IncomingSession(Session):
    """A call that comes in. ``offer`` is the caller's, or None when the caller wants ours."""

    def __init__(
        self,
        signalling: Signalling,
        transaction: ServerTransaction,
        local_tag: str,
        offer: SessionDescription | None,
        admitted: Admitted,
    ) -> None:
        super().__init__(signalling, transaction.request.call_id, admitted.parameters)
        self.trunk = admitted.trunk
        self.trusts_identity = admitted.trusts_identity
        self.dialog = Dialog.as_server(transaction.request, local_tag, transaction.source)
        self.offer = offer
        self.local_tag = local_tag
        self._invite = transaction

    @property
    def request(self) -> Request:
        """The INVITE."""
        return self._invite.request

    @property
    def source(self) -> Hop:
        """Where the INVITE came from."""
        return self._invite.source

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self._invite.answered

    def ring(self, now: float) -> None:
        """Send 180 Ringing; harmless once the call is answered or over."""
        if self.answered:
            return
        headers = [("Contact", self._signalling.contact(self.source))]
        headers += [("Record-Route", value) for value in self.request.headers.get_all("Record-Route")]
        self._signalling.respond(self._invite, 180, now=now, to_tag=self.local_tag, headers=tuple(headers))

    def answer(self, negotiation: Negotiation, now: float) -> None:
        """Answer with 200; the stream is known at once, or with the ACK when the caller made no offer.

        Raises ``CallEnded`` when the call is over, ``NotAcceptableHere`` (after 488) when the offer cannot be taken.
        """
        if self.end is not None:
            raise CallEnded(self.end.reason)
        if self.answered:
            raise RuntimeError("the call is answered already")
        stream = None
        if self.offer is None:
            body = negotiation.offer()
            self._answer_in_ack = True
        else:
            body, stream = negotiation.answer(self.offer)
        self._negotiation = negotiation
        self._accept(self._invite, body, now, self.local_tag)
        if stream is not None:
            self._set_stream(stream)
        self._signalling.touch(self)

    def reject(self, now: float, status: int, reason: str | None = None) -> None:
        """Refuse the call with a status of 300 to 699; harmless once it is over."""
        if not 300 <= status <= 699:
            raise ValueError("a call is rejected with a status of 300 to 699")
        if self.end is not None:
            return
        if self.answered:
            raise RuntimeError("the call is answered already")
        self._signalling.respond(self._invite, status, reason, now=now, to_tag=self.local_tag)
        self._finish(EndReason.GATEWAY, status)

    def cancel(self, now: float) -> None:
        """Take the caller's CANCEL, which means nothing once the call is answered."""
        if not self.answered:
            self._signalling.respond(self._invite, 487, now=now, to_tag=self.local_tag)
            self._finish(EndReason.CANCELLED)

    def hang_up(self, now: float, reason: str | None = None) -> None:
        """End the call: 480 before it is answered, BYE after."""
        if self.end is None and not self.answered:
            self.reject(now, 480)
        else:
            super().hang_up(now, reason)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of this dialog; BYE may come before the answer (section 15.1.2)."""
        if not self.answered and transaction.request.method == "BYE":
            self._signalling.respond(transaction, 200, now=now)
            self._signalling.respond(self._invite, 487, now=now, to_tag=self.local_tag)
            self._finish(EndReason.PEER)
        else:
            super().receive_request(transaction, now)
