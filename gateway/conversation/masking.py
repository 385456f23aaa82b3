"""When a slow answer is bridged by "one moment, please": an acknowledgement that is honest.

It is said only where the answer takes time, once for each wait, and not where the caller has been asked for patience
already. A plain object without a clock; its times are seconds of any monotonic one.
"""

from __future__ import annotations

from dataclasses import dataclass

MASKED_AFTER_S = 0.9
"""Silence after the caller's turn in which they begin to wonder whether they were heard: between people an answer
comes within a second, or something is wrong (Jefferson 1989 on the "standard maximum" silence)."""

LEAST_WAIT_S = 0.4
"""Where the end of the turn itself was waited for long: so much time an answer still gets to come by itself."""


@dataclass(frozen=True, slots=True)
class MaskedWait:
    """How long one answer took from the end of the turn on, in milliseconds, and whether that was bridged."""

    waited_ms: float
    masked: bool

    def as_dict(self) -> dict[str, object]:
        """Return it for the call's records."""
        return {"waited_ms": round(self.waited_ms, 1), "masked": self.masked}


class Masking:
    """Decides for each wait whether and when it is bridged.

    ``began`` when an answer is waited for; do ``on_time`` at ``due_at``, and say the acknowledgement where it returns
    True; ``answered`` before the answer is said.
    """

    def __init__(self, after_s: float = MASKED_AFTER_S) -> None:
        self._after_s = after_s
        self._turn_ended: float | None = None
        self._due_at: float | None = None
        self._masked = False
        self._said = 0

    @property
    def due_at(self) -> float | None:
        """When ``on_time`` shall be called; None while nothing is waited for, and once it has been said."""
        return self._due_at

    @property
    def variant(self) -> int:
        """How many have been said in this call: wordings take turns by it."""
        return self._said

    def began(self, turn_ended: float, now: float | None = None) -> None:
        """Take note that an answer is waited for from ``now`` on, to a caller silent since ``turn_ended``."""
        if self._turn_ended is None:
            self._turn_ended = turn_ended
            soonest = turn_ended if now is None else now + LEAST_WAIT_S
            self._due_at = None if self._masked else max(turn_ended + self._after_s, soonest)

    def asked_for_patience(self) -> None:
        """Take note that the caller has been asked for patience by others (the recogniser is slow): once is enough."""
        self._masked = True
        self._due_at = None

    def on_time(self, now: float) -> bool:
        """Return whether the acknowledgement is to be said now: True once for each wait."""
        if self._due_at is None or now < self._due_at:
            return False
        self._due_at = None
        self._masked = True
        self._said += 1
        return True

    def answered(self, now: float) -> MaskedWait | None:
        """Take note that the answer is there; return how the wait was, None where nothing was waited for."""
        turn_ended, masked = self._turn_ended, self._masked
        self.given_up()
        return None if turn_ended is None else MaskedWait(1000 * max(0.0, now - turn_ended), masked)

    def given_up(self) -> None:
        """Take note that nobody waits any more: the caller goes on, or an answer was given without a wait."""
        self._turn_ended = self._due_at = None
        self._masked = False
