"""What a caller's part in a call is: it is told what happens on the line and says what the caller does next.

``TurnTaking`` plays a script; whoever wants another caller brings an own part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from gateway.caller.steps import HangUp, PlaySound, PlayWav, PressKeys, Say, Turn


@dataclass(frozen=True, slots=True)
class Farewell:
    """Say goodbye and hang up: nothing was said by either side for long enough."""


Act: TypeAlias = Say | PlayWav | PlaySound | PressKeys | HangUp | Farewell


class CallerPart(Protocol):
    """Decides what the caller does; times are milliseconds on the leg's clock.

    Each event is reported as it happens; after each, and again at ``due``, ``next_act`` is asked. What it returns is
    carried out and reported by ``carried_out``.
    """

    @property
    def unsaid(self) -> tuple[Turn, ...]:
        """The turns of a script that were never taken."""

    def answered(self, now: float) -> None:
        """Begin: the call was answered at ``now``."""

    def other_started(self, now: float) -> None:
        """Note that the other side began to speak at ``now``."""

    def other_ended(self, end: float, utterance: int) -> None:
        """Note that the other side is done; its last sound was at ``end``. Its words follow by ``understood``."""

    def understood(self, utterance: int, text: str | None) -> None:
        """Note what was said in ``utterance``; None when that could not be found out."""

    def carried_out(self, end: float) -> None:
        """Note that the last act is done; its last sound was at ``end``."""

    def next_act(self, now: float) -> Act | None:
        """Return what the caller does now, or None to go on listening."""

    def due(self) -> float | None:
        """Return when ``next_act`` is to be asked if nothing happens before, or None."""
