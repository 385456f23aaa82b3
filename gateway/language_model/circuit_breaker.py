"""Leaves a model alone that keeps failing, so that no caller waits for a deadline in vain (M. Nygard, Release It!)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerTimes:
    """When a model is left alone.

    After ``failures`` in a row it is not asked for ``rest_s`` seconds, then by one request alone; each further failure
    doubles the rest up to ``longest_rest_s``.
    """

    failures: int = 3
    rest_s: float = 10.0
    longest_rest_s: float = 120.0


class CircuitBreaker:
    """Counts failures in a row by a monotonic ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float], times: BreakerTimes | None = None) -> None:
        self._clock = clock
        self._times = times or BreakerTimes()
        self._failures = 0
        self._closed_until = 0.0
        self._rest_s = self._times.rest_s
        self._trial = False

    @property
    def is_resting(self) -> bool:
        """Whether the model is left alone now."""
        return self._failures >= self._times.failures and (self._trial or self._clock() < self._closed_until)

    def admit(self) -> bool:
        """Tell whether a request may be made now; after a rest, one alone may until its end is told."""
        if self._clock() < self._closed_until:
            return False
        if self._failures < self._times.failures:
            return True
        if self._trial:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """Take note of an answer."""
        self._failures = 0
        self._trial = False
        self._closed_until = 0.0
        self._rest_s = self._times.rest_s

    def failed(self, retry_after_s: float | None = None) -> None:
        """Take note of a failure; ``retry_after_s`` is how long the server itself wants to be left alone."""
        self._failures += 1
        now = self._clock()
        if self._failures >= self._times.failures:
            self._closed_until = now + self._rest_s
            self._rest_s = min(2 * self._rest_s, self._times.longest_rest_s)
        if retry_after_s is not None:
            self._closed_until = max(self._closed_until, now + min(retry_after_s, self._times.longest_rest_s))
        self._trial = False

    def abandoned(self) -> None:
        """Take note that a request was given up by the one who asked: it says nothing about the model."""
        self._trial = False
