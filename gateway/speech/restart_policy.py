"""When a process that died or hangs is started again: a plain object that is told what happened and when."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0
"""After so long without a fault the next restart is prompt again."""
MISSES_ALLOWED = 3


@dataclass(slots=True)
class RestartPolicy:
    """The delay before each restart: doubled from ``FIRST_DELAY_S`` while the faults follow each other closely."""

    faults: int = 0
    ready_since: float | None = None

    def ready(self, now: float) -> None:
        """Take note that the process answers."""
        self.ready_since = now

    def ended(self, now: float) -> float:
        """Return how many seconds to wait before the process is started again."""
        if self.ready_since is not None and now - self.ready_since >= HEALTHY_AFTER_S:
            self.faults = 0
        self.ready_since = None
        delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**self.faults)
        self.faults += 1
        return float(delay)


@dataclass(slots=True)
class HealthWatch:
    """Counts the health checks in a row that got no answer."""

    misses: int = 0

    def answered(self, *, well: bool) -> bool:
        """Take in one check; return whether the process is to be taken for hung."""
        self.misses = 0 if well else self.misses + 1
        return self.misses >= MISSES_ALLOWED
