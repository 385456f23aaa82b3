"""How long the caller may be silent before they are asked whether they are still there."""

from __future__ import annotations

from gateway.dialogue.model import Expectation

_FACTORS: dict[Expectation, float] = {
    Expectation.YES_NO: 0.75,
    Expectation.CONFIRMATION: 0.85,
    Expectation.CHOICE: 0.85,
    Expectation.DATE: 1.15,
    Expectation.PHONE: 1.4,
    Expectation.KEYS: 1.4,
    Expectation.SPELLING: 1.4,
}
"""A yes takes no thought; for a number a card is fetched, for a date a calendar is opened."""


def patience_for(expectation: Expectation, silence_s: float) -> float:
    """Return the seconds of silence to wait for an answer, where ``silence_s`` is the time for an open question."""
    return silence_s * _FACTORS.get(expectation, 1.0)
