"""Corrections of part of a telephone number: "nicht 34, sondern 43 am Schluss", "it ends in 43", "078, nicht 079"."""

from __future__ import annotations

from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import Fact, FactName
from gateway.dialogue.normalise import find_phone, phone_digits
from gateway.dialogue.patterns import occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import words_of
from gateway.language import Language

_SWISS = "+41"
_FEWEST_DIGITS, _MOST_DIGITS = 2, 7
_PREFIX = 3
"""Digits of a Swiss area or network code with its 0."""
_CONFIDENCE = 0.8


def read_number_part(reading: Reading) -> tuple[Fact, ...]:
    """Return the known number with the digits that the caller corrects, where only part of it was named.

    Times are digits too, so that part of a number counts only where the turn names no moment, and says that it is about
    the number, about its beginning or its end, or names a code.
    """
    known = reading.state.fact(FactName.PHONE)
    if known is None or not known.value.startswith(_SWISS):
        return ()
    national = "0" + known.value.removeprefix(_SWISS)
    for language in reading.near_languages:
        wrong, right = _wrong_and_right(reading, language)
        corrected = _corrected(reading, language, national, wrong, right)
        found = find_phone(corrected, language) if corrected and corrected != national else None
        if found is not None:
            return (reading.fact(FactName.PHONE, found.value, None, _CONFIDENCE),)
    return ()


def _wrong_and_right(reading: Reading, language: Language) -> tuple[str, str]:
    """Return the digits that the caller takes back and those that are to stand there."""
    text, lexicon = reading.rest, LEXICONS[language]
    words = words_of(text)
    wrong: list[str] = []
    right = text
    for index, word in enumerate(words):
        if word.folded not in lexicon.negators:
            continue
        ends = [place for place in (text.find(mark, word.end) for mark in ",;.!?") if place >= 0]
        ends += [other.start for other in words[index + 1 :] if other.folded in lexicon.contrasts]
        end = min(ends, default=len(text))
        wrong.append(text[word.end : end])
        right = right[: word.start] + " " * (end - word.start) + right[end:]
    return "".join(phone_digits(part, language) for part in wrong), phone_digits(right, language)


def _corrected(reading: Reading, language: Language, national: str, wrong: str, right: str) -> str | None:
    if not _FEWEST_DIGITS <= len(right) <= _MOST_DIGITS:
        return None
    lexicon = LEXICONS[language]
    at_end = occurs(lexicon.number_end, reading.text, reading.words)
    at_start = occurs(lexicon.number_start, reading.text, reading.words) or _is_code(right)
    about = occurs(lexicon.mentions.get(FactName.PHONE, ()), reading.text, reading.words)
    if wrong:
        place = national.find(wrong) if at_start else national.rfind(wrong)
        if len(wrong) != len(right) or place < 0 or not (at_end or at_start or about):
            return None
        return national[:place] + right + national[place + len(wrong) :]
    if at_end:
        return national[: -len(right)] + right
    return right + national[len(right) :] if at_start else None


def _is_code(digits: str) -> bool:
    return len(digits) == _PREFIX and digits.startswith("0")
