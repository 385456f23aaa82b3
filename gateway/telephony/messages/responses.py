"""Making responses (RFC 3261 section 8.2.6)."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.telephony.messages.message import Headers, Request, Response

ALLOWED_METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE", "INFO", "NOTIFY")
"""What this user agent answers."""
KNOWN_METHODS = frozenset((*ALLOWED_METHODS, "MESSAGE", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE"))
"""Every method in the registry; those not allowed get 405, any other 501 (RFC 3261 section 21.5.2)."""
ALLOW = ", ".join(ALLOWED_METHODS)

SDP_TYPE = "application/sdp"
ACCEPT = ", ".join((SDP_TYPE, "application/dtmf-relay", "application/dtmf"))
"""The bodies that are understood; a multipart may hold the SDP."""

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    422: "Session Interval Too Small",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    489: "Bad Event",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
}


def create_response(
    request: Request,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, object]] = (),
    body: bytes = b"",
) -> Response:
    """Return a response to ``request``; a ``body`` is SDP.

    ``to_tag`` is added to To unless To has a tag already. Header values are copied as they came, so this also answers
    requests that could be read only in part.
    """
    copied = Headers()
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        for value in request.headers.get_all(name):
            copied.add(name, value)
    if to_tag is not None and "To" in copied and not request.to_address.tag:
        copied.set("To", f"{copied.get('To')};tag={to_tag}")
    if status == 100:
        for value in request.headers.get_all("Timestamp"):
            copied.add("Timestamp", value)
    for name, extra in headers:
        copied.add(name, extra)
    if body:
        copied.add("Content-Type", SDP_TYPE)
    return Response(status=status, reason=reason or REASONS.get(status, "Unknown"), headers=copied, body=body)
