"""A caller who asks for somebody of the practice by name alone: "Frau Meier, bitte". Pure."""

from __future__ import annotations

from gateway.dialogue.catalogue import find_person
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import Question
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import word_set

_OPEN_QUESTIONS = (Question.HELP, Question.ANYTHING_ELSE, Question.OFFER_CALLBACK, Question.NOTHING)
"""Questions to which the name of one of the practice's people is no answer."""
_OTHER_WORDS = 4
"""Words beside the name, the title and what is polite: "kann ich … haben", "ist … da"."""
_POLITE = word_set(
    "bitte gern gerne please s il vous te plait per favore cortesia guten tag gruezi hallo hello bonjour"
)
_APPOINTMENT_WITH = word_set("bei beim zu zum zur chez da dal dalla con with to avec")
"""Before the name they make it that of the one whom an appointment is with."""


def asks_for_person(reading: Reading) -> bool:
    """Tell whether the turn is nothing but a person's name with a title, as a wish to speak to that person."""
    if reading.asked not in _OPEN_QUESTIONS:
        return False
    for language in reading.near_languages:
        titles = LEXICONS[language].titles - _APPOINTMENT_WITH
        found = find_person(reading.words, reading.text, LEXICONS[language], reading.context.profile)
        if found is None:
            continue
        before = [word.folded for word in reading.words if word.end <= found.start]
        after = [word.folded for word in reading.words if word.start >= found.end]
        others = [word for word in (*before, *after) if word not in titles | _POLITE]
        if len(others) <= _OTHER_WORDS and any(word in titles for word in before[-2:]):
            return _APPOINTMENT_WITH.isdisjoint(before)
    return False
