"""Reading an INVITE that begins a call (RFC 3261 section 8.2 and 13.3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted
from gateway.telephony.messages.body import session_body
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.sdp import SessionDescription, parse_sdp
from gateway.telephony.sessions.dialog import DialogId
from gateway.telephony.sessions.offer_answer import check_offer
from gateway.telephony.sessions.option_tags import demanded_options, supports
from gateway.telephony.sessions.refusal import Refused
from gateway.telephony.sessions.replaces import find_replaced
from gateway.telephony.sessions.session_timer import SessionTimer

if TYPE_CHECKING:
    from gateway.telephony.sessions.session import Session

MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class NewInvite:
    """What an INVITE asks for."""

    offer: SessionDescription | None
    """The caller's offer, None when the caller wants ours."""
    replaces: Session | None
    """The call that is to be taken over."""
    expires_s: int | None
    """How long the caller wants to wait for the answer, in seconds."""


def read_invite(request: Request, admitted: Admitted, find: Callable[[DialogId], Session | None]) -> NewInvite:
    """Return what ``request`` asks for; ``find`` gives the session of a dialog.

    Raises one of ``REFUSING`` when the call cannot be taken, whoever would answer it.
    """
    parameters = admitted.parameters
    missing = [option for option in demanded_options(parameters) if not supports(request, option)]
    if missing:
        raise Refused(Refusal(421, headers=(("Require", ", ".join(missing)),)))
    body = session_body(request)
    offer = None if body is None else parse_sdp(body)
    if offer is not None:
        check_offer(offer, parameters.media)
    refusal = SessionTimer(parameters.session_timer, parameters.session_expires_s, parameters.min_se_s).judge(request)
    if refusal is not None:
        raise Refused(refusal)
    return NewInvite(offer, find_replaced(request, admitted.trunk, find), _expires(request))


def _expires(request: Request) -> int | None:
    """Return Expires in seconds; what cannot be read is no reason to refuse a patient's call."""
    text = (request.headers.get("Expires") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
