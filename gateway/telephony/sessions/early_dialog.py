"""One branch of an INVITE of ours that was not answered yet (RFC 3261 section 12, RFC 3262 sections 4 and 5)."""

from __future__ import annotations

from gateway.media.parameters import StreamParameters
from gateway.telephony.errors import NotAcceptableHere, SdpError
from gateway.telephony.messages.body import UnsupportedBody, session_body
from gateway.telephony.messages.message import Response
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.reliable_provisional import ReliableReceiver, is_reliable


class EarlyDialog:
    """An early dialog with its own answer to the offer in the INVITE."""

    def __init__(self, dialog: Dialog, negotiation: Negotiation) -> None:
        self.dialog = dialog
        self.negotiation = negotiation
        self.stream: StreamParameters | None = None
        self._foretaste: Negotiation | None = None
        self._receiver = ReliableReceiver()

    def acknowledgement_of(self, response: Response) -> str | None:
        """Return the RAck for a reliable ``response``; None when it came before, comes too soon or cannot be read."""
        try:
            return self._receiver.take(response)
        except ValueError:
            return None

    def take_description(self, response: Response) -> StreamParameters | None:
        """Return the stream that a provisional ``response`` opens; None when it opens none.

        What an unreliable one holds is a foretaste of the answer that the 2xx will repeat. A description that cannot be
        used is left for the 2xx to make good.
        """
        if not response.body or self.negotiation.is_agreed:
            return None
        negotiation = self.negotiation if is_reliable(response) else self.negotiation.fork()
        try:
            self.stream = negotiation.accept(session_body(response))
        except (UnsupportedBody, SdpError, NotAcceptableHere):
            return None
        self._foretaste = negotiation
        return self.stream

    def settle(self, response: Response) -> StreamParameters | None:
        """Return the stream that is in force already when the 2xx ``response`` comes; None when it has to be read."""
        if self.negotiation.is_agreed:  # a reliable response held the answer; what the 2xx holds means nothing more
            return self.stream
        if response.body or self._foretaste is None:
            return None
        self.negotiation = self._foretaste
        return self.stream
