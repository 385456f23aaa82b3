"""When the worker has too much to do, and in which order it sheds work."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from gateway.media.frame import FRAME_MS

BUDGET_S = FRAME_MS / 1000
"""A tick's work may take as long as a tick lasts; beyond that the worker falls behind."""


class LoadLevel(IntEnum):
    """What is shed; each level includes those before it. Calls that are up are served to their end at every level."""

    NORMAL = 0
    LIGHT_DETECTION = 1
    """Voice activity is judged by the light detector instead of the network."""
    NO_RECORDING = 2
    """Recordings pause, and the calls are told so by an event."""
    NO_NEW_CALLS = 3
    """No leg is allocated any more; other workers and other gateways may have room."""


_WINDOW_TICKS = 50
_PERCENTILE = 95
_BUSY_ABOVE_S = 0.9 * BUDGET_S
_LATE_ABOVE_S = BUDGET_S
_BUSY_BELOW_S = 0.5 * BUDGET_S
_LATE_BELOW_S = 0.5 * BUDGET_S
_STRAIN_S = 3
_SHORTEST_CALM_S = 10
_LONGEST_CALM_S = 320
_RELAPSE_S = 60


class OverloadControl:
    """Decides the level from each tick's lateness and length; once a second, one level at a time.

    Up: for three seconds on end the 95th percentile of the length was above 18 ms, or that of the lateness above 20 ms,
    so that ticks were missed; one stall, however long, does not count as load. Where the length is above 20 ms, which
    cannot go on, one second is enough.

    Down: both have been below 10 ms for 10 s on end. A level that has to be taken again within a
    minute of being left shows that the load is still there: the calm that is asked for doubles each time, up to 320 s,
    so that calls do not swing between two qualities. After a minute at the normal level it is 10 s again.
    """

    def __init__(self) -> None:
        self.level = LoadLevel.NORMAL
        self.late_p95_s = 0.0
        """Of the last full second."""
        self.busy_p95_s = 0.0
        """Of the last full second."""
        self._late = np.zeros(_WINDOW_TICKS)
        self._busy = np.zeros(_WINDOW_TICKS)
        self._ticks = 0
        self._strained_s = 0
        self._calm_s = 0
        self._calm_needed_s = _SHORTEST_CALM_S
        self._since_relief_s = _RELAPSE_S
        self._relapsed = False

    def add(self, late_s: float, busy_s: float) -> bool:
        """Take the times of one tick in; return whether the level has changed."""
        self._late[self._ticks] = late_s
        self._busy[self._ticks] = busy_s
        self._ticks += 1
        if self._ticks < _WINDOW_TICKS:
            return False
        self._ticks = 0
        self.late_p95_s = float(np.percentile(self._late, _PERCENTILE, method="higher"))
        self.busy_p95_s = float(np.percentile(self._busy, _PERCENTILE, method="higher"))
        before = self.level
        self._decide()
        return self.level != before

    def _decide(self) -> None:
        self._since_relief_s += 1
        if self.level is LoadLevel.NORMAL and self._since_relief_s > _RELAPSE_S:
            self._calm_needed_s = _SHORTEST_CALM_S
        strained = self.busy_p95_s > _BUSY_ABOVE_S or self.late_p95_s > _LATE_ABOVE_S
        calm = self.busy_p95_s < _BUSY_BELOW_S and self.late_p95_s < _LATE_BELOW_S
        self._strained_s = self._strained_s + 1 if strained else 0
        self._calm_s = self._calm_s + 1 if calm else 0
        if self._strained_s >= _STRAIN_S or self.busy_p95_s > BUDGET_S:
            self._step_up()
        elif self._calm_s >= self._calm_needed_s:
            self._step_down()

    def _step_up(self) -> None:
        if self.level is LoadLevel.NO_NEW_CALLS:
            return
        self.level = LoadLevel(self.level + 1)
        if self._since_relief_s <= _RELAPSE_S and not self._relapsed:
            self._relapsed = True
            self._calm_needed_s = min(2 * self._calm_needed_s, _LONGEST_CALM_S)

    def _step_down(self) -> None:
        if self.level is LoadLevel.NORMAL:
            return
        self.level = LoadLevel(self.level - 1)
        self._calm_s = 0
        self._since_relief_s = 0
        self._relapsed = False
