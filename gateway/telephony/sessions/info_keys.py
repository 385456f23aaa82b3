"""Keys that are sent in INFO within a call (RFC 6086), for peers without telephone-events (RFC 4733)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.events import KeyPressed, KeysSent
from gateway.telephony.messages.dtmf_info import RELAY_TYPE, TYPES, check_keys, parse_keys, relay_body
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.transactions.transaction_layer import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session


class InfoKeys:
    """The INFO requests of one call, both ways. It owns those that it sends."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: deque[str] = deque()
        self._transaction: ClientTransaction | None = None

    def receive_info(self, transaction: ServerTransaction, now: float) -> None:
        """Take an INFO; an empty one only asks whether the call is still there."""
        session = self._session
        keys, refusal = _read(transaction.request)
        if refusal is not None:
            session.signalling.respond(transaction, refusal.status, refusal.reason, now=now, headers=refusal.headers)
            return
        session.signalling.respond(transaction, 200, now=now)
        for key in keys:
            session.signalling.emit(KeyPressed(session, key))

    def send(self, keys: str, now: float) -> None:
        """Send ``keys``, each once the one before is acknowledged; a ``KeysSent`` tells the end.

        Raises ValueError when one is not on a telephone, ``CallEnded`` when the call has no dialog.
        """
        check_keys(keys)
        self._waiting.extend(keys)
        if self._transaction is None:
            self._send_next(now)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to an INFO of ours."""
        if transaction is not self._transaction or response.status < 200:
            return
        self._transaction = None
        if response.status >= 300:
            self._end(response.status, response.reason)
        elif not self._waiting:
            self._end(None, "")
        elif self._session.end is None:
            self._send_next(now)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that an INFO of ours got no final response."""
        del now
        if transaction is self._transaction:
            self._transaction = None
            self._end(408, error or "Request Timeout")

    def _send_next(self, now: float) -> None:
        self._transaction = self._session.send_request(
            "INFO",
            now,
            owner=self,
            headers=(("Content-Type", RELAY_TYPE),),
            body=relay_body(self._waiting.popleft()),
        )

    def _end(self, status: int | None, reason: str) -> None:
        self._waiting.clear()
        self._session.signalling.emit(KeysSent(self._session, status, reason))


def _read(request: Request) -> tuple[str, Refusal | None]:
    """Return the keys in an INFO, or how it is refused."""
    if "Info-Package" in request.headers:
        return "", Refusal(469, headers=(("Recv-Info", ""),))
    if not request.body:
        return "", None
    media_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in TYPES:
        return "", Refusal(415, headers=(("Accept", ", ".join(TYPES)),))
    try:
        return parse_keys(media_type, request.body), None
    except ValueError as error:
        return "", Refusal(400, str(error))
