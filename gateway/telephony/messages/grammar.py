"""Pieces of grammar that SIP's header fields share (RFC 3261, section 25)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
# Possessive quantifiers: however a part is broken, it is gone through once. They stand behind single characters only:
# Python before 3.11.5 loses its place when the body of a possessive group fails.
_PARTS = {
    separator: re.compile(rf'(?:[^{separator}"<]++|"[^"\\]*+(?:\\.[^"\\]*+)*"|<[^>]*+>)*', re.DOTALL)
    for separator in ",;"
}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(
    r"""\s*+([A-Za-z0-9\-.!%*_+`'~]++)\s*+"""
    r"""(?:=\s*+([A-Za-z0-9\-.!%*_+`'~:\[\]/@&$#?,^|{}()=]++|"[^"\\]*+(?:\\.[^"\\]*+)*")\s*+)?""",
    re.DOTALL,
)


def is_token(text: str) -> bool:
    """Return whether ``text`` is a token."""
    return TOKEN.fullmatch(text) is not None


def split_list(text: str, separator: str = ",") -> list[str]:
    """Split ``text`` at ``separator`` outside quoted strings and angle brackets; parts are stripped.

    Raises ValueError when a quoted string or an angle bracket is not closed.
    """
    if '"' not in text and "<" not in text:
        return [part.strip() for part in text.split(separator)]
    parts: list[str] = []
    start, part = 0, _PARTS[separator]
    while match := part.match(text, start):
        end = match.end()
        parts.append(text[start:end].strip())
        if end == len(text):
            break
        if text[end] != separator:
            kind = "a quoted string" if text[end] == '"' else "an angle bracket"
            raise ValueError(f"{kind} is not closed")
        start = end + 1
    return parts


def quote(text: str) -> str:
    """Return ``text`` as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquote(text: str) -> str:
    """Return the content of a quoted string; any other text comes back as it is."""
    match = _QUOTED.fullmatch(text)
    return _ESCAPED.sub(r"\1", match[1]) if match else text


def match_quoted(text: str) -> tuple[str, int] | None:
    """Return the content of the quoted string that ``text`` begins with, and where it ends."""
    match = _QUOTED.match(text)
    return (_ESCAPED.sub(r"\1", match[1]), match.end()) if match else None


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a header field or URI, in order; names in lower case, values as written (None: no value)."""

    items: tuple[tuple[str, str | None], ...] = ()

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        return iter(self.items)

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.items)

    def __str__(self) -> str:
        return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in self.items)

    def get(self, name: str) -> str | None:
        """Return the value of ``name`` without quotes; None when it is absent or has no value."""
        for key, value in self.items:
            if key == name:
                return None if value is None else unquote(value)
        return None

    def having(self, name: str, value: str | None) -> Parameters:
        """Return these parameters with ``name`` set to ``value``, in its old place if it was there."""
        if name not in self:
            return Parameters((*self.items, (name, value)))
        return Parameters(tuple((key, value if key == name else old) for key, old in self.items))

    def without(self, name: str) -> Parameters:
        """Return these parameters less ``name``."""
        return Parameters(tuple(item for item in self.items if item[0] != name))


NO_PARAMETERS = Parameters()


def parse_parameters(text: str) -> Parameters:
    """Parse ``;name=value;name`` (the leading semicolon may be missing); raise ValueError when it cannot be read."""
    text = text.strip()
    if not text:
        return NO_PARAMETERS
    items: dict[str, str | None] = {}
    start = 1 if text[0] == ";" else 0
    while True:
        match = _PARAMETER.match(text, start)
        if match is None:
            raise ValueError("a parameter has no proper name")
        name, value = match.groups()
        end = match.end()
        if end < len(text) and text[end] != ";":
            raise ValueError(f"the parameter {name} has no proper value")
        key = name.lower()
        if key in items:
            raise ValueError("a parameter is there twice")
        items[key] = value
        if end == len(text):
            return Parameters(tuple(items.items()))
        start = end + 1
