"""Measures how late and how busy the event loop is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

INTERVAL_S = 0.1


class LoopLoad:
    """Calls ``measured(lag_s, busy)`` at equal intervals: seconds that the loop was late, its thread's share of a core.

    It belongs to the event loop that it is started in.
    """

    def __init__(self, measured: Callable[[float, float], None], interval_s: float = INTERVAL_S) -> None:
        self._measured = measured
        self._interval_s = interval_s
        self._timer: asyncio.TimerHandle | None = None
        self._began = self._worked = 0.0

    def start(self) -> None:
        """Begin to measure."""
        self._began, self._worked = asyncio.get_running_loop().time(), time.thread_time()
        self._schedule()

    def stop(self) -> None:
        """Measure no more; harmless when it was not started."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._began + self._interval_s, self._measure)

    def _measure(self) -> None:
        now, worked = asyncio.get_running_loop().time(), time.thread_time()
        elapsed = now - self._began
        self._measured(elapsed - self._interval_s, (worked - self._worked) / elapsed)
        self._began, self._worked = now, worked
        self._schedule()
