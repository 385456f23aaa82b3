"""Keys in the bodies of INFO: application/dtmf-relay and application/dtmf, as PBXs send them (RFC 6086 appendix A)."""

from __future__ import annotations

import re

RELAY_TYPE = "application/dtmf-relay"
PLAIN_TYPE = "application/dtmf"
TYPES = (RELAY_TYPE, PLAIN_TYPE)
KEYS = "0123456789*#ABCD"
DURATION_MS = 160
"""How long a key is said to have been pressed."""
LONGEST_BODY = 256
"""How long a body may be, in octets: a key and its duration need 30, and a flood of keys is no telephone's."""

_SIGNAL = re.compile(r"^[ \t]*signal[ \t]*=[ \t]*(\S+)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_NUMBERED = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"""Events by their number in RFC 4733, which some peers send in place of the key."""


def parse_keys(media_type: str, body: bytes) -> str:
    """Return the keys in ``body``; raise ValueError when there is none, one that no telephone has, or too much."""
    if len(body) > LONGEST_BODY:
        raise ValueError("The body is longer than keys can be")
    text = body.decode("ascii", "replace")
    if media_type == RELAY_TYPE:
        match = _SIGNAL.search(text)
        if match is None:
            raise ValueError("The body has no line with a signal")
        keys = _NUMBERED.get(match[1], match[1])
        if len(keys) != 1:
            raise ValueError("The signal is not one key")
    else:
        keys = _NUMBERED.get(text.strip(), "".join(text.split()))
    check_keys(keys.upper())
    return keys.upper()


def check_keys(keys: str) -> None:
    """Raise ValueError unless ``keys`` are keys of a telephone, at least one."""
    if not keys or any(key not in KEYS for key in keys):
        raise ValueError("The keys are not among 0 to 9, *, #, A to D")


def relay_body(key: str, duration_ms: int = DURATION_MS) -> bytes:
    """Return the application/dtmf-relay body that presses ``key``."""
    return f"Signal={key}\r\nDuration={duration_ms}\r\n".encode()
