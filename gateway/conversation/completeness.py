"""Tells from the words heard up to a pause whether the caller is likely to go on.

A listener knows by grammar and by what was asked: "ja" is all of an answer, "ich möchte" is not, half a telephone
number wants its other half. Where neither is certain, the silence has to tell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from enum import Enum, auto

from gateway.conversation.backchannel import asks_for_a_moment
from gateway.conversation.unfinished_words import FILLED_PAUSES, HESITATIONS, UNFINISHED, UnfinishedWords
from gateway.dialogue.answers import find_answer
from gateway.dialogue.model import Expectation
from gateway.dialogue.normalise import (
    find_birth_date,
    find_dates,
    find_phone,
    find_spelling,
    find_times,
    number_words_to_digits,
    phone_digits,
)
from gateway.dialogue.text import words_of
from gateway.language import Language

_A_DAY = dt.date(2024, 1, 1)
"""Whether words name a date doesn't depend on the day on which they are said; the reader needs one."""
_TRAILING_OFF = re.compile(r"(?:\.\.\.|…|[,:;–-])\s*$")
_CLOSED = re.compile(r"[.!?]\s*$")
_ASKED = re.compile(r"\?\s*$")
_FIGURE = re.compile(r"\d")
_SHORT_ANSWER = 4
"""Words of the longest plain yes or no ("ja, das stimmt so")."""
_SHORT_CHOICE = 3
_FEW_LETTERS = 3
"""Letters of the shortest spelled name that may be whole."""
_WHOLE_NAME = 2
"""Words of a first and a last name."""
_SHORTEST_NUMBER = 9
"""Digits of the shortest telephone number that may be whole without being Swiss."""


class Completeness(Enum):
    """How much of an answer there is."""

    COMPLETE = auto()
    UNKNOWN = auto()
    UNFINISHED = auto()


def completeness_of(text: str, expectation: Expectation, language: Language, given: str = "") -> Completeness:
    """Judge ``text``, all that was heard of the turn, in answer to ``expectation``.

    ``given`` are the digits of a telephone number from turns before. Text without a word is ``UNKNOWN``.
    """
    folded = [word.folded for word in words_of(text)]
    if not folded:
        return Completeness.UNKNOWN
    if is_hesitation(text):
        return Completeness.UNFINISHED
    if asks_for_a_moment(text):
        return Completeness.COMPLETE
    match expectation:
        case Expectation.PHONE:
            return _phone(text, folded, language, given)
        case Expectation.SPELLING:
            return _spelling(text, folded, language)
        case _:
            return _sentence(text, folded, expectation, language)


def is_hesitation(text: str) -> bool:
    """Tell whether ``text`` is nothing but "ehm", "also", "allora"."""
    words = words_of(text)
    return bool(words) and all(word.folded in HESITATIONS for word in words)


def _sentence(text: str, folded: Sequence[str], expectation: Expectation, language: Language) -> Completeness:
    if is_unfinished(text, language) or (expectation is Expectation.NAME and len(folded) < _WHOLE_NAME):
        return Completeness.UNFINISHED
    if expectation is Expectation.BIRTH_DATE:
        return _birth_date(text, language)
    return Completeness.COMPLETE if _is_whole(text, folded, expectation, language) else Completeness.UNKNOWN


def is_unfinished(text: str, language: Language) -> bool:
    """Tell whether ``text`` breaks off: by its last words, or by how recognition wrote that it trails off."""
    if _TRAILING_OFF.search(text):
        return True
    folded = [word.folded for word in words_of(text)]
    if not folded or _ASKED.search(text):
        return False
    words = UNFINISHED[language]
    if folded[-1] in words.always or folded[-1] in FILLED_PAUSES:
        return True
    return _ends_in_a_beginning(folded, words) or (folded[-1] in words.unless_closed and not _CLOSED.search(text))


def _ends_in_a_beginning(folded: Sequence[str], words: UnfinishedWords) -> bool:
    return any(tuple(folded[-len(phrase) :]) == phrase for phrase in words.phrases)


def _is_whole(text: str, folded: Sequence[str], expectation: Expectation, language: Language) -> bool:
    match expectation:
        case Expectation.YES_NO | Expectation.CONFIRMATION:
            return len(folded) <= _SHORT_ANSWER and find_answer(text, words_of(text), (language,)) is not None
        case Expectation.CHOICE:
            return len(folded) <= _SHORT_CHOICE
        case Expectation.DATE:
            return _is_whole_date(text, language)
        case Expectation.TIME:
            return bool(find_times(text, language))
        case _:
            return bool(_ASKED.search(text))


def _phone(text: str, folded: Sequence[str], language: Language, given: str) -> Completeness:
    """Judge a telephone number: a Swiss one has a fixed length, one of another country may go on after any digit."""
    found = find_phone(text, language) or (find_phone(f"{given} {text}", language) if given else None)
    if found is not None:
        return Completeness.COMPLETE if found.value.startswith("+41") else Completeness.UNKNOWN
    digits = phone_digits(text, language)
    if digits:
        whole = len(given) + len(digits) >= _SHORTEST_NUMBER
        return Completeness.UNKNOWN if whole else Completeness.UNFINISHED
    if len(folded) <= _SHORT_ANSWER and find_answer(text, words_of(text), (language,)) is not None:
        return Completeness.UNKNOWN
    return Completeness.UNFINISHED if is_unfinished(text, language) else Completeness.UNKNOWN


def _spelling(text: str, folded: Sequence[str], language: Language) -> Completeness:
    """Judge a spelled name: the letters so far are single words, so that few of them tell nothing about the end."""
    spelt = find_spelling(text, language)
    letters = len(spelt.value) if spelt else sum(len(word) == 1 for word in folded)
    if 0 < letters < _FEW_LETTERS or _TRAILING_OFF.search(text):
        return Completeness.UNFINISHED
    if letters:
        return Completeness.UNKNOWN
    return Completeness.UNFINISHED if is_unfinished(text, language) else Completeness.UNKNOWN


def _is_whole_date(text: str, language: Language) -> bool:
    """Tell whether a day is named by more than its weekday, after which its date often follows."""
    found = find_dates(text, language, _A_DAY)
    return any(place.value.is_day and _FIGURE.search(number_words_to_digits(place.words, language)) for place in found)


def _birth_date(text: str, language: Language) -> Completeness:
    """Judge a date of birth, which has a year: day and month alone are no more than its beginning."""
    if find_birth_date(text, language, _A_DAY) is not None:
        return Completeness.COMPLETE
    begun = bool(find_dates(text, language, _A_DAY, prefer="past")) or bool(_FIGURE.search(text))
    return Completeness.UNFINISHED if begun else Completeness.UNKNOWN
