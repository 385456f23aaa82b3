"""Notices an engine that hangs: work in a thread that does not end, which nothing can interrupt.

``/health`` fails then, so that whoever supervises the process starts it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class _Work:
    name: str
    limit_s: float
    ends_by: float


class EngineWatch:
    """All work that is being done now. Its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._working: set[_Work] = set()

    @contextmanager
    def working(self, name: str, limit_s: float) -> Iterator[Callable[[], None]]:
        """Do the work of the block, which hangs once it has taken ``limit_s`` seconds.

        What is yielded is called at each sign of life; the time begins anew then.
        """
        work = _Work(name, limit_s, self._clock() + limit_s)

        def still_working() -> None:
            work.ends_by = self._clock() + limit_s

        with self._lock:
            self._working.add(work)
        try:
            yield still_working
        finally:
            with self._lock:
                self._working.discard(work)

    def hung(self) -> list[str]:
        """Return the names of what hangs, each once."""
        now = self._clock()
        with self._lock:
            return sorted({work.name for work in self._working if now > work.ends_by})
