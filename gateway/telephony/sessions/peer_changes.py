"""Changes of a call that the peer asks for: re-INVITE (RFC 3261 section 14.2) and UPDATE (RFC 3311 section 5.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.media.parameters import StreamParameters
from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.messages.body import session_body
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.sdp import SessionDescription, parse_sdp
from gateway.telephony.sessions.refusal import REFUSING, Refused, refusal_for
from gateway.telephony.transactions.transaction_layer import ServerTransaction

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session

LONGEST_RETRY_AFTER_S = 10.0
"""Up to when a peer whose request overlaps another is told to try again (RFC 3261 section 14.2)."""


class PeerChanges:
    """Takes the re-INVITEs and UPDATEs of one call."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def receive_invite(self, transaction: ServerTransaction, now: float) -> None:
        """Take a re-INVITE; one without an offer gets ours, whose answer comes with the ACK."""
        session = self._session
        negotiation = session.negotiation
        if session.accepted is not None or negotiation is None or not session.confirmed:
            self._refuse(transaction, self._overlapping(), now)
            return
        if session.changes.is_inviting or negotiation.has_offered:
            self._refuse(transaction, Refusal(491), now)
            return
        try:
            offer = self._read(transaction)
            body, stream = (negotiation.offer(), None) if offer is None else negotiation.answer(offer)
        except REFUSING as error:
            self._refuse(transaction, refusal_for(error), now)
            return
        self._take(transaction.request)
        if stream is None:
            session.expect_answer_in_ack()
        session.accept_invite(transaction, body, now)
        if stream is not None:
            session.set_stream(stream)

    def receive_update(self, transaction: ServerTransaction, now: float) -> None:
        """Take an UPDATE, which may come before the call is answered."""
        session = self._session
        body = b""
        stream: StreamParameters | None = None
        try:
            offer = self._read(transaction)
            if offer is not None:
                body, stream = self._answer(offer)
        except REFUSING as error:
            self._refuse(transaction, refusal_for(error), now)
            return
        self._take(transaction.request)
        # The timer begins with the call's answer; an UPDATE before says nothing about it (RFC 4028 section 9).
        timer = session.timer.answer(transaction.request, now) if session.confirmed else ()
        headers = (*session.description_headers(), *timer)
        session.signalling.respond(transaction, 200, now=now, headers=headers, body=body)
        if stream is not None:
            session.set_stream(stream)

    def _read(self, transaction: ServerTransaction) -> SessionDescription | None:
        """Return the offer in a request, or raise what refuses it."""
        session, request = self._session, transaction.request
        refusal = session.timer.judge(request)
        if refusal is not None:
            raise Refused(refusal)
        body = session_body(request)
        if session.dialog is not None:
            session.dialog.target_in(request)
        return None if body is None else parse_sdp(body)

    def _take(self, request: Request) -> None:
        """Take what a request that was accepted says about the peer."""
        self._session.note_peer(request)
        if self._session.dialog is not None:
            self._session.dialog.refresh_target(request)

    def _answer(self, offer: SessionDescription) -> tuple[bytes, StreamParameters]:
        negotiation = self._session.negotiation
        if negotiation is None or not (negotiation.has_offered or negotiation.is_agreed):
            raise Refused(self._overlapping())  # the peer's own first offer is not answered yet
        if negotiation.has_offered:
            raise Refused(Refusal(491))
        return negotiation.answer(offer)

    def _overlapping(self) -> Refusal:
        wait = math.ceil(self._session.signalling.uniform(0.0, LONGEST_RETRY_AFTER_S))
        return Refusal(500, "Another Request Is Pending", headers=(("Retry-After", str(wait)),))

    def _refuse(self, transaction: ServerTransaction, refusal: Refusal, now: float) -> None:
        self._session.signalling.respond(transaction, refusal.status, refusal.reason, now=now, headers=refusal.headers)
