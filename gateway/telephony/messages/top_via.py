"""What the transport layer itself looks at in a message that is not parsed (RFC 3261 section 18)."""

from __future__ import annotations

import re

from gateway.telephony.messages.grammar import split_list
from gateway.telephony.messages.headers import Via, parse_via

_VIA = re.compile(rb"\r\n(?:via|v)[ \t]*:[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.IGNORECASE)
_FINAL = re.compile(rb"SIP/2\.0 [2-6]", re.IGNORECASE)
_CSEQ = re.compile(rb"\r\ncseq[ \t]*:\s*\d+\s+([^\s]+)", re.IGNORECASE)


def read_top_via(data: bytes) -> Via | None:
    """Return the topmost Via of a message, or None when it has none that can be read."""
    match = _VIA.search(data)
    if match is None:
        return None
    try:
        return parse_via(split_list(" ".join(match[1].decode("utf-8", "surrogateescape").split()))[0])
    except ValueError:
        return None


def replace_top_via(data: bytes, via: Via) -> bytes:
    """Return our own request ``data``, which has a single Via, with ``via`` in its place."""
    return _VIA.sub(lambda _: f"\r\nVia: {via}".encode(), data, count=1)


def answered_transaction(data: bytes) -> str | None:
    """Return the client transaction, named as in ``Outgoing``, that ``data`` is a final response to, or None."""
    cseq = _CSEQ.search(data) if _FINAL.match(data) else None
    via = read_top_via(data) if cseq is not None else None
    return None if cseq is None or via is None else f"{via.branch} {cseq[1].decode('ascii', 'replace')}"
