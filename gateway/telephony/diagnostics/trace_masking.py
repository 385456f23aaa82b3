"""Takes the secrets out of SIP messages before anything keeps or shows them.

Works on octets as they came, readable or not: a broken message may hold a secret too. A secret in a header becomes
``***``; one in a body is overwritten by as many asterisks as it had octets, so that Content-Length stays true.
"""

from __future__ import annotations

import re

MASK = b"***"

_PLAIN_PARAMETERS = frozenset(
    (b"realm", b"username", b"algorithm", b"qop", b"nc", b"stale", b"uri", b"domain", b"charset", b"userhash")
)
"""What a digest's headers keep: enough to see a wrong user name, realm or algorithm (RFC 7616 section 3)."""

_SECRET_HEADERS = re.compile(
    rb"(?P<name>[\r\n][ \t]*(?:(?:proxy-)?authorization|(?:www|proxy)-authenticate"
    rb"|(?:proxy-)?authentication-info|(?P<identity>identity|y))[ \t]*:)"
    rb"(?P<value>[^\r\n]*(?:(?:\r\n|\r|\n)[ \t]+[^\r\n]*)*)",
    re.IGNORECASE,
)
_SECRET_BODY_LINES = re.compile(
    rb"([\r\n][ \t]*(?:"
    rb"a=crypto:[ \t]*\d{1,9}[ \t]+[A-Za-z0-9_]+[ \t]+(?:inline:)?"  # SDES keys (RFC 4568)
    rb"|a=crypto:|a=key-mgmt:|a=ice-pwd:|k=(?:clear:|base64:)?"  # RFC 4567, RFC 8839, RFC 8866 section 5.12
    rb"|signal[ \t]*=[ \t]*))"  # keys that a caller pressed (application/dtmf-relay)
    rb"([^\r\n]+)",
    re.IGNORECASE,
)
_KEY_PRESS_TYPE = re.compile(rb"[\r\n](?:content-type|c)[ \t]*:[ \t]*application/dtmf[ \t;\r\n]", re.IGNORECASE)
_URI_PASSWORD = re.compile(rb"(.*sips?:[^:]+):[^;]*", re.IGNORECASE | re.DOTALL)
_BEFORE_URI = tuple(b' \t\r\n<>"?')
_LONGEST_USER_INFO = 512
_SCHEME = re.compile(rb"[ \t\r\n]*([A-Za-z][A-Za-z0-9-]{0,31})[ \t\r\n]+(?![ \t\r\n]*=)")
_PARAMETER = re.compile(
    rb"([A-Za-z][A-Za-z0-9_-]{0,31})[ \t\r\n]*=[ \t\r\n]*(\"(?:[^\"\\]|\\.)*\"|[^\s,\"]*)", re.DOTALL
)
_PLAIN_VALUE = re.compile(rb"\"[^\"\\=]*\"|[A-Za-z0-9._-]*")
_PLAIN_URI = re.compile(rb"\"[^\"\\\s,]*\"")
_IDENTITY = re.compile(rb"[ \t]*([A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.)[A-Za-z0-9_-]+[ \t]*((?:;[^\r\n\"]*)?)")
_HEAD_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_VISIBLE = re.compile(rb"[^\r\n]")


def mask_secrets(data: bytes) -> bytes:
    """Return ``data`` without credentials, digest nonces and responses, media keys, signatures and keys pressed."""
    text = b"\n" + data  # so that every line, also the first, follows a line end
    end = _HEAD_END.search(text)
    cut = len(text) if end is None else end.end() - 1  # the body keeps the line end before its first line
    head, body = text[:cut], text[cut:]
    if _KEY_PRESS_TYPE.search(head):
        body = _VISIBLE.sub(b"*", body)
    head = _mask_passwords(_SECRET_HEADERS.sub(_mask_header, head))
    body = _SECRET_BODY_LINES.sub(_mask_body_line, _SECRET_HEADERS.sub(_mask_body_header, body))
    return head[1:] + body


def _mask_header(match: re.Match[bytes]) -> bytes:
    value = match["value"]
    if match["identity"] is not None:
        # The signature is what lets somebody else use the token; what it says of the caller stands in From as well.
        token = _IDENTITY.fullmatch(value)
        return match["name"] + (b" " + token[1] + MASK + token[2] if token else b" " + MASK)
    if match["name"].lower().rstrip(b" \t:").endswith(b"-info"):
        return match["name"] + b" " + _plain_parameters(value)
    scheme = _SCHEME.match(value)
    if scheme is None:
        return match["name"] + b" " + MASK
    if scheme[1].lower() != b"digest":
        return match["name"] + b" " + scheme[1] + b" " + MASK
    return match["name"] + b" " + scheme[1] + b" " + _plain_parameters(value[scheme.end() :])


def _mask_passwords(head: bytes) -> bytes:
    """Mask the passwords in ``sip:user:password@host``. One pass: a hostile message must not cost more than others."""
    parts = head.split(b"@")
    for index, part in enumerate(parts[:-1]):
        if part.count(b":") < 2:
            continue
        start = max(map(part.rfind, _BEFORE_URI)) + 1
        user_info = part[start:]
        if user_info.count(b":") < 2:
            continue
        if len(user_info) > _LONGEST_USER_INFO:
            parts[index] = part[:start] + MASK
        elif (uri := _URI_PASSWORD.fullmatch(user_info)) is not None:
            parts[index] = part[:start] + uri[1] + b":" + MASK
    return b"@".join(parts)


def _plain_parameters(text: bytes) -> bytes:
    """Return the parameters, rebuilt from those that can be read: what lies between them is left out."""
    return b", ".join(
        name + b"=" + (value if _is_plain(name.lower(), value) else MASK) for name, value in _PARAMETER.findall(text)
    )


def _is_plain(name: bytes, value: bytes) -> bool:
    # A quotation mark that is missing makes one value out of several: one that looks like it is not shown.
    pattern = _PLAIN_URI if name == b"uri" else _PLAIN_VALUE
    return name in _PLAIN_PARAMETERS and pattern.fullmatch(value) is not None


def _mask_body_header(match: re.Match[bytes]) -> bytes:
    return match["name"] + _VISIBLE.sub(b"*", match["value"])


def _mask_body_line(match: re.Match[bytes]) -> bytes:
    return match[1] + b"*" * len(match[2])
