"""Reads of a SIP message what a trace shows, also when the message breaks the rules. Never raises.

The parser of ``message`` refuses what may not be acted on; who looks for a fault wants to see that very message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.telephony.errors import SdpError
from gateway.telephony.messages.sdp import MediaDescription, SessionDescription, parse_sdp

MAX_CALL_ID = 256
"""A longer Call-ID is cut, in octets."""

_CALL_ID = re.compile(rb"[\r\n](?:call-id|i)[ \t]*:[ \t]*([^\s]{1,%d})" % MAX_CALL_ID, re.IGNORECASE)
_CSEQ = re.compile(rb"[\r\n]cseq[ \t]*:[ \t]*(\d{1,10})[ \t]+([^\s]{1,32})", re.IGNORECASE)
_STATUS_LINE = re.compile(rb"SIP/2\.0[ \t]+(\d{3})(?:[ \t]+([^\r\n]{0,200}))?", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([^\s]{1,32})[ \t]+[^\r\n]*SIP/", re.IGNORECASE)
_SDP = re.compile(rb"(?:\A|[\r\n])(v=0\r?\n.*?)(?=\r?\n--|\Z)", re.DOTALL)
_STATIC_CODECS = {"0": "PCMU", "3": "GSM", "4": "G723", "8": "PCMA", "9": "G722", "13": "CN", "18": "G729"}
"""RFC 3551 section 6."""


@dataclass(frozen=True, slots=True)
class MessageOutline:
    """``method`` is a request's, ``status`` and ``reason`` a response's; ``cseq`` is None where it cannot be read."""

    method: str | None
    status: int | None
    reason: str
    cseq: tuple[int, str] | None
    media: tuple[str, ...]
    """Each stream of a session description, such as ``audio PCMA telephone-event 192.0.2.9:9000 sendrecv``."""

    @property
    def title(self) -> str:
        """The message in a few words."""
        if self.status is not None:
            return f"{self.status} {self.reason}".rstrip()
        return self.method or "(unreadable)"


def call_id_of(data: bytes) -> str | None:
    """Return the Call-ID, or None when there is none."""
    match = _CALL_ID.search(data)
    return None if match is None else match[1].decode("utf-8", "replace")


def outline(data: bytes) -> MessageOutline:
    """Return what can be read of a message."""
    data = data.lstrip(b"\r\n")
    head, _, body = data.partition(b"\r\n\r\n")
    status = _STATUS_LINE.match(head)
    request = None if status else _REQUEST_LINE.match(head)
    cseq = _CSEQ.search(head)
    return MessageOutline(
        method=request[1].decode("utf-8", "replace") if request else None,
        status=int(status[1]) if status else None,
        reason=(status[2] or b"").decode("utf-8", "replace").strip() if status else "",
        cseq=(int(cseq[1]), cseq[2].decode("utf-8", "replace")) if cseq else None,
        media=_media(body),
    )


def _media(body: bytes) -> tuple[str, ...]:
    found = _SDP.search(body)
    if found is None:
        return ()
    try:
        description = parse_sdp(found[1])
    except SdpError:
        return ("SDP that cannot be read",)
    return tuple(_stream(description, media) for media in description.media)


def _stream(description: SessionDescription, media: MediaDescription) -> str:
    names = dict(value.split(None, 1) for value in media.values("rtpmap") if len(value.split(None, 1)) == 2)
    codecs = [
        names[number].partition("/")[0] if number in names else _STATIC_CODECS.get(number, number)
        for number in media.formats
    ]
    if media.port == 0:
        return f"{media.media} refused"
    address = f"{description.address_of(media) or '?'}:{media.port}"
    secured = " SRTP" if "SAVP" in media.protocol.upper() or media.values("crypto") else ""
    return f"{media.media}{secured} {' '.join(codecs)} {address} {description.direction_of(media)}"
