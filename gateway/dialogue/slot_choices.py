"""Which of the offered times the caller chooses by their order: "der erste", "the second one", "aucun des deux"."""

from __future__ import annotations

from gateway.dialogue.calendar_steps import OFFERED, SlotChoice
from gateway.dialogue.lexicons.lexicon import Patterns
from gateway.dialogue.lexicons.slot_choices import SLOT_CHOICES
from gateway.dialogue.model import DialogueState, Question
from gateway.dialogue.normalise import find_dates
from gateway.dialogue.patterns import Match, find_all
from gateway.dialogue.reading import Reading
from gateway.language import Language

_CHOICE_OF_KEY = {"1": SlotChoice.FIRST, "2": SlotChoice.SECOND, "3": SlotChoice.NEITHER}


def choice_of_key(keys: str, state: DialogueState) -> SlotChoice | None:
    """Return the choice between two offered times by a key; for the only one, 1 and 2 are yes and no."""
    if state.asked is not Question.SLOT or len(state.calendar.offered) < OFFERED:
        return None
    return _CHOICE_OF_KEY.get(keys)


def read_slot_choice(reading: Reading) -> tuple[SlotChoice | None, Reading]:
    """Return the choice, and the reading without its words: "der erste" is no day of a month here.

    Nothing is read unless times were offered. Where a caller names both ("not the first, the second"), the one that
    is not taken back counts; where that does not tell either, none does.
    """
    if reading.asked is not Question.SLOT:
        return None, reading
    for language in reading.languages:
        patterns = SLOT_CHOICES[language]
        first = _ordinals(patterns.first, reading, language)
        second = _ordinals(patterns.second, reading, language)
        neither = find_all(patterns.neither, reading.text, reading.words)
        if not (first or second or neither):
            continue
        matches = (*first, *second)
        blanked = reading.without(
            [(reading.words[match.first].start, reading.words[match.last].end) for match in matches]
        )
        kept = [
            choice
            for choice, found in ((SlotChoice.FIRST, first), (SlotChoice.SECOND, second))
            if found and not any(_is_taken_back(reading, match) for match in found)
        ]
        if len(kept) == 1:
            return kept[0], blanked
        if neither and not kept:
            return SlotChoice.NEITHER, blanked
        return None, blanked
    return None, reading


def _ordinals(patterns: Patterns, reading: Reading, language: Language) -> list[Match]:
    """Return where the patterns occur, but not within a date: "am ersten Dezember" chooses nothing."""
    dates = find_dates(reading.text, language, reading.context.now.date())
    ends = [(match, reading.words[match.last].end) for match in find_all(patterns, reading.text, reading.words)]
    return [match for match, end in ends if not any(date.start < end < date.end for date in dates)]


_REACH = 2
"""Words between a negation and what it takes back: "nicht der erste"."""


def _is_taken_back(reading: Reading, match: Match) -> bool:
    before = reading.words[max(0, match.first - _REACH) : match.first]
    return any(word.folded in reading.lexicon.negators for word in before)
