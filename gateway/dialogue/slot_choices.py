"""Which of the offered times the caller chooses by their order: "der erste", "the second one", "aucun des deux"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.calendar_steps import OFFERED, SlotChoice
from gateway.dialogue.corrections import negated_after
from gateway.dialogue.lexicons.lexicon import Patterns
from gateway.dialogue.lexicons.slot_choices import SLOT_CHOICES
from gateway.dialogue.model import DialogueState, Question
from gateway.dialogue.normalise import find_dates
from gateway.dialogue.patterns import Match, find_all, occurs
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
    is not taken back counts; where that does not tell either, none does. Whoever takes either gets the first.
    """
    if reading.asked is not Question.SLOT:
        return None, reading
    reading = _without_counts(reading)
    for language in reading.languages:
        patterns = SLOT_CHOICES[language]
        first = _ordinals(patterns.first, reading, language)
        second = _ordinals(patterns.second, reading, language)
        neither = occurs(patterns.neither, reading.text, reading.words)
        either = occurs(patterns.either, reading.text, reading.words)
        if first or second or neither or either:
            places = [_place(reading, match) for match in (*first, *second)]
            return _choice(reading, first, second, neither=neither, either=either), reading.without(places)
    return None, reading


def _choice(
    reading: Reading, first: Sequence[Match], second: Sequence[Match], *, neither: bool, either: bool
) -> SlotChoice | None:
    places = [_place(reading, match) for match in (*first, *second)]
    refused = negated_after(reading.text, reading.words, places, reading.lexicon)
    kept = [
        choice
        for choice, found in ((SlotChoice.FIRST, first), (SlotChoice.SECOND, second))
        if found and not any(_is_taken_back(reading, match) or _place(reading, match) in refused for match in found)
    ]
    if len(kept) == 1:
        return kept[0]
    if kept:
        return None
    if neither:
        return SlotChoice.NEITHER
    return SlotChoice.FIRST if either else None


def _without_counts(reading: Reading) -> Reading:
    """Return the reading without numbers that are no times: "aucun des deux", "the nine o'clock one"."""
    for language in reading.near_languages:
        patterns = SLOT_CHOICES[language]
        lasts = [reading.words[match.last] for match in find_all(patterns.counts, reading.text, reading.words)]
        reading = reading.without([(word.start, word.end) for word in lasts])
        for said, meant in patterns.respelled:
            reading = replace(reading, rest=re.sub(rf"\b{said}\b", meant, reading.rest))
    return reading


def _ordinals(patterns: Patterns, reading: Reading, language: Language) -> list[Match]:
    """Return where the patterns occur, but not within a date: "am ersten Dezember" chooses nothing."""
    dates = find_dates(reading.text, language, reading.context.now.date())
    ends = [(match, reading.words[match.last].end) for match in find_all(patterns, reading.text, reading.words)]
    words = reading.words
    return [
        match
        for match, end in ends
        if not any(date.start < end <= word.start < date.end for date in dates for word in words)
    ]


_CLAUSE_ENDS = frozenset(",;:.!?")
_REACH = 2
"""Words between a negation and what it takes back: "nicht der erste"."""


def _place(reading: Reading, match: Match) -> tuple[int, int]:
    return reading.words[match.first].start, reading.words[match.last].end


def _is_taken_back(reading: Reading, match: Match) -> bool:
    before = reading.words[max(0, match.first - _REACH) : match.first]
    start = reading.words[match.first].start
    clause = [word for word in before if not _CLAUSE_ENDS.intersection(reading.text[word.end : start])]
    return any(word.folded in reading.lexicon.negators for word in clause)
