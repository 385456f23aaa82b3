"""Changes of a call that this side asks for: hold, resume, a moved address, a session refresh.

Re-INVITE (RFC 3261 section 14.1) with its glare, and UPDATE without an offer for refreshes (RFC 4028 section 7.4).
"""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.events import EndReason, StreamRequested
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.messages.responses import SDP_TYPE
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.negotiation import MediaChange
from gateway.telephony.sessions.option_tags import RELIABLE_PROVISIONAL, capabilities
from gateway.telephony.transactions.client_transaction import create_cancel
from gateway.telephony.transactions.transaction import earliest
from gateway.telephony.transactions.transaction_layer import ClientTransaction

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session

MOST_ATTEMPTS = 6
"""How often a change is tried that the peer puts off."""
LONGEST_RETRY_S = 32
"""How long a peer may ask us to wait before the next attempt, in seconds."""
OWNER_WAIT_T1 = (4.2, 8.0)
"""How long the side that made the Call-ID waits after a glare, in T1: 2.1 to 4 seconds (RFC 3261 section 14.1)."""
OTHER_WAIT_T1 = (0.0, 4.0)
"""How long the other side waits."""


@dataclass(slots=True)
class _Wish:
    """What is asked for; ``change`` None is a refresh, which goes by UPDATE where the peer takes that."""

    change: MediaChange | None
    by_update: bool
    attempts: int = 0


class SessionChanges:
    """The changes that this side wants of one call, one after the other. It owns the requests that it sends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._wishes: deque[_Wish] = deque()
        self._transaction: ClientTransaction | None = None
        self._cancelled = False
        self._retry_at: float | None = None
        self._give_up_at: float | None = None
        self._ack: tuple[int, Request, Hop] | None = None

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._retry_at, self._give_up_at)

    @property
    def is_inviting(self) -> bool:
        """Whether a re-INVITE of ours is under way, which lets none of the peer's through."""
        return self._transaction is not None and self._transaction.request.method == "INVITE"

    def request(self, change: MediaChange, now: float) -> None:
        """Ask the peer for ``change``; a ``StreamRequested`` tells what came of it."""
        self._wishes.append(_Wish(change, by_update=False))
        self.proceed(now)

    def refresh(self, now: float) -> None:
        """Refresh the session, unless a change that is under way or about to be does so anyway."""
        if not self._wishes:
            self._wishes.append(_Wish(None, by_update="UPDATE" in self._session.peer_methods))
            self.proceed(now)

    def proceed(self, now: float) -> None:
        """Send what waits, once no INVITE is under way in either direction (section 14.1)."""
        session = self._session
        busy = self._transaction is not None or self._retry_at is not None or session.accepted is not None
        if self._wishes and not busy and session.end is None:
            self._send(self._wishes[0], now)

    def poll(self, now: float) -> None:
        """Do what is due."""
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            self.proceed(now)
        if self._give_up_at is not None and now >= self._give_up_at:
            self._give_up(now)

    def stop(self) -> None:
        """Note that the call is over: nothing new is sent, but a late 2xx is still acknowledged."""
        self._wishes.clear()
        self._retry_at = None

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a request of ours."""
        success = 200 <= response.status < 300
        if success and transaction.request.method == "INVITE" and self._acknowledge_again(response):
            return
        if transaction is not self._transaction or response.status < 200:
            return
        self._transaction = self._give_up_at = None
        if success:
            self._succeed(transaction.request, response, now)
        else:
            self._refused(transaction.request, response, now)
        self.proceed(now)
        self._session.signalling.touch(self._session)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a request of ours got no final response, which is the end of the call (section 12.2.1.2)."""
        if transaction is self._transaction:
            self._transaction = self._give_up_at = None
            why = EndReason.NO_RESPONSE if error is None else EndReason.TRANSPORT
            self._session.fail(now, why, 408, error or "No response to a request within the call")

    def _send(self, wish: _Wish, now: float) -> None:
        session = self._session
        if session.dialog is None or session.negotiation is None:
            return
        wish.attempts += 1
        self._cancelled = False
        headers = [
            ("Contact", session.contact(session.dialog.origin)),
            # A re-INVITE is answered at once; provisional responses to it, and their PRACKs, are of no use.
            *capabilities(session.parameters, without=RELIABLE_PROVISIONAL),
            *session.timer.request_headers(),
        ]
        body = b""
        if not wish.by_update:
            body = session.negotiation.offer(wish.change)
            headers.append(("Content-Type", SDP_TYPE))
        method = "UPDATE" if wish.by_update else "INVITE"
        self._transaction = session.send_request(method, now, owner=self, headers=tuple(headers), body=body)
        self._give_up_at = None if wish.by_update else now + session.signalling.timers.timeout
        session.signalling.touch(session)

    def _acknowledge_again(self, response: Response) -> bool:
        if self._ack is None or self._ack[0] != response.cseq.number:
            return False
        self._session.signalling.send_ack(*self._ack[1:])
        return True

    def _succeed(self, request: Request, response: Response, now: float) -> None:
        session = self._session
        if session.dialog is None:
            return
        if session.end is None:
            session.note_peer(response)
            # A 2xx has to be acknowledged in any case; with a Contact that cannot be read the target stays.
            with contextlib.suppress(MalformedMessage):
                session.dialog.refresh_target(response)
        if request.method == "INVITE":
            self._ack = (response.cseq.number, *session.acknowledge(session.dialog, request, response))
        if session.end is not None:
            return
        session.timer.take_response(response, now)
        if request.method == "INVITE" and not session.accept_answer(response, now):
            return
        wish = self._wishes.popleft()
        if wish.change is not None:
            session.signalling.emit(StreamRequested(session, wish.change))

    def _refused(self, request: Request, response: Response, now: float) -> None:
        """Take a refusal: the session stays as it was, and what was only put off is tried again (section 14.1)."""
        session = self._session
        if request.method == "INVITE" and session.negotiation is not None:
            session.negotiation.withdraw()
        if session.end is not None:
            return
        wish = self._wishes[0]
        if response.status in (408, 481):
            session.fail(now, EndReason.NO_RESPONSE, response.status, response.reason)
        elif (wait := self._wait(response)) is not None and wish.attempts < MOST_ATTEMPTS and not self._cancelled:
            self._retry_at = now + wait
        elif wish.by_update:
            wish.by_update = False
        else:
            self._wishes.popleft()
            if wish.change is not None:
                session.signalling.emit(StreamRequested(session, wish.change, response.status, response.reason))

    def _wait(self, response: Response) -> float | None:
        """Return in how many seconds the request is worth another attempt, or None when it is not."""
        session = self._session
        if response.status == 491:
            least, most = OWNER_WAIT_T1 if session.owns_call_id else OTHER_WAIT_T1
            t1 = session.signalling.timers.t1
            return session.signalling.uniform(least * t1, most * t1)
        if response.status == 422:
            return 0.0 if session.timer.take_refusal(response) else None
        if response.status in (500, 503):
            text = (response.headers.get("Retry-After") or "").partition(";")[0].partition("(")[0].strip()
            if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= LONGEST_RETRY_S:
                return float(text)
        return None

    def _give_up(self, now: float) -> None:
        """Cancel a re-INVITE that is not answered; end the call when that has no effect, forget it when it is over."""
        transaction, self._give_up_at = self._transaction, None
        if transaction is None:
            return
        session = self._session
        if not self._cancelled and session.end is None:
            self._cancelled = True
            session.signalling.send_request(self, create_cancel(transaction.request), transaction.hop, now)
            self._give_up_at = now + session.signalling.timers.timeout
        else:
            session.signalling.abandon(transaction)
            self.request_failed(transaction, None, now)
