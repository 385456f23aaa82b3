"""How long a silence ends the caller's turn, by what was asked.

A yes comes at once and deserves a quick answer; somebody who reads a number from a card or spells a name pauses between
the groups and must not be cut off.
"""

from __future__ import annotations

from gateway.dialogue.model import Expectation
from gateway.media.leg import Endpointing

_END_MS: dict[Expectation, int] = {
    Expectation.OPEN: 650,
    Expectation.YES_NO: 480,
    Expectation.NAME: 650,
    Expectation.SPELLING: 1200,
    Expectation.PHONE: 1100,
    Expectation.DATE: 650,
    Expectation.TIME: 550,
    Expectation.CHOICE: 550,
    Expectation.NOTHING: 600,
}


def endpointing_for(expectation: Expectation) -> Endpointing:
    """Return the times for an answer of the kind that is awaited."""
    return Endpointing(end_ms=_END_MS[expectation])
