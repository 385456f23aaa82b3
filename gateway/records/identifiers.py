"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import secrets
import threading
import time
import uuid


class IdentifierSource:
    """Makes identifiers that rise strictly within a process, even when the clock stands still or is set back.

    The 12 bits after the millisecond are a counter (RFC 9562, section 6.2, method 1); it starts at random in its lower
    half and, when it is used up, borrows the next millisecond.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def new(self, millisecond: int | None = None) -> str:
        """Return an identifier for ``millisecond`` since 1970 (UTC), by default now, in the usual 36 characters."""
        now = time.time_ns() // 1_000_000 if millisecond is None else millisecond
        with self._lock:
            if now > self._millisecond:
                self._millisecond, self._counter = now, secrets.randbelow(0x800)
            elif self._counter < 0xFFF:
                self._counter += 1
            else:
                self._millisecond, self._counter = self._millisecond + 1, 0
            value = self._millisecond << 80 | 0x7 << 76 | self._counter << 64 | 0b10 << 62 | secrets.randbits(62)
        return str(uuid.UUID(int=value))


_source = IdentifierSource()


def new_identifier() -> str:
    """Return an identifier that sorts behind all that this process has made before."""
    return _source.new()
