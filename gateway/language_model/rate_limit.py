"""Bounds how many requests are made, however many calls there are: a token bucket."""

from __future__ import annotations

from collections.abc import Callable


class RateLimit:
    """``per_second`` over time and ``burst`` at once, by a monotonic ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float], per_second: float, burst: int) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Count a request; return False when it is one too many and must not be made."""
        now = self._clock()
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
