"""Ends a dialog that a process left open when it died: BYE, with credentials where they are asked for.

Sans I/O: driven by the user agent's core as any other sender of requests.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.messages.message import Response
from gateway.telephony.messages.reason import Reason
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.transaction_layer import ClientTransaction

RETRY_AFTER_S = (2.0, 8.0)
"""How long to wait before the next try, where a BYE could not be sent or the other side was not able to take it."""

RESTARTED = Reason("SIP", 500, "gateway restarted")
"""What the other side is told (RFC 3326)."""


class Outcome(StrEnum):
    """What became of a dialog."""

    ENDED = "ended"
    """The other side took the BYE."""
    GONE = "gone"
    """The other side knew nothing of the call any more (RFC 3261 section 12.2.1.2)."""
    REFUSED = "refused"
    """The other side refused the BYE."""
    UNREACHABLE = "unreachable"
    """Nothing could be sent to the other side, or nothing came back."""


class OrphanedDialog:
    """One dialog. Once ``signalling`` has been told to ``schedule`` it, it sends BYE at ``start_at``.

    ``done`` is called once.
    """

    def __init__(
        self,
        signalling: Signalling,
        dialog: Dialog,
        credentials: Credentials | None,
        *,
        start_at: float,
        done: Callable[[Outcome], None],
    ) -> None:
        self._signalling = signalling
        self._dialog = dialog
        self._digest = DigestClient(credentials) if credentials is not None else None
        self._due: float | None = start_at
        self._retries = list(RETRY_AFTER_S)
        self._done = done

    @property
    def deadline(self) -> float | None:
        """When to send BYE."""
        return self._due

    def poll(self, now: float) -> None:
        """Send BYE when it is due."""
        if self._due is None or now < self._due:
            return
        self._due = None
        self._send_bye(now)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take the response to BYE."""
        if response.status < 200:
            return
        if self._digest is not None and self._digest.challenged(transaction.request, response):
            self._send_bye(now)
        elif response.status < 300:
            self._done(Outcome.ENDED)
        elif response.status in (404, 410, 481):
            self._done(Outcome.GONE)
        elif response.status >= 500:
            self._try_again(Outcome.REFUSED, now)
        else:
            self._done(Outcome.REFUSED)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that nothing came back (``error`` is None; enough was sent), or that nothing could be sent."""
        if error is None:
            self._done(Outcome.UNREACHABLE)
        else:
            self._try_again(Outcome.UNREACHABLE, now)

    def _try_again(self, outcome: Outcome, now: float) -> None:
        if not self._retries:
            self._done(outcome)
            return
        self._due = now + self._retries.pop(0)
        self._signalling.schedule(self)

    def _send_bye(self, now: float) -> None:
        request, hop = self._dialog.create_request("BYE", "")
        request.headers.set("Via", self._signalling.via(hop))
        request.headers.add("Reason", RESTARTED)
        if self._digest is not None:
            self._digest.authorise(request)
        self._signalling.send_request(self, request, hop, now)
