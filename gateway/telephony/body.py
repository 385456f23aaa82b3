"""Finding the session description in a message's body (RFC 3261 section 7.4, RFC 5621)."""

from __future__ import annotations

import email.message
import email.parser
import email.policy

from gateway.telephony.message import Message
from gateway.telephony.responses import SDP_TYPE


class UnsupportedBody(Exception):
    """A body that must be understood is not SDP; ``headers`` of the 415 say what is."""

    def __init__(self, *headers: tuple[str, str]) -> None:
        super().__init__("The body is of a type that is not supported")
        self.headers = headers


def session_body(message: Message) -> bytes | None:
    """Return the SDP in the body, which may be one part of a multipart, or None when there is none.

    Raises ``UnsupportedBody`` unless what else there is may be ignored (``handling=optional``).
    """
    if not message.body:
        return None
    headers = message.headers
    if (headers.get("Content-Encoding") or "identity").lower() != "identity":
        raise UnsupportedBody(("Accept-Encoding", "identity"))
    media_type = _media_type(headers.get("Content-Type"))
    if media_type == SDP_TYPE:
        return message.body
    if media_type.startswith("multipart/"):
        for part in _parts(headers.get("Content-Type") or "", message.body):
            if part.get_content_type() == SDP_TYPE:
                return _octets(part)
    if "handling=optional" in (headers.get("Content-Disposition") or "").lower().replace(" ", ""):
        return None
    raise UnsupportedBody(("Accept", SDP_TYPE))


def _media_type(value: str | None) -> str:
    return (value or "").partition(";")[0].replace(" ", "").lower()


def _parts(content_type: str, body: bytes) -> list[email.message.Message]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    whole = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + body)
    return [part for part in whole.walk() if not part.is_multipart()]


def _octets(part: email.message.Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
