"""Reads the torture messages of RFC 4475 and RFC 5118 from files in the notation of RFC 4475 section 2."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "torture"

_ONE_LINE = re.compile(r"<allOneLine>\n(.*?)\n</allOneLine>", re.DOTALL)
_REPEAT = re.compile(r"<repeat count=(\d+)>(.*?)</repeat>")
_HEX = re.compile(r"<hex>([0-9A-Fa-f\s]*)</hex>")


def read_messages(name: str) -> dict[str, bytes]:
    """Return the messages of the file ``name``, by section and name."""
    text = (FOLDER / name).read_text(encoding="ascii")
    parts = re.split(r"^=== (.+)\n", text, flags=re.MULTILINE)
    return {title: _octets(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _octets(text: str) -> bytes:
    text = _ONE_LINE.sub(lambda match: match[1].replace("\n", ""), text)
    text = _REPEAT.sub(lambda match: match[2] * int(match[1]), text)
    text = text.replace("\n", "\r\n")
    # Latin-1 holds each octet that <hex> stands for as one character.
    return _HEX.sub(lambda match: bytes.fromhex(match[1]).decode("latin-1"), text).encode("latin-1")


RFC4475 = read_messages("rfc4475.txt")
RFC5118 = read_messages("rfc5118.txt")
