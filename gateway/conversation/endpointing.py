"""How long a silence ends the caller's turn, by what was asked.

A yes comes at once and deserves a quick answer; somebody who reads a number from a card or spells a name pauses between
the groups and must not be cut off.
"""

from __future__ import annotations

from gateway.dialogue.model import Expectation
from gateway.dialogue.normalise import find_phone
from gateway.language import Language
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


def is_complete(text: str, expectation: Expectation, language: Language) -> bool:
    """Tell whether ``text``, heard up to a pause, is all of an answer for which longer pauses are waited out.

    A Swiss number has a fixed length; one of another country may go on after any digit.
    """
    if expectation is not Expectation.PHONE:
        return False
    found = find_phone(text, language)
    return found is not None and found.value.startswith("+41")


COMPLETE = Endpointing(end_ms=480)
"""The times once an answer is complete: as short as after a yes or no."""
