"""Session descriptions: parsing and serialising (RFC 8866)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from gateway.telephony.errors import SdpError

MAX_LINES = 512
"""Most lines of a description."""

Attribute: TypeAlias = tuple[str, str | None]
Line: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """The ``o=`` line: who made the session, and its version."""

    session_id: int
    session_version: int
    address: str
    username: str = "-"

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.session_version} IN {_family(self.address)} {self.address}"


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One ``m=`` section. ``connection`` is the address of its ``c=`` line; ``bandwidths`` are whole ``b=`` values."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    connection: str | None = None
    bandwidths: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = field(default=(), repr=False)  # may hold keys, which no log should
    port_count: int = 1

    def attribute(self, name: str) -> str | None:
        """Return the first value of attribute ``name``; None when it is absent or has no value."""
        return next((value for key, value in self.attributes if key == name), None)

    def values(self, name: str) -> list[str]:
        """Return every value of attribute ``name``."""
        return [value for key, value in self.attributes if key == name and value is not None]

    def rejected(self) -> MediaDescription:
        """Return this section as an answer that refuses it (RFC 3264 section 6)."""
        return MediaDescription(self.media, 0, self.protocol, self.formats)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A whole description. ``connection`` is the address of the session's ``c=`` line."""

    origin: Origin
    media: tuple[MediaDescription, ...] = ()
    name: str = "-"
    connection: str | None = None
    bandwidths: tuple[str, ...] = ()
    times: tuple[str, ...] = ("0 0",)
    attributes: tuple[Attribute, ...] = field(default=(), repr=False)  # may hold keys, which no log should

    def address_of(self, media: MediaDescription) -> str | None:
        """Return where ``media`` is received: its own ``c=`` line's address, else the session's."""
        return media.connection or self.connection

    def direction_of(self, media: MediaDescription) -> str:
        """Return the direction of ``media``, which may stand at the session's level; the default is sendrecv."""
        for name, _ in (*media.attributes, *self.attributes):
            if name in DIRECTIONS:
                return name
        return "sendrecv"

    def serialise(self) -> bytes:
        """Return the description as octets."""
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        lines += _connection_line(self.connection)
        lines += [f"b={value}" for value in self.bandwidths]
        lines += [f"t={value}" for value in self.times]
        lines += _attribute_lines(self.attributes)
        for media in self.media:
            port = str(media.port) if media.port_count == 1 else f"{media.port}/{media.port_count}"
            lines.append(f"m={media.media} {port} {media.protocol} {' '.join(media.formats)}")
            lines += _connection_line(media.connection)
            lines += [f"b={value}" for value in media.bandwidths]
            lines += _attribute_lines(media.attributes)
        return ("\r\n".join(lines) + "\r\n").encode("utf-8", "surrogateescape")


DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")

_MEDIA = re.compile(r"([^ ]+) +([0-9]{1,5})(?:/([0-9]{1,5}))? +([^ ]+)((?: +[^ ]+)+) *")
_LINE = re.compile(r"([a-z])=(.*)")


def parse_sdp(data: bytes) -> SessionDescription:
    """Parse a description; raise ``SdpError`` with one sentence that says what is wrong.

    Lines that mean nothing to a telephone (i, u, e, p, r, z, k) are read over. Line ends may be LF alone.
    """
    lines = _split_lines(data)
    if not lines or lines[0] != ("v", "0"):
        raise SdpError("The session description does not begin with v=0")
    starts = [index for index, (kind, _) in enumerate(lines) if kind == "m"]
    head = lines[1 : starts[0] if starts else len(lines)]
    sections = [lines[start:end] for start, end in zip(starts, [*starts, len(lines)][1:], strict=True)]
    origins = [value for kind, value in head if kind == "o"]
    if len(origins) != 1:
        raise SdpError("The session description needs one o= line")
    return SessionDescription(
        origin=_parse_origin(origins[0]),
        name=next((value for kind, value in head if kind == "s"), "-"),
        connection=_parse_connections(head),
        bandwidths=tuple(value for kind, value in head if kind == "b"),
        times=tuple(value for kind, value in head if kind == "t") or ("0 0",),
        attributes=_parse_attributes(head),
        media=tuple(_parse_media(section) for section in sections),
    )


def _split_lines(data: bytes) -> list[Line]:
    text = data.decode("utf-8", "surrogateescape")
    rows = [row for row in text.replace("\r\n", "\n").split("\n") if row]
    if len(rows) > MAX_LINES:
        raise SdpError(f"The session description has more than {MAX_LINES} lines")
    lines: list[Line] = []
    for row in rows:
        match = _LINE.fullmatch(row)
        if match is None or "\r" in row or "\x00" in row:
            raise SdpError("A line of the session description is not of the form letter=value")
        lines.append((match[1], match[2]))
    return lines


def _parse_origin(value: str) -> Origin:
    parts = value.split()
    if len(parts) != 6 or not (_is_number(parts[1]) and _is_number(parts[2])):
        raise SdpError("The o= line of the session description cannot be read")
    return Origin(int(parts[1]), int(parts[2]), parts[5], parts[0])


def _parse_connections(lines: list[Line]) -> str | None:
    for kind, value in lines:
        if kind == "c":
            parts = value.split()
            if len(parts) != 3 or parts[0] != "IN" or parts[1] not in ("IP4", "IP6"):
                raise SdpError("A c= line of the session description cannot be read")
            return parts[2].partition("/")[0]
    return None


def _parse_attributes(lines: list[Line]) -> tuple[Attribute, ...]:
    attributes: list[Attribute] = []
    for kind, value in lines:
        if kind == "a":
            name, colon, rest = value.partition(":")
            attributes.append((name, rest if colon else None))
    return tuple(attributes)


def _parse_media(lines: list[Line]) -> MediaDescription:
    match = _MEDIA.fullmatch(lines[0][1])
    if match is None or int(match[2]) > 65535:
        raise SdpError("An m= line of the session description cannot be read")
    description = MediaDescription(match[1], int(match[2]), match[4], tuple(match[5].split()))
    return replace(
        description,
        port_count=int(match[3] or 1),
        connection=_parse_connections(lines),
        bandwidths=tuple(value for kind, value in lines if kind == "b"),
        attributes=_parse_attributes(lines),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _family(address: str) -> str:
    try:
        return f"IP{ipaddress.ip_address(address).version}"
    except ValueError:
        return "IP4"


def _connection_line(address: str | None) -> list[str]:
    return [] if address is None else [f"c=IN {_family(address)} {address}"]


def _attribute_lines(attributes: tuple[Attribute, ...]) -> list[str]:
    return [f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes]
