"""When a worker that died is started again: a plain object that is told what happened and when."""

from __future__ import annotations

DELAYS_S = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Before each start, while the faults follow each other closely; the last one repeats."""

HEALTHY_AFTER_S = 30.0
"""After so long without a fault the next start is prompt again."""


class RestartBackOff:
    """The delay before each start of a process; times are seconds of any clock that does not go back."""

    def __init__(self) -> None:
        self._faults = 0
        self._ready_since: float | None = None

    def ready(self, now: float) -> None:
        """Take note that the process runs."""
        self._ready_since = now

    def failed(self, now: float) -> float:
        """Take note that it died, or could not be started; return how many seconds to wait before the next start."""
        if self._ready_since is not None and now - self._ready_since >= HEALTHY_AFTER_S:
            self._faults = 0
        self._ready_since = None
        delay = DELAYS_S[min(self._faults, len(DELAYS_S) - 1)]
        self._faults += 1
        return delay
