"""Takes callers' numbers and names out of traced messages, so that a trace can be given to somebody else.

One number is the same ``party1`` in all messages, however it is written. Addresses of machines stay: without them a
trace tells nothing. A body is overwritten octet by octet, so that Content-Length stays true.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.telephony.diagnostics.trace import TracedMessage

_NUMBER_TAIL = 9
"""Digits that +41 44 123 45 67, 0041441234567 and 0441234567 share."""

_KEPT_HEADERS = re.compile(
    rb"(?:via|v|call-id|i|cseq|max-forwards|content-(?:type|length|encoding|disposition)|[cle]|mime-version|allow"
    rb"|allow-events|u|supported|k|require|proxy-require|unsupported|user-agent|server|expires|session-expires|x|min-se"
    rb"|min-expires|event|o|subscription-state|retry-after|rseq|rack|accept|accept-encoding|accept-language|date"
    rb"|timestamp|privacy|replaces|reason|warning|refer-sub|record-route|route|path|service-route)",
    re.IGNORECASE,
)
"""Headers that name no caller. In them only users of URIs and numbers are replaced."""
_ADDRESS_HEADERS = re.compile(
    rb"(?:from|f|to|t|contact|m|p-asserted-identity|p-preferred-identity|p-called-party-id|remote-party-id|diversion"
    rb"|history-info|referred-by|b|refer-to|r|reply-to|p-associated-uri|in-reply-to)",
    re.IGNORECASE,
)
"""Headers that hold addresses: display names go, users are replaced."""
_HEADER = re.compile(rb"([!#-'*+.0-9A-Z^-z|~-]+)([ \t]*:[ \t]*)(.*)", re.DOTALL)
_URI_USER = re.compile(rb"(sips?:)([^\s@<>\";?]+)(?:;[^\s@<>\"?]*)?@", re.IGNORECASE)
_TEL = re.compile(rb"(tel:)([^\s;<>\",?]+)", re.IGNORECASE)
_DISPLAY_NAME = re.compile(rb"\"(?:[^\"\\]|\\.)*\"(?=\s*<)|(?:\A|(?<=,))[^<,\"]*(?=<)", re.DOTALL)
_LONG_NUMBER = re.compile(rb"(?<![0-9A-Za-z.@=-])\+?[0-9]{7,15}(?![0-9A-Za-z.@-])")
_FOLD = re.compile(rb"(?:\r\n|\r|\n)[ \t]+")
_PERSONAL_SDP = re.compile(rb"([\r\n](?:s=|i=|u=|e=|p=|o=(?=[^ \r\n]+ )))([^\r\n]+)")
_SDP = re.compile(rb"[\r\n]content-type[ \t]*:[ \t]*application/sdp|[\r\n]c[ \t]*:[ \t]*application/sdp", re.IGNORECASE)
_VISIBLE = re.compile(rb"[^\r\n]")


class Anonymiser:
    """Anonymises the messages of one trace; keep it for all of them, as it remembers who is who."""

    def __init__(self) -> None:
        self._parties: dict[bytes, bytes] = {}

    def __call__(self, message: TracedMessage) -> TracedMessage:
        """Return ``message`` without numbers and names."""
        head, end, body = message.data.partition(b"\r\n\r\n")
        start_line, *lines = _FOLD.sub(b" ", head).split(b"\r\n")
        head = b"\r\n".join((self._start_line(start_line), *map(self._header, lines)))
        return replace(message, data=head + end + _body(b"\r\n" + head, body))

    def party(self, user: bytes) -> bytes:
        """Return what stands for a user or number."""
        digits = re.sub(rb"\D", b"", user)
        key = digits[-_NUMBER_TAIL:] if len(digits) >= 7 else user
        return self._parties.setdefault(key, b"party%d" % (len(self._parties) + 1))

    def _start_line(self, line: bytes) -> bytes:
        if line[:4].upper() == b"SIP/":
            return self._without_numbers(line)
        return self._without_numbers(self._without_users(line))

    def _header(self, line: bytes) -> bytes:
        match = _HEADER.fullmatch(line)
        if match is None:
            return b"***"
        name, colon, value = match.groups()
        if _ADDRESS_HEADERS.fullmatch(name):
            shown = self._without_users(_DISPLAY_NAME.sub(b"", value))
            if b"sip" not in value.lower() and b"tel:" not in value.lower():
                shown = b"***"
        elif _KEPT_HEADERS.fullmatch(name):
            shown = self._without_users(value)
            if name.lower() in (b"reason", b"warning", b"user-agent", b"server"):
                shown = self._without_numbers(shown)
        else:
            shown = b"***"
        return name + colon + shown

    def _without_users(self, text: bytes) -> bytes:
        text = _URI_USER.sub(lambda match: match[1] + self.party(match[2]) + b"@", text)
        return _TEL.sub(lambda match: match[1] + self.party(match[2]), text)

    def _without_numbers(self, text: bytes) -> bytes:
        return _LONG_NUMBER.sub(lambda match: self.party(match[0]), text)


def _body(head: bytes, body: bytes) -> bytes:
    if not _SDP.search(head):
        # Nobody can tell what else holds: a MESSAGE the words, a sipfrag an address, a PIDF the person.
        return _VISIBLE.sub(b"*", body)
    return _PERSONAL_SDP.sub(_mask_sdp, b"\n" + body)[1:]


def _mask_sdp(match: re.Match[bytes]) -> bytes:
    if not match[1].lower().endswith(b"o="):
        return match[1] + b"*" * len(match[2])
    user, space, rest = match[2].partition(b" ")
    return match[1] + b"-" * len(user) + space + rest
