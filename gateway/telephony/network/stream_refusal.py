"""The answer to a request that breaks its stream (RFC 3261 section 18.3)."""

from __future__ import annotations

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.message import Request, parse_message
from gateway.telephony.messages.responses import create_response
from gateway.telephony.network.stream_framer import StreamBroken
from gateway.telephony.network.transport import Hop


def refuse_stream(broken: StreamBroken, source: Hop) -> bytes | None:
    """Return the response to what broke the stream from ``source``, or None when it is no request to be answered."""
    if not broken.head:
        return None
    request: Request | None
    try:
        message = parse_message(broken.head)
        request = message if isinstance(message, Request) else None
    except MalformedMessage as error:
        request = error.request
    if request is None or request.method == "ACK":
        return None
    try:
        request.stamp_source(source.host, source.port)
        return create_response(request, broken.status, broken.reason).serialise()
    except (MalformedMessage, ValueError):
        return None  # it is so broken that nobody could tell what is answered
