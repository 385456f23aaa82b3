"""A call that comes in, before and until it is answered (RFC 3261 sections 9.2 and 13.3, RFC 3262)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from gateway.media.parameters import StreamParameters
from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted
from gateway.telephony.errors import CallEnded, NotAcceptableHere
from gateway.telephony.events import EndReason
from gateway.telephony.messages.body import session_body
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.messages.reason import parse_reasons
from gateway.telephony.messages.sdp import parse_sdp
from gateway.telephony.messages.uri import is_secure
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.new_invite import NewInvite
from gateway.telephony.sessions.option_tags import RELIABLE_PROVISIONAL, capabilities, supports
from gateway.telephony.sessions.refusal import REFUSING, Refused, refusal_for
from gateway.telephony.sessions.reliable_provisional import ReliableSender
from gateway.telephony.sessions.session import Session
from gateway.telephony.sessions.session_parameters import ExtensionMode
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.transaction import earliest
from gateway.telephony.transactions.transaction_layer import ServerTransaction

KEEP_RINGING_S = 60.0
"""How often a provisional response is repeated, lest a proxy gives the call up (RFC 3261 section 13.3.1.1)."""
FIRST_RSEQ_BELOW = 2**16


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the 2xx will hold, and the stream if that is known before the ACK."""

    body: bytes
    stream: StreamParameters | None


class IncomingSession(Session):
    """A call that comes in, and what its INVITE asks for."""

    def __init__(
        self,
        signalling: Signalling,
        transaction: ServerTransaction,
        local_tag: str,
        invite: NewInvite,
        admitted: Admitted,
        *,
        now: float,
    ) -> None:
        super().__init__(signalling, transaction.request.call_id, admitted.parameters, admitted.trunk)
        self.secure = is_secure(transaction.request.uri)
        self.dialog = Dialog.as_server(transaction.request, local_tag, transaction.source)
        self.offer = invite.offer
        """The caller's offer, None when the caller wants ours."""
        self.replaces = invite.replaces
        """The call of ours that this one takes over once it is answered (RFC 3891)."""
        self.local_tag = local_tag
        self.trusts_identity = admitted.trusts_identity
        self.handlers["PRACK"] = self._receive_prack
        self.note_peer(transaction.request)
        self.transaction = transaction
        """That of the INVITE."""
        self.request = transaction.request
        """The INVITE."""
        self._provisionals: ReliableSender | None = None
        if admitted.parameters.reliable_provisional is not ExtensionMode.OFF and supports(
            transaction.request, RELIABLE_PROVISIONAL
        ):
            self._provisionals = ReliableSender(signalling.timers, int(signalling.uniform(1, FIRST_RSEQ_BELOW)))
        self._queued: deque[tuple[int, bytes]] = deque()
        self._answer: _Answer | None = None
        self._expires_at = None if invite.expires_s is None else now + invite.expires_s
        self._ring_again_at: float | None = None
        self._last_provisional = 0

    @property
    def source(self) -> Hop:
        """Where the INVITE came from."""
        return self.transaction.source

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self.transaction.answered

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        sender = None if self._provisionals is None else self._provisionals.deadline
        return earliest(super().deadline, sender, self._expires_at, self._ring_again_at)

    def poll(self, now: float) -> None:
        """Do what is due."""
        super().poll(now)
        if self._expires_at is not None and now >= self._expires_at:
            self._refuse(487, "The Invitation Has Expired", now)
            self.finish(EndReason.EXPIRED)
        if self._provisionals is not None:
            self._poll_provisionals(self._provisionals, now)
        if self._ring_again_at is not None and now >= self._ring_again_at:
            self._ring_again_at = None
            self._provisional(self._last_provisional, b"", now)

    def ring(self, now: float) -> None:
        """Send 180 Ringing; harmless once the call is answered or over."""
        self._provisional(180, b"", now)
        self.signalling.touch(self)

    def progress(self, negotiation: Negotiation, now: float) -> None:
        """Send 183 Session Progress with a description: sound before the answer. An ``EarlyMedia`` tells the stream.

        Raises ``CallEnded`` when the call is over, and ``NotAcceptableHere`` when the offer cannot be taken, or when
        the caller made none and takes no reliable provisional responses, which alone could hold ours.
        """
        self._check_unanswered()
        if self.negotiation is not None:
            raise RuntimeError("there is sound before the answer already")
        stream: StreamParameters | None = None
        if self.offer is not None:
            body, stream = negotiation.answer(self.offer)
        elif self._provisionals is not None:
            body = negotiation.offer()
        else:
            raise NotAcceptableHere("The caller made no offer and takes no reliable provisional responses")
        self.negotiation = negotiation
        self._provisional(183, body, now)
        if stream is not None:
            self.set_stream(stream)
        self.signalling.touch(self)

    def answer(self, negotiation: Negotiation, now: float) -> None:
        """Answer with 200; the stream is known at once, or with the ACK when the caller made no offer.

        After ``progress`` its negotiation stays in force; a reliable response that holds it must be acknowledged
        before the 200 goes out. Raises ``CallEnded`` when the call is over, ``NotAcceptableHere`` when the offer cannot
        be taken.
        """
        self._check_unanswered()
        if self._answer is not None:
            raise RuntimeError("the call is answered already")
        if self.negotiation is None:
            self._answer = self._first_answer(negotiation)
        else:
            # The description in an unreliable response was only a foretaste of the one in the 2xx.
            self._answer = _Answer(b"" if self._provisionals else self.negotiation.description, self.early_stream)
        self._send_answer(now)
        self.signalling.touch(self)

    def reject(self, now: float, status: int, reason: str | None = None) -> None:
        """Refuse the call with a status of 300 to 699; harmless once it is over."""
        if not 300 <= status <= 699:
            raise ValueError("a call is rejected with a status of 300 to 699")
        if self.end is not None:
            return
        if self.answered:
            raise RuntimeError("the call is answered already")
        self._refuse(status, reason, now)
        self.finish(EndReason.GATEWAY, status)

    def refuse(self, error: NotAcceptableHere, now: float) -> None:
        """Refuse a call whose offer cannot be taken, with 488 and a Warning that says why; harmless once it is over."""
        if self.end is None and not self.answered:
            refusal = refusal_for(error)
            self._refuse(refusal.status, refusal.reason, now, refusal.headers)
            self.finish(EndReason.GATEWAY, refusal.status, str(error))

    def cancel(self, request: Request, now: float) -> None:
        """Take the caller's CANCEL, which means nothing once the call is answered."""
        if not self.answered:
            self._refuse(487, None, now)
            self.finish(EndReason.CANCELLED, causes=parse_reasons(request.headers.get_all("Reason")))

    def hang_up(self, now: float, reason: str | None = None, *, why: EndReason = EndReason.GATEWAY) -> None:
        """End the call: 480 before it is answered, BYE after."""
        if self.end is None and not self.answered:
            self.reject(now, 480)
        else:
            super().hang_up(now, reason, why=why)

    def receive_request(self, transaction: ServerTransaction, now: float) -> None:
        """Take a request of this dialog; BYE may come before the answer (section 15.1.2)."""
        if not self.answered and transaction.request.method == "BYE":
            self.signalling.respond(transaction, 200, now=now)
            self._refuse(487, None, now)
            self.finish(EndReason.PEER, causes=parse_reasons(transaction.request.headers.get_all("Reason")))
        else:
            super().receive_request(transaction, now)

    def _check_unanswered(self) -> None:
        if self.end is not None:
            raise CallEnded(self.end.reason)
        if self.answered:
            raise RuntimeError("the call is answered already")

    def _first_answer(self, negotiation: Negotiation) -> _Answer:
        stream = None
        if self.offer is None:
            body = negotiation.offer()
            self.expect_answer_in_ack()
        else:
            body, stream = negotiation.answer(self.offer)
        self.negotiation = negotiation
        return _Answer(body, stream)

    def _send_answer(self, now: float) -> None:
        """Send the 2xx, unless a description still waits for its PRACK (RFC 3262 section 3)."""
        answer = self._answer
        if answer is None or (self._provisionals is not None and self._provisionals.holds_session):
            return
        self._answer = None
        self._quieten()
        self.confirmed = True
        self.accept_invite(self.transaction, answer.body, now, self.local_tag)
        if (stream := answer.stream or self.early_stream) is not None:
            self.set_stream(stream)
        if self.replaces is not None:
            self.replaces.hang_up(now, "taken over by another call", why=EndReason.REPLACED)

    def _refuse(self, status: int, reason: str | None, now: float, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self._quieten()
        self.signalling.respond(self.transaction, status, reason, now=now, to_tag=self.local_tag, headers=headers)

    def _quieten(self) -> None:
        """Let no provisional response follow the final one."""
        self._queued.clear()
        self._expires_at = self._ring_again_at = None
        if self._provisionals is not None:
            self._provisionals.quieten()

    # Provisional responses:

    def _provisional(self, status: int, body: bytes, now: float) -> None:
        if self.answered or self._answer is not None:
            return
        sender = self._provisionals
        if sender is not None and sender.is_waiting:
            self._queued.append((status, body))
            return
        headers = [("Contact", self.contact(self.source)), *capabilities(self.parameters)]
        headers += [("Record-Route", value) for value in self.request.headers.get_all("Record-Route")]
        headers += () if sender is None else sender.headers()
        response = self.signalling.respond(
            self.transaction, status, now=now, to_tag=self.local_tag, headers=tuple(headers), body=body
        )
        if sender is not None:
            sender.sent(response, now)
        self._last_provisional = status
        self._ring_again_at = now + KEEP_RINGING_S

    def _poll_provisionals(self, sender: ReliableSender, now: float) -> None:
        if sender.has_expired(now):
            self._refuse(504, "A Provisional Response Was Never Acknowledged", now)
            self.finish(EndReason.NO_ACK, 504)
        elif (response := sender.poll(now)) is not None:
            self.signalling.repeat(self.transaction, response, now)

    def _receive_prack(self, transaction: ServerTransaction, now: float) -> None:
        sender, request = self._provisionals, transaction.request
        acknowledged: Response | None = None
        try:
            if sender is not None:
                acknowledged = sender.acknowledge(request)
            if acknowledged is None:
                raise Refused(Refusal(481, "No Such Provisional Response"))
            body, stream = self._read_prack(request)
        except ValueError as error:
            self.signalling.respond(transaction, 400, str(error), now=now)
            return
        except REFUSING as error:
            refusal = refusal_for(error)
            self.signalling.respond(transaction, refusal.status, refusal.reason, now=now, headers=refusal.headers)
            if acknowledged is not None and self._awaits_answer_in_prack:
                self._refuse(488, None, now)
                self.finish(EndReason.MEDIA, 488, str(error))
            return
        self.signalling.respond(transaction, 200, now=now, headers=self.description_headers(), body=body)
        if stream is not None:
            self.set_stream(stream)
        if self.answered:
            return
        if self._queued:
            status, body = self._queued.popleft()
            self._provisional(status, body, now)
        self._send_answer(now)

    @property
    def _awaits_answer_in_prack(self) -> bool:
        return self.negotiation is not None and self.negotiation.has_offered and not self.confirmed

    def _read_prack(self, request: Request) -> tuple[bytes, StreamParameters | None]:
        """Return the body of the 2xx to a PRACK and the new stream; raise what refuses the PRACK.

        Its body answers our offer, or is a new offer once the first one is answered (RFC 3262 section 5).
        """
        body = session_body(request)
        negotiation = self.negotiation
        if negotiation is not None and self._awaits_answer_in_prack:
            return b"", negotiation.accept(body)
        if body is None:
            return b"", None
        if negotiation is None or not negotiation.is_agreed:
            raise Refused(Refusal(488, "There Is No Answer To Offer Against Yet"))
        return negotiation.answer(parse_sdp(body))
