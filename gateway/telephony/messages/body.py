"""Finding the session description in a message's body (RFC 3261 section 7.4, RFC 5621)."""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import re

from gateway.telephony.messages.grammar import parse_parameters
from gateway.telephony.messages.message import Message
from gateway.telephony.messages.responses import SDP_TYPE

LONGEST_MULTIPART = 16_384
"""How long a multipart may be, in octets: the parser's time grows with the square of a part's header."""
MOST_CONTAINERS = 8
"""How many multiparts and messages may be within a body: the parser calls itself for each one within another."""
_CONTAINER = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)


class UnsupportedBody(Exception):
    """A body that must be understood is not SDP; ``headers`` of the 415 say what is."""

    def __init__(self, *headers: tuple[str, str]) -> None:
        super().__init__("The body is of a type that is not supported")
        self.headers = headers


def session_body(message: Message) -> bytes | None:
    """Return the SDP in the body, which may be one part of a multipart, or None when there is none.

    Raises ``UnsupportedBody`` when there is no SDP in a body that may not be ignored (``handling=optional``), or beside
    the SDP a part of another type that says that it must be understood (``handling=required``). A part that says
    nothing is passed over, although RFC 3261 section 20.11 has it required: trunks add parts that no telephone knows.
    """
    if not message.body:
        return None
    headers = message.headers
    _check_encoding(headers.get("Content-Encoding"))
    media_type = _media_type(headers.get("Content-Type"))
    if media_type == SDP_TYPE:
        return message.body
    if media_type.startswith("multipart/"):
        session = _session_part(_parts(headers.get("Content-Type") or "", message.body))
        if session is not None:
            return session
    if _handling(headers.get("Content-Disposition")) == "optional":
        return None
    raise UnsupportedBody(("Accept", SDP_TYPE))


def _session_part(parts: list[email.message.Message]) -> bytes | None:
    session: bytes | None = None
    for part in parts:
        if part.get_content_type() == SDP_TYPE:
            _check_encoding(part.get("Content-Encoding"))
            session = _octets(part) if session is None else session
        elif _handling(part.get("Content-Disposition")) == "required":
            raise UnsupportedBody(("Accept", SDP_TYPE))
    return session


def _check_encoding(value: str | None) -> None:
    if (value or "identity").strip().lower() != "identity":
        raise UnsupportedBody(("Accept-Encoding", "identity"), ("Accept", SDP_TYPE))


def _handling(disposition: str | None) -> str | None:
    """Return the handling parameter of a Content-Disposition (RFC 3261 section 20.11)."""
    try:
        return (parse_parameters(str(disposition or "").partition(";")[2]).get("handling") or "").lower() or None
    except ValueError:
        return None


def _media_type(value: str | None) -> str:
    return (value or "").partition(";")[0].replace(" ", "").lower()


def _parts(content_type: str, body: bytes) -> list[email.message.Message]:
    if len(body) > LONGEST_MULTIPART or len(_CONTAINER.findall(body)) > MOST_CONTAINERS:
        raise UnsupportedBody(("Accept", SDP_TYPE))
    head = f"Content-Type: {content_type}\r\n\r\n".encode("utf-8", "surrogateescape")
    whole = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + body)
    return [part for part in whole.walk() if not part.is_multipart()]


def _octets(part: email.message.Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
