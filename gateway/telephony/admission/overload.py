"""Sheds new calls while the event loop cannot keep up (local overload control, RFC 6357 section 4)."""

from __future__ import annotations

TARGET_LAG_S = 0.1
"""Lag above which fewer calls are let in: every reply is late by it, and at 500 ms (T1) peers retransmit."""
TARGET_BUSY = 0.95
"""Share of a core above which fewer calls are let in: messages then gather in the socket, where no lag shows them."""
PATIENCE = 3
"""How many measurements in a row have to exceed a target: one stall is no overload."""
DECREASE = 0.6
"""What the share of calls let in is multiplied by, each further time that a target is exceeded."""
INCREASE = 0.1
"""What is added to the share, each time that both measures are well below their targets."""
LEAST_SHARE = 0.02
"""The share that is always let in, so that a wrong measure cannot close the gateway."""


class OverloadController:
    """Turns the event loop's load into the share of new calls that is let in: quick to close, slow to open.

    Pure: it is fed measurements and has no clock.
    """

    def __init__(self, target_lag_s: float = TARGET_LAG_S, target_busy: float = TARGET_BUSY) -> None:
        self._target_lag_s = target_lag_s
        self._target_busy = target_busy
        self._credit = 0.0
        self._exceeded = 0
        self.share = 1.0
        """Share of new calls that is let in, from ``LEAST_SHARE`` to 1."""
        self.lag_s = 0.0
        """How late the event loop was at the last measurement."""
        self.busy = 0.0
        """Share of a core that the event loop took up to the last measurement."""

    @property
    def overloaded(self) -> bool:
        """Whether calls are shed."""
        return self.share < 1

    def measured(self, lag_s: float, busy: float) -> None:
        """Take one measurement; they come at equal intervals."""
        self.lag_s, self.busy = lag_s, busy
        exceeded = lag_s > self._target_lag_s or busy > self._target_busy
        self._exceeded = self._exceeded + 1 if exceeded else 0
        if self._exceeded >= PATIENCE:
            self.share = max(LEAST_SHARE, self.share * DECREASE)
        elif lag_s < self._target_lag_s / 2 and busy < self._target_busy - 0.05:
            self.share = min(1.0, self.share + INCREASE)

    def lets_in(self) -> bool:
        """Return whether the next new call is let in; over many calls, ``share`` of them are, evenly spread."""
        if self.share >= 1:
            return True
        self._credit += self.share
        if self._credit < 1:
            return False
        self._credit -= 1
        return True
