"""SIP messages: parsing and serialising (RFC 3261 section 7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeAlias, TypeVar

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.grammar import is_token, split_list
from gateway.telephony.messages.headers import CSeq, NameAddress, Via, parse_cseq, parse_name_address, parse_via
from gateway.telephony.messages.uri import OtherUri, SipUri, Uri, parse_uri

MAX_MESSAGE = 65_535
"""Longest message, in octets."""
MAX_HEADERS = 256
"""Most header lines of a message."""
MAX_HEADER_LENGTH = 8_192
"""Longest header field after unfolding, in octets."""
MAX_HOPS = 70
"""Most entries of Via, and of Route and Record-Route: a request with the usual Max-Forwards passes no more."""
MAX_URI_LENGTH = 2_048
"""Longest Request-URI, in octets; a longer one is refused with 414."""

_COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
_SPECIAL_CASE = {
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "www-authenticate": "WWW-Authenticate",
    "mime-version": "MIME-Version",
    "min-se": "Min-SE",
    "rack": "RAck",
    "rseq": "RSeq",
}
_ONCE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Content-Length")
_NEEDED = ("Via", "From", "To", "Call-ID", "CSeq")
_HOPS = ("Via", "Route", "Record-Route")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n\x00]*))?", re.IGNORECASE)
# Within a quoted string even NUL may stand, behind a backslash (RFC 3261 section 25.1, quoted-pair).
_CONTROL = re.compile(r"[\r\n]|(?<!\\)\x00")
_FOLD = re.compile(r"\r\n[ \t]+")

_T = TypeVar("_T")


@lru_cache(maxsize=1024)
def _canonical(name: str) -> str:
    lower = name.lower()
    lower = _COMPACT.get(lower, lower)
    return _SPECIAL_CASE.get(lower) or "-".join(part.capitalize() for part in lower.split("-"))


class Headers:
    """Header fields in order; names compare without case and compact forms are the long ones."""

    __slots__ = ("_by_name", "_items")

    def __init__(self, items: Iterable[tuple[str, object]] = ()) -> None:
        self._items: list[tuple[str, str]] = [(_canonical(name), str(value)) for name, value in items]
        self._by_name: dict[str, list[str]] | None = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, name: str) -> bool:
        return _canonical(name) in self._index()

    def __repr__(self) -> str:
        # Values hold numbers and names of callers, which must not reach a log.
        return f"<Headers {[name for name, _ in self._items]}>"

    def get(self, name: str) -> str | None:
        """Return the first value of ``name``."""
        values = self._index().get(_canonical(name))
        return None if values is None else values[0]

    def get_all(self, name: str) -> list[str]:
        """Return every value of ``name``, one a line."""
        return list(self._index().get(_canonical(name), ()))

    def get_list(self, name: str) -> list[str]:
        """Return the elements of the comma-separated ``name``; raise ValueError when it cannot be split."""
        return [part for value in self.get_all(name) for part in split_list(value) if part]

    def add(self, name: str, value: object) -> None:
        """Add ``name`` behind the others."""
        self._items.append((_canonical(name), str(value)))
        self._by_name = None

    def set(self, name: str, value: object) -> None:
        """Put ``value`` in the place of every ``name``."""
        name = _canonical(name)
        at = next((index for index, (key, _) in enumerate(self._items) if key == name), len(self._items))
        self._items = [item for item in self._items if item[0] != name]
        self._items.insert(at, (name, str(value)))
        self._by_name = None

    def copy(self) -> Headers:
        """Return a copy."""
        new = Headers()
        new._items = list(self._items)
        return new

    def _index(self) -> dict[str, list[str]]:
        """Return the values by name; made when it is first asked for, as most header fields never are."""
        index = self._by_name
        if index is None:
            index = self._by_name = {}
            for name, value in self._items:
                index.setdefault(name, []).append(value)
        return index


@dataclass(eq=True)
class _Message:
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @cached_property
    def from_address(self) -> NameAddress:
        """The From header field."""
        return self._parsed("From", parse_name_address)

    @cached_property
    def to_address(self) -> NameAddress:
        """The To header field."""
        return self._parsed("To", parse_name_address)

    @cached_property
    def cseq(self) -> CSeq:
        """The CSeq header field."""
        return self._parsed("CSeq", parse_cseq)

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.headers.get("Call-ID") or ""

    @property
    def top_via(self) -> Via:
        """The topmost Via."""
        try:
            value = self.headers.get("Via") or ""
            return parse_via(value if "," not in value else self.headers.get_list("Via")[0])
        except (ValueError, IndexError) as error:
            raise MalformedMessage(f"The Via header cannot be read: {error}") from error

    def addresses(self, name: str) -> list[NameAddress]:
        """Return the addresses of ``name`` (Contact, Route, Record-Route); raise ``MalformedMessage``."""
        try:
            return [parse_name_address(value) for value in self.headers.get_list(name)]
        except ValueError as error:
            raise MalformedMessage(f"The {name} header cannot be read: {error}") from error

    def _parsed(self, name: str, parse: Callable[[str], _T]) -> _T:
        try:
            return parse(self.headers.get(name) or "")
        except ValueError as error:
            raise MalformedMessage(f"The {name} header cannot be read: {error}") from error

    def _head(self) -> str:
        raise NotImplementedError

    def serialise(self) -> bytes:
        """Return the message as octets; Content-Length is set to the body's length."""
        lines = [self._head()]
        lines.extend(f"{name}: {value}" for name, value in self.headers if name != "Content-Length")
        lines.append(f"Content-Length: {len(self.body)}\r\n\r\n")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


@dataclass(eq=True, kw_only=True)
class Request(_Message):
    """A SIP request."""

    method: str
    uri: Uri

    def __repr__(self) -> str:
        return f"<Request {self.method}>"

    def _head(self) -> str:
        return f"{self.method} {self.uri} SIP/2.0"

    def stamp_source(self, host: str, port: int) -> None:
        """Note in the topmost Via where this request came from; raise ``MalformedMessage`` when it cannot be read."""
        stamped = self.top_via.stamped(host, port)
        # The others are handed on as they are: one that cannot be read must not keep the answer back.
        first, *others = self.headers.get_all("Via")
        _, *behind = split_list(first)
        self.headers.set("Via", ", ".join([str(stamped), *behind, *others]))


@dataclass(eq=True, kw_only=True)
class Response(_Message):
    """A SIP response."""

    status: int
    reason: str

    def __repr__(self) -> str:
        return f"<Response {self.status}>"

    def _head(self) -> str:
        return f"SIP/2.0 {self.status} {self.reason}"


Message: TypeAlias = Request | Response


def parse_message(data: bytes) -> Message:
    """Parse one datagram; raise ``MalformedMessage``, with the request so far when it can be answered."""
    if len(data) > MAX_MESSAGE:
        raise MalformedMessage("The message is too large", status=513)
    head, end, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    start_line, *lines = _FOLD.sub(" ", head.decode("utf-8", "surrogateescape")).split("\r\n")
    headers, problem = _parse_headers(lines)
    if not end:
        problem = problem or "The header section does not end with an empty line"
    if start_line[:4].upper() == "SIP/":
        message: Message = _parse_status_line(start_line, headers)
    else:
        message, problem = _parse_request_line(start_line, headers, problem)
    answerable = message if isinstance(message, Request) else None
    if problem:
        raise MalformedMessage(problem, request=answerable)
    try:
        _check(message)
        message.body = _cut_body(headers, body)
    except MalformedMessage as error:
        error.request = answerable
        raise
    return message


def _parse_headers(lines: list[str]) -> tuple[Headers, str | None]:
    items: list[tuple[str, str]] = []
    problem = f"There are more than {MAX_HEADERS} header lines" if len(lines) > MAX_HEADERS else None
    for line in lines[:MAX_HEADERS]:
        name, colon, value = line.partition(":")
        name, value = name.rstrip(" \t"), value.strip(" \t")
        if not colon or not is_token(name):
            problem = problem or "A header line is not of the form name: value"
        elif len(line) > MAX_HEADER_LENGTH:
            problem = problem or "A header is too long"
        elif _CONTROL.search(value):
            problem = problem or "A header holds a control character"
        else:
            items.append((name, value))
    return Headers(items), problem


def _parse_status_line(line: str, headers: Headers) -> Response:
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise MalformedMessage("The status line cannot be read")
    return Response(status=int(match[1]), reason=match[2] or "", headers=headers)


def _parse_request_line(line: str, headers: Headers, problem: str | None) -> tuple[Request, str | None]:
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not is_token(method):
        raise MalformedMessage("The request line cannot be read")
    request = Request(method=method, uri=OtherUri("invalid", ""), headers=headers)
    if not version:
        return request, problem or "The request line cannot be read"
    if version.upper() != "SIP/2.0":
        known = version.upper().startswith("SIP/")
        raise MalformedMessage(
            "Version Not Supported" if known else "The request line does not end with SIP/2.0",
            status=505 if known else 400,
            request=request,
        )
    if len(target) > MAX_URI_LENGTH:
        raise MalformedMessage("Request-URI Too Long", status=414, request=request)
    try:
        request.uri = parse_uri(target)
    except ValueError as error:
        return request, problem or f"The Request-URI cannot be read: {error}"
    if isinstance(request.uri, SipUri) and request.uri.headers is not None:
        problem = problem or "The Request-URI holds header fields"  # section 19.1.1, table 1
    return request, problem


def _check(message: Message) -> None:
    _check_counts(message.headers)
    if not message.call_id or " " in message.call_id:
        raise MalformedMessage("The Call-ID header cannot be read: it is not one word")
    _ = message.top_via, message.from_address, message.to_address
    if isinstance(message, Request):
        if message.cseq.method != message.method:
            raise MalformedMessage("The CSeq header names another method than the request line")
        hops = message.headers.get("Max-Forwards")
        if hops is not None and not (hops.isascii() and hops.isdigit() and len(hops) <= 10 and int(hops) <= 255):
            raise MalformedMessage("The Max-Forwards header is not a number up to 255")
    else:
        _ = message.cseq


def _check_counts(headers: Headers) -> None:
    for name in _NEEDED:
        if name not in headers:
            raise MalformedMessage(f"The {name} header is missing")
    for name in _ONCE:
        if len(headers.get_all(name)) > 1:
            raise MalformedMessage(f"The {name} header is there more than once")
    for name in _HOPS:
        if name in headers and _count_hops(headers, name) > MAX_HOPS:
            raise MalformedMessage(f"There are more than {MAX_HOPS} {name} entries")


def _count_hops(headers: Headers, name: str) -> int:
    try:
        return len(headers.get_list(name))
    except ValueError as error:
        raise MalformedMessage(f"The {name} header cannot be read: {error}") from error


def _cut_body(headers: Headers, body: bytes) -> bytes:
    stated = headers.get("Content-Length")
    if stated is None:
        return body
    if not (stated.isascii() and stated.isdigit()) or len(stated) > 10:
        raise MalformedMessage("The Content-Length header is not a number")
    if int(stated) > len(body):
        raise MalformedMessage("The body is shorter than its Content-Length")
    return body[: int(stated)]
