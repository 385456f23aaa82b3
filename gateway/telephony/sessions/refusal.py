"""How a request is refused whose body or headers cannot be taken."""

from __future__ import annotations

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.errors import MalformedMessage, NotAcceptableHere, SdpError
from gateway.telephony.messages.body import UnsupportedBody
from gateway.telephony.messages.grammar import quote


class Refused(Exception):
    """A request is not served; ``refusal`` says how that is told."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"The request is refused with {refusal.status}")
        self.refusal = refusal


def refusal_for(error: UnsupportedBody | SdpError | NotAcceptableHere | MalformedMessage | Refused) -> Refusal:
    """Return how a request is refused that ``error`` was raised about."""
    if isinstance(error, Refused):
        return error.refusal
    if isinstance(error, UnsupportedBody):
        return Refusal(415, headers=error.headers)
    if isinstance(error, NotAcceptableHere):
        return Refusal(488, headers=(("Warning", f"399 gateway {quote(str(error))}"),))
    return Refusal(400, str(error))


REFUSING = (UnsupportedBody, SdpError, NotAcceptableHere, MalformedMessage, Refused)
"""The errors that ``refusal_for`` reads."""
