"""Whom we have called, wherever that is: they are heard until the last answers of the call have come."""

from __future__ import annotations

from collections import Counter

from gateway.telephony.admission.source_address import parse_source


class CalledPeers:
    """The addresses that calls of ours go to. ``linger_s`` is how long one is heard after its last call has ended.

    Times are in seconds of a monotonic clock.
    """

    def __init__(self, linger_s: float) -> None:
        self._linger_s = linger_s
        self._calls: Counter[str] = Counter()
        self._until: dict[str, float] = {}

    def begin(self, host: str) -> None:
        """Note that a call to the address ``host`` begins."""
        self._calls[str(parse_source(host))] += 1

    def end(self, host: str, now: float) -> None:
        """Note that a call to ``host`` has ended."""
        key = str(parse_source(host))
        self._calls[key] -= 1
        if self._calls[key] <= 0:
            del self._calls[key]
            self._until = {each: until for each, until in self._until.items() if until > now}
            self._until[key] = now + self._linger_s

    def includes(self, host: str, now: float) -> bool:
        """Return whether ``host`` is being called, or was called a moment ago."""
        if not self._calls and not self._until:
            return False
        key = str(parse_source(host))
        return key in self._calls or self._until.get(key, now) > now
