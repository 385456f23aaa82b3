"""How long to wait after failures in a row."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class BackOff:
    """Waits that double up to ``longest_s``, each shortened by up to half so that many gateways do not retry at once.

    Times are in seconds.
    """

    first_s: float
    longest_s: float
    chance: random.Random = field(default_factory=random.Random)
    failures: int = 0
    """Failures in a row."""

    def failed(self) -> float:
        """Note a failure and return how long to wait."""
        # The doublings stop long before the power overflows.
        wait = min(self.longest_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return wait * self.chance.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """Note a success: the next failure is the first again."""
        self.failures = 0
