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
_BEFORE_ADDRESS = re.compile(rb"(?:\A|(?<=>))([^<>]*)(?=<)")
"""What is left before an address once the names that are written as they must be are gone."""
_OTHER_ADDRESS = re.compile(rb"<(?!\s*(?:sips?|tel):)[^<>]*", re.IGNORECASE)
_BARE_ADDRESS = re.compile(rb"\s*(?:sips?:|tel:)|\s*\*", re.IGNORECASE)
_LONG_NUMBER = re.compile(rb"(?<![0-9A-Za-z.@=-])\+?[0-9]{7,15}(?![0-9A-Za-z.@-])")
_HEAD_END = re.compile(rb"\r\n\r\n|\n\r?\n|\r\r")
_LINE_END = re.compile(rb"(\r\n|\r|\n)")
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
        # A message that breaks the rules is looked at most of all: any line end counts.
        found = _HEAD_END.search(message.data)
        cut, begin = (found.start(), found.end()) if found else (len(message.data), len(message.data))
        start_line, *lines = _LINE_END.split(_FOLD.sub(b" ", message.data[:cut]))
        headers = (end + self._header(line) for end, line in zip(lines[::2], lines[1::2], strict=True))
        head = self._start_line(start_line) + b"".join(headers)
        body = _body(b"\r\n" + head, message.data[begin:])
        return replace(message, data=head + message.data[cut:begin] + body)

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
            shown = self._without_users(_without_names(value))
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


def _without_names(value: bytes) -> bytes:
    """Return the addresses in ``value`` with their parameters, also where a name before them cannot be read."""
    value = _DISPLAY_NAME.sub(b"", value)
    if b"<" not in value:
        return value if _BARE_ADDRESS.match(value) else b"***"
    return _OTHER_ADDRESS.sub(b"<***", _BEFORE_ADDRESS.sub(_up_to_comma, value))


def _up_to_comma(match: re.Match[bytes]) -> bytes:
    """Return of what stands between two addresses the parameters of the first."""
    parameters, comma, _ = match[1].partition(b",")
    return b"" if match.start() == 0 else parameters + comma + b" "


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
