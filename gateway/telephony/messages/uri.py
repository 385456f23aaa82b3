"""SIP, SIPS and TEL URIs (RFC 3261 section 19.1, RFC 3966)."""

from __future__ import annotations

import ipaddress
import re
import string
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, unquote

from gateway.telephony.messages.grammar import NO_PARAMETERS, Parameters

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9\-_.]*[A-Za-z0-9.])?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(r"[\s<>\"\x00-\x1f\x7f]")
_TEL_NUMBER = re.compile(r"\+?[0-9A-Fa-f*#\-.()]+")
_USER_SAFE = "-_.!~*'()&=+$,;?/"
_PASSWORD_SAFE = "-_.!~*'()&=+$,"  # noqa: S105
_PARAMETER_SAFE = "-_.!~*'()[]/:&+$"


@dataclass(frozen=True, slots=True)
class SipUri:
    """A SIP or SIPS URI. ``user`` and parameters are held unescaped, ``headers`` as written; IPv6 without brackets."""

    host: str
    user: str | None = None
    port: int | None = None
    parameters: Parameters = NO_PARAMETERS
    headers: str | None = None
    password: str | None = None
    scheme: str = "sip"

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user is not None:
            text += _escape(self.user, _USER_SAFE)
            if self.password is not None:
                text += ":" + _escape(self.password, _PASSWORD_SAFE)
            text += "@"
        text += host_port(self.host, self.port)
        for name, value in self.parameters:
            text += f";{_escape(name, _PARAMETER_SAFE)}"
            if value is not None:
                text += f"={_escape(value, _PARAMETER_SAFE)}"
        return text if self.headers is None else f"{text}?{self.headers}"

    @property
    def secure(self) -> bool:
        """Whether this is a SIPS URI."""
        return self.scheme == "sips"

    @property
    def transport(self) -> str | None:
        """The transport parameter in capitals."""
        value = self.parameters.get("transport")
        return value.upper() if value else None


@dataclass(frozen=True, slots=True)
class TelUri:
    """A telephone number as a URI; ``number`` as written, with its visual separators."""

    number: str
    parameters: Parameters = NO_PARAMETERS

    scheme = "tel"

    def __str__(self) -> str:
        return f"tel:{self.number}{self.parameters}"


@dataclass(frozen=True, slots=True)
class OtherUri:
    """A URI of a scheme that is only passed on; requests to it get 416."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


Uri: TypeAlias = SipUri | TelUri | OtherUri


def is_secure(uri: Uri) -> bool:
    """Return whether ``uri`` is a SIPS URI, so that every hop to it must be TLS (RFC 3261 section 26.2.2)."""
    return isinstance(uri, SipUri) and uri.secure


def parse_uri(text: str) -> Uri:
    """Parse ``text``; raise ValueError when it is no URI."""
    if not text.isascii():
        text = quote(text, safe=string.punctuation + " ", errors="surrogateescape")
    match = _SCHEME.fullmatch(text)
    if match is None or _FORBIDDEN.search(text):
        raise ValueError("it is not a URI")
    scheme, rest = match[1].lower(), match[2]
    if scheme in ("sip", "sips"):
        return _parse_sip(scheme, rest)
    if scheme == "tel":
        number, _, parameters = rest.partition(";")
        if not _TEL_NUMBER.fullmatch(number):
            raise ValueError("the tel URI holds no number")
        return TelUri(number, _uri_parameters(parameters, unescape=False))
    return OtherUri(match[1], rest)


def host_port(host: str, port: int | None = None) -> str:
    """Return ``host`` and ``port`` as they stand in URIs and Via: IPv6 addresses in brackets."""
    text = f"[{host}]" if ":" in host else host
    return text if port is None else f"{text}:{port}"


def parse_host_port(text: str) -> tuple[str, int | None]:
    """Parse ``host[:port]``; raise ValueError when it cannot be read."""
    text = text.strip()
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise ValueError("an IPv6 address has no closing bracket")
        if "." in host:
            # The grammar of RFC 3261 could only write an IPv4 part behind three colons (RFC 5118 section 4.10).
            host = host.replace(":::", "::")
        try:
            host = str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise ValueError("an IPv6 address cannot be read") from error
        rest = rest.strip()
        if rest and not rest.startswith(":"):
            raise ValueError("something stands behind an IPv6 address")
        port = rest[1:]
        colon = rest[:1]
    else:
        host, colon, port = text.partition(":")
        host = host.strip()
        if not _HOST.fullmatch(host):
            raise ValueError("it holds no proper host")
    if not colon:
        return host, None
    port = port.strip()
    if not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise ValueError("the port is not a number up to 65535")
    return host, int(port)


def _parse_sip(scheme: str, rest: str) -> SipUri:
    if _BAD_ESCAPE.search(rest):
        raise ValueError("a percent sign is not followed by two hexadecimal digits")
    # The user part may itself hold ? and ; so what is before the @ is taken off first.
    userinfo, at, tail = rest.rpartition("@") if "@" in rest else ("", "", rest)
    user: str | None = None
    password: str | None = None
    if at:
        name, colon, secret = userinfo.partition(":")
        if not name or "@" in userinfo:
            raise ValueError("the user part cannot be read")
        user = unquote(name, errors="surrogateescape")
        password = unquote(secret, errors="surrogateescape") if colon else None
    tail, question, headers = tail.partition("?")
    address, _, parameters = tail.partition(";")
    host, port = parse_host_port(address)
    return SipUri(
        host=host,
        user=user,
        port=port,
        parameters=_uri_parameters(parameters, unescape=True),
        headers=headers if question else None,
        password=password,
        scheme=scheme,
    )


def _uri_parameters(text: str, *, unescape: bool) -> Parameters:
    if not text:
        return Parameters()
    items: list[tuple[str, str | None]] = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise ValueError("a URI parameter has no name")
        if unescape:
            name, value = unquote(name, errors="surrogateescape"), unquote(value, errors="surrogateescape")
        items.append((name.lower(), value if equals else None))
    return Parameters(tuple(items))


def _escape(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="surrogateescape")
