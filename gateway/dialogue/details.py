"""Facts about the caller and the reason for the call, read from a turn."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from gateway.dialogue.catalogue import find_person, find_services
from gateway.dialogue.corrections import rejected_places
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import Fact, FactName, Intent, Question
from gateway.dialogue.normalise import (
    Found,
    find_birth_date,
    find_name,
    find_phone,
    find_spelling,
    is_impossible_date,
    is_particle,
    phone_digits,
)
from gateway.dialogue.patterns import find, find_all, occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import fold, words_of
from gateway.language import Language

_LONGEST_NUMBER = 15
"""Digits of the longest telephone number (ITU-T E.164)."""
MESSAGE_LENGTH = 500
"""Characters of a message or a reason that are kept."""
_SHORT_ANSWER = 3
"""Words up to which "nein danke" and "wie bitte" are no message."""
_TO_THE_ASSISTANT = frozenset((Intent.HUMAN, Intent.REPEAT, Intent.REFUSE_RECORDING, Intent.CHANGE_LANGUAGE))
_SHORT_REQUEST = 10
"""Words up to which "ich möchte nicht aufgenommen werden" is said to the assistant and no message."""
_RESEMBLING = 0.6
"""Likeness of two names of which one may be the other, misheard."""
_SENTENCE_END = re.compile(r"[.!?;]")
_FREE_WORD = re.compile(r"[^\W\d_]{3,}")

_APPOINTMENT_DAYS = (Question.PREFERRED_DATE, Question.EXISTING_DATE)
_LONG_PAST = dt.timedelta(days=730)
"""Days that are longer ago belong to no appointment that is spoken of."""
_PLANNED_YEARS = 2
"""Years ahead that an appointment may be named in."""

_DATES_ASKED = {
    Question.DATE_OF_BIRTH: FactName.DATE_OF_BIRTH,
    Question.PREFERRED_DATE: FactName.PREFERRED_DATE,
    Question.EXISTING_DATE: FactName.EXISTING_DATE,
}

Read = tuple[tuple[Fact, ...], Reading]
"""Facts, and the reading with their words blanked."""


def read_birth_date(reading: Reading) -> Read:
    """Read a date of birth: when it was asked, when the caller says that it is one, or when it can be no other day.

    Asked for the day of an appointment, callers now and then give the one that practices usually ask for.
    """
    if reading.asked in _APPOINTMENT_DAYS and not reading.says("birth"):
        return _read_unasked_birth(reading)
    if reading.asked is not Question.DATE_OF_BIRTH and not reading.says("birth"):
        return (), reading
    languages = reading.languages if reading.asked is Question.DATE_OF_BIRTH else reading.near_languages
    for language in languages:
        found = find_birth_date(reading.kept(), language, reading.context.now.date())
        if found:
            fact = reading.fact(FactName.DATE_OF_BIRTH, found.value.isoformat(), found)
            return (fact,), reading.without([(found.start, found.end), *reading.places("birth")])
    return (), reading


def _read_unasked_birth(reading: Reading) -> Read:
    today = reading.context.now.date()
    for language in reading.near_languages:
        found = find_birth_date(reading.kept(), language, today)
        # "8.12.26" is no day of 1926, but the coming one of that year.
        century_later = found.value.year + 100 if found else 0
        if found and found.value < today - _LONG_PAST and century_later > today.year + _PLANNED_YEARS:
            return (reading.fact(FactName.DATE_OF_BIRTH, found.value.isoformat(), found),), reading.without(
                [(found.start, found.end)]
            )
    return (), reading


def read_impossible_date(reading: Reading) -> FactName | None:
    """Return which date was asked when a day was named that cannot be: 31 February, a birth in the future."""
    asked = _DATES_ASKED.get(reading.asked)
    today = reading.context.now.date() if asked is FactName.DATE_OF_BIRTH else None
    impossible = any(is_impossible_date(reading.kept(), language, today) for language in reading.near_languages)
    return asked if asked is not None and impossible else None


def read_phone(reading: Reading) -> tuple[tuple[Fact, ...], Reading, str]:
    """Read a telephone number; also return the digits so far of one that comes in parts."""
    kept = reading.kept()
    for language in reading.near_languages:
        found = find_phone(kept, language)
        if found:
            return (reading.fact(FactName.PHONE, found.value, found),), reading.without([(found.start, found.end)]), ""
    if reading.asked is not Question.PHONE:
        return (), reading, ""
    for language in reading.near_languages:
        digits = reading.state.partial_digits + phone_digits(kept, language)
        whole = find_phone(digits, language) if reading.state.partial_digits else None
        if whole:
            blanked = reading.without([(0, len(reading.text))])
            return (reading.fact(FactName.PHONE, whole.value, None, whole.confidence),), blanked, ""
        if digits != reading.state.partial_digits:
            return (), reading.without([(0, len(reading.text))]), digits[:_LONGEST_NUMBER]
    return (), reading, ""


def read_name(reading: Reading, intents: Sequence[Intent]) -> Read:
    """Read the caller's name; a bare name counts only when the name was asked."""
    if reading.asked is Question.SPELLING:
        for language in reading.near_languages:
            spelling = find_spelling(reading.text, language)
            if spelling:
                value = _with_first_name(reading, spelling.value)
                return (reading.fact(FactName.NAME, value, spelling),), reading.without([(0, len(reading.text))])
    expected = reading.asked_any(Question.NAME, Question.SPELLING) and not intents
    kept = reading.kept()
    for language, bare in _ways_to_read_a_name(reading, expected=expected):
        found = _find_name(kept, language, expected=bare)
        if found:
            value = _with_other_name(reading, found.value)
            return (reading.fact(FactName.NAME, value, found),), reading.without([(found.start, found.end)])
    if reading.asked_any(Question.READ_BACK, Question.WHAT_IS_WRONG) and not intents:
        corrected = _corrected_name(reading, kept)
        if corrected is not None:
            return (reading.fact(FactName.NAME, _with_other_name(reading, corrected.value), corrected),), reading
    spellings = (find_spelling(kept, language) for language in reading.near_languages if expected)
    spelling = next((found for found in spellings if found), None)
    return ((reading.fact(FactName.NAME, spelling.value, spelling),) if spelling else ()), reading


def _corrected_name(reading: Reading, kept: str) -> Found[str] | None:
    """Return a bare name that is said in place of the one that was read back, and sounds like it: "Nein, Köhler"."""
    known = reading.state.fact(FactName.NAME)
    if known is None or (reading.asked is Question.READ_BACK and not reading.says("amends")):
        return None
    for language in reading.near_languages:
        found = _find_name(kept, language, expected=True)
        if found and any(_resemble(part, other) for part in found.value.split() for other in known.value.split()):
            return found
    return None


def _resemble(name: str, other: str) -> bool:
    return SequenceMatcher(None, fold(name), fold(other)).ratio() >= _RESEMBLING


def _ways_to_read_a_name(reading: Reading, *, expected: bool) -> list[tuple[Language, bool]]:
    """Return languages to try, and whether a bare name counts.

    Recognition may take a sentence around a foreign name for that language: in the call's own, "mein Name ist" is
    looked for before the whole is taken for a name.
    """
    introduced = [(language, False) for language in reading.near_languages if len(reading.near_languages) > 1]
    return [*introduced, *((language, expected) for language in reading.near_languages)]


def _find_name(text: str, language: Language, *, expected: bool) -> Found[str] | None:
    found = find_name(text, language, expected=expected)
    if found is None and expected:
        # "Hans Müller. Geboren am …": what was read already leaves odd words behind the name.
        return find_name(_SENTENCE_END.split(text, maxsplit=1)[0], language, expected=True)
    return found


def _with_first_name(reading: Reading, surname: str) -> str:
    """Return the spelled surname behind the first name that was understood before, when there was one.

    A small word before the surname is part of it where the spelling tells so: "Marie du Bois", spelled D-U-B-O-I-S.
    """
    known = reading.state.fact(FactName.NAME)
    names = known.value.split() if known else []
    first_names, last = names[:-1], names[-1:]
    while len(first_names) > 1 and is_particle(first_names[-1]):
        last = [first_names.pop(), *last]
    kept = last[:-1] if _resemblance(last[-1:], surname) > _resemblance(last, surname) else []
    return " ".join((*first_names, *kept, surname))


def _resemblance(parts: Sequence[str], name: str) -> float:
    return SequenceMatcher(None, fold("".join(parts)), fold("".join(name.split()))).ratio()


def _with_other_name(reading: Reading, part: str) -> str:
    """Return the known name with ``part`` in place of the first or the last name, whichever it resembles more.

    Only a single name that corrects a read-back is completed so.
    """
    known = reading.state.fact(FactName.NAME)
    names = known.value.split() if known else []
    corrects = reading.asked_any(Question.READ_BACK, Question.WHAT_IS_WRONG)
    if len(names) < 2 or not corrects or " " in part:
        return part
    first, last = (SequenceMatcher(None, fold(name), fold(part)).ratio() for name in (names[0], names[-1]))
    return " ".join((part, *names[1:])) if first > last else " ".join((*names[:-1], part))


def read_practice_terms(reading: Reading) -> tuple[tuple[Fact, ...], tuple[FactName, ...]]:
    """Read the reason, the practitioner, pain and the patient's status, and which of them is taken back."""
    facts: list[Fact] = []
    words = words_of(reading.rest)
    services = find_services(reading.rest, words, reading.languages, reading.context.profile)
    places = [(found.start, found.end) for found in services]
    rejected = rejected_places(reading.text, reading.words, places, reading.lexicon)
    service = next((found for found in services if not _overlaps(found, rejected)), None)
    if service:
        facts.append(reading.fact(FactName.REASON, service.value, service))
    person = find_person(words, reading.rest, reading.lexicon, reading.context.profile)
    if person:
        facts.append(reading.fact(FactName.PRACTITIONER, person.value, person))
    elif reading.says("anyone"):
        facts.append(reading.fact(FactName.PRACTITIONER, "any"))
    facts.extend(_read_pain(reading, has_reason=service is not None))
    facts.extend(_read_status(reading))
    return tuple(facts), (FactName.REASON,) if rejected and service is None else ()


def _overlaps(found: Found[str], places: Collection[tuple[int, int]]) -> bool:
    return any(found.start < end and start < found.end for start, end in places)


def _read_pain(reading: Reading, *, has_reason: bool) -> list[Fact]:
    for language in reading.near_languages:
        lexicon = LEXICONS[language]
        if occurs(lexicon.no_pain, reading.text, reading.words):
            return [reading.fact(FactName.PAIN, "no")]
        pain = next(iter(find_all(lexicon.pain, reading.text, reading.words)), None)
        if pain is None:
            continue
        facts = [reading.fact(FactName.PAIN, "yes")]
        if not has_reason and reading.state.fact(FactName.REASON) is None:
            words = reading.text[reading.words[pain.first].start : reading.words[pain.last].end]
            facts.append(Fact(FactName.REASON, words, words, 0.7))
        return facts
    return []


def _read_status(reading: Reading) -> list[Fact]:
    if reading.says("new_patient"):
        return [reading.fact(FactName.PATIENT_STATUS, "new")]
    if reading.says("known_patient"):
        return [reading.fact(FactName.PATIENT_STATUS, "known")]
    return []


def read_free_reason(reading: Reading) -> tuple[Fact, ...]:
    """Return the caller's own words as the reason; for when it was asked and no service was named."""
    if not _FREE_WORD.search(reading.rest):
        return ()
    return (reading.fact(FactName.REASON, _tidy(reading.text), None, 0.5),)


def read_message(reading: Reading, intents: Sequence[Intent], answer: bool | None) -> tuple[Fact, ...]:
    """Read what a callback is about: when it was asked, or after "wegen", "au sujet de"."""
    if reading.asked is Question.MESSAGE:
        short = (answer is not None or bool(intents)) and len(reading.words) <= _SHORT_ANSWER
        to_us = not _TO_THE_ASSISTANT.isdisjoint(intents) and len(reading.words) <= _SHORT_REQUEST
        if short or to_us or not _FREE_WORD.search(reading.text):
            return ()
        return (reading.fact(FactName.MESSAGE, _tidy(reading.text), None, 0.8),)
    if Intent.OPEN_QUESTION in intents:
        return (reading.fact(FactName.MESSAGE, _tidy(reading.text), None, 0.8),)
    if not {Intent.CALLBACK, Intent.HUMAN}.intersection(intents):
        return ()
    for language in reading.near_languages:
        for pattern in LEXICONS[language].about:
            match = find(pattern, reading.text, reading.words)
            if match and match.last + 1 < len(reading.words):
                words = _tidy(reading.text[reading.words[match.first].start :])
                return (Fact(FactName.MESSAGE, words, words, round(0.7 * reading.turn.confidence, 3)),)
    return ()


def _tidy(text: str) -> str:
    return " ".join(text.split())[:MESSAGE_LENGTH].rstrip(" ,;")
