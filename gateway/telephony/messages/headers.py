"""Structured header fields: addresses, Via, CSeq (RFC 3261 section 20, RFC 3581)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.telephony.messages.grammar import (
    NO_PARAMETERS,
    Parameters,
    is_token,
    match_quoted,
    parse_parameters,
    quote,
)
from gateway.telephony.messages.uri import Uri, host_port, parse_host_port, parse_uri

MAGIC_COOKIE = "z9hG4bK"
"""What branches begin with that are unique over all transactions (RFC 3261 section 8.1.1.7)."""


@dataclass(frozen=True, slots=True)
class NameAddress:
    """A URI with a display name and header parameters, as in From, To, Contact and Route."""

    uri: Uri
    display_name: str = ""
    parameters: Parameters = NO_PARAMETERS

    def __str__(self) -> str:
        name = f"{quote(self.display_name)} " if self.display_name else ""
        return f"{name}<{self.uri}>{self.parameters}"

    @property
    def tag(self) -> str:
        """The tag; empty when there is none, which RFC 2543 peers may do (RFC 3261 section 12.1.1)."""
        return self.parameters.get("tag") or ""

    def tagged(self, tag: str) -> NameAddress:
        """Return this address with ``tag``."""
        return replace(self, parameters=self.parameters.having("tag", tag))


def parse_name_address(text: str) -> NameAddress:
    """Parse a name-addr or addr-spec with parameters; raise ValueError when it cannot be read."""
    text = text.strip()
    name = ""
    quoted = match_quoted(text)
    if quoted is not None:
        name, end = quoted
        text = text[end:].lstrip()
        if not text.startswith("<"):
            raise ValueError("no address in angle brackets follows the display name")
    elif "<" in text:
        name, _, text = text.partition("<")
        name, text = " ".join(name.split()), "<" + text
        # Names that must be quoted and are not (umlauts, commas) come from real telephones: they are taken.
        if '"' in name:
            raise ValueError("the display name has a quotation mark that is not closed")
    if text.startswith("<"):
        address, bracket, rest = text[1:].partition(">")
        rest = rest.strip()
        if not bracket or (rest and not rest.startswith(";")):
            raise ValueError("the angle brackets are not closed properly")
        return NameAddress(parse_uri(address.strip()), name, parse_parameters(rest))
    # Without brackets every parameter belongs to the header field, not to the URI (section 20).
    address, semicolon, rest = text.partition(";")
    if "?" in address or "," in address:
        raise ValueError("such an address must stand in angle brackets")
    return NameAddress(parse_uri(address.strip()), "", parse_parameters(semicolon + rest))


@dataclass(frozen=True, slots=True)
class Via:
    """One hop that a request has passed."""

    host: str
    port: int | None = None
    transport: str = "UDP"
    parameters: Parameters = NO_PARAMETERS

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {host_port(self.host, self.port)}{self.parameters}"

    @property
    def branch(self) -> str:
        """The transaction's branch; empty when there is none."""
        return self.parameters.get("branch") or ""

    def stamped(self, host: str, port: int) -> Via:
        """Return this Via as a server hands it on that received the request from ``host`` and ``port``.

        ``received`` is added when the address differs from sent-by or the client asked for ``rport``, which is then
        filled in (RFC 3261 section 18.2.1, RFC 3581 section 4).
        """
        parameters = self.parameters.without("received")
        if "rport" in parameters:
            parameters = parameters.having("rport", str(port)).having("received", host)
        elif self.host != host:
            parameters = parameters.having("received", host)
        return replace(self, parameters=parameters)

    def response_address(self) -> tuple[str, int]:
        """Return where the response goes (RFC 3261 section 18.2.2, RFC 3581 section 4).

        ``maddr`` is not followed: it would let a request send our response to somebody else.
        """
        port = self.parameters.get("rport") or ""
        return self.parameters.get("received") or self.host, int(port) if port.isdigit() else self.port or 5060


_VIA = re.compile(r"SIP\s*/\s*2\.0\s*/\s*([A-Za-z0-9\-.!%*_+`'~]+)\s+([^;]+)(;.*)?", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=256)
def parse_via(text: str) -> Via:
    """Parse one Via value; raise ValueError when it cannot be read.

    The same one is asked for several times while its message is served.
    """
    match = _VIA.fullmatch(text.strip())
    if match is None:
        raise ValueError("it is not SIP/2.0/transport host;parameters")
    host, port = parse_host_port(match[2])
    return Via(host, port, match[1].upper(), parse_parameters(match[3] or ""))


@dataclass(frozen=True, slots=True)
class CSeq:
    """The sequence number and method of a request."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_cseq(text: str) -> CSeq:
    """Parse a CSeq value; raise ValueError when it cannot be read."""
    number, _, method = text.strip().partition(" ")
    method = method.strip()
    if not (number.isascii() and number.isdigit()) or len(number) > 10 or int(number) >= 2**31:
        raise ValueError("the sequence number is not below 2^31")
    if not is_token(method):
        raise ValueError("it names no method")
    return CSeq(int(number), method)
