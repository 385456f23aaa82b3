"""What the parts of the user agent's core need of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gateway.telephony.authentication.resending import RequestAuthentication
from gateway.telephony.events import Event
from gateway.telephony.messages.message import Request, Response
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import SessionParameters
from gateway.telephony.transactions.timers import HasDeadline, Timers
from gateway.telephony.transactions.transaction_layer import ClientTransaction, ServerTransaction

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session


class RequestOwner(Protocol):
    """Whoever sent a request and is told what became of it."""

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response, provisional or final."""

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that no final response came in time (``error`` is None), or that the request could not be sent."""


class Polled(HasDeadline, Protocol):
    """Something that the core polls when its deadline has come."""

    def poll(self, now: float) -> None:
        """Do what is due."""


class Signalling(Protocol):
    """What a session needs of the user agent that it belongs to."""

    timers: Timers
    uniform: Callable[[float, float], float]
    """Returns a random number between two others."""

    def contact(self, hop: Hop, *, secure: bool = False) -> str:
        """Return our Contact toward ``hop``; ``secure``: over TLS it is a SIPS URI (RFC 3261 section 8.1.1.8)."""

    def via(self, hop: Hop) -> str:
        """Return a Via with a new branch toward ``hop``."""

    def send_request(
        self,
        owner: RequestOwner,
        request: Request,
        hop: Hop,
        now: float,
        authentication: RequestAuthentication | None = None,
    ) -> ClientTransaction:
        """Send a request in a transaction; what comes of it is told to ``owner``.

        ``authentication`` answers challenges; then the request is sent again and the transaction that is returned
        stands for the new one too.
        """

    def send_ack(self, ack: Request, hop: Hop) -> None:
        """Send the ACK to a 2xx."""

    def abandon(self, transaction: ClientTransaction) -> None:
        """End a transaction that nobody waits for."""

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: str | None = None,
        *,
        now: float,
        to_tag: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Response:
        """Send a response and return it."""

    def repeat(self, transaction: ServerTransaction, response: Response, now: float) -> None:
        """Send a 2xx or a reliable provisional response again."""

    def answer_options(self, transaction: ServerTransaction, parameters: SessionParameters, now: float) -> None:
        """Answer OPTIONS with what this side can do."""

    def emit(self, event: Event) -> None:
        """Tell the shell."""

    def touch(self, session: Session) -> None:
        """Note that the session's deadline may have changed, or that it is finished."""

    def schedule(self, polled: Polled) -> None:
        """Note that the deadline of something other than a session may have changed."""
