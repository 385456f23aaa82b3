"""How the worker's clock keeps time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.media.wire import messages as m

_MEASURED_TICKS = 3000


class TickTimes:
    """Lateness and length of the last 3000 ticks (one minute)."""

    def __init__(self) -> None:
        self._late = np.zeros(_MEASURED_TICKS)
        self._busy = np.zeros(_MEASURED_TICKS)
        self.ticks = 0
        self.made_up = 0
        """Ticks that ran after a stall to take in what had come, without sending."""
        self.skipped = 0
        """Ticks that were given up."""

    def add(self, late_s: float, busy_s: float) -> None:
        """Note one tick."""
        index = self.ticks % _MEASURED_TICKS
        self._late[index] = late_s
        self._busy[index] = busy_s
        self.ticks += 1

    def telemetry(self, request: int, legs: int, load_level: int) -> m.Telemetry:
        """Return the figures in milliseconds."""
        count = max(1, min(self.ticks, _MEASURED_TICKS))
        late_p50, late_p99, late_max = _summary(self._late[:count])
        busy_p50, busy_p99, busy_max = _summary(self._busy[:count])
        return m.Telemetry(
            request=request,
            legs=legs,
            ticks=self.ticks,
            skipped=self.skipped,
            late_p50_ms=late_p50,
            late_p99_ms=late_p99,
            late_max_ms=late_max,
            busy_p50_ms=busy_p50,
            busy_p99_ms=busy_p99,
            busy_max_ms=busy_max,
            made_up=self.made_up,
            load_level=load_level,
        )


def _summary(seconds: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Return median, 99th percentile and maximum in milliseconds."""
    p50, p99, most = (round(float(value) * 1000, 3) for value in (*np.percentile(seconds, (50, 99)), seconds.max()))
    return p50, p99, most
