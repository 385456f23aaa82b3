"""Whether a request can be served at all (RFC 3261 section 8.2)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.telephony.messages.message import Request
from gateway.telephony.messages.responses import ALLOWED_METHODS, KNOWN_METHODS, SDP_TYPE
from gateway.telephony.messages.uri import OtherUri
from gateway.telephony.sessions.option_tags import allow, supported_options
from gateway.telephony.sessions.session_parameters import SessionParameters

_DEFAULT = SessionParameters()


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a request is refused."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def check_request(request: Request, *, merged: bool, parameters: SessionParameters = _DEFAULT) -> Refusal | None:
    """Return why ``request`` cannot be served in a call that is held with ``parameters``, or None.

    Max-Forwards 0 is no reason: it forbids to forward, and this is the request's end (RFC 4475 section 3.3.11).
    """
    if request.method not in ALLOWED_METHODS:
        return Refusal(405 if request.method in KNOWN_METHODS else 501, headers=(("Allow", allow(parameters)),))
    if isinstance(request.uri, OtherUri):
        return Refusal(416)
    if merged:
        return Refusal(482)
    if request.method == "CANCEL":
        return None
    return _check_extensions(request, parameters) or _check_accepted(request)


def _check_extensions(request: Request, parameters: SessionParameters) -> Refusal | None:
    try:
        required = request.headers.get_list("Require")
    except ValueError:
        return Refusal(400, "The Require header cannot be read")
    supported = supported_options(parameters)
    unknown = [option for option in required if option.lower() not in supported]
    if unknown:
        return Refusal(420, headers=(("Unsupported", ", ".join(unknown)),))
    return None


def _check_accepted(request: Request) -> Refusal | None:
    """Refuse an INVITE whose answer may hold no SDP (RFC 4475 section 3.3.15); an empty Accept is no such wish."""
    if request.method != "INVITE":
        return None
    accepted = ", ".join(request.headers.get_all("Accept")).lower()
    if not accepted or any(kind in accepted for kind in (SDP_TYPE, "application/*", "*/*")):
        return None
    return Refusal(406, "An answer to INVITE is application/sdp, which Accept does not allow")
