"""Token buckets: how often something may happen, for everybody together and for each source."""

from __future__ import annotations

from collections import OrderedDict

MOST_SOURCES = 4_096
"""How many sources are remembered; the one longest silent is forgotten first."""


class TokenBucket:
    """Lets ``rate`` things a second pass over time, ``burst`` at once. Times are seconds of a monotonic clock."""

    __slots__ = ("_burst", "_filled", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._filled = now

    def take(self, now: float) -> float:
        """Take a token; return 0, or when there is none the seconds until there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0


class BucketPerSource:
    """A bucket of its own for each source, and as many as memory is meant to hold."""

    def __init__(self, rate: float, burst: float, *, most_sources: int = MOST_SOURCES) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most_sources
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, source: str, now: float) -> float:
        """Take a token of ``source``'s; return 0, or when there is none the seconds until there is one."""
        bucket = self._buckets.get(source)
        if bucket is None:
            bucket = self._buckets[source] = TokenBucket(self._rate, self._burst, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(source)
        return bucket.take(now)
