"""Appointments for somebody else: who the patient is, and who called.

``FactName.NAME`` stays the caller; ``PATIENT_NAME`` and ``RELATION`` say for whom the caller calls. Questions and
read-backs about the patient are worded so: "War Ihre Tochter schon einmal bei uns?"
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialogue.lexicons.relatives import RELATIVES, SELF, Relatives
from gateway.dialogue.model import DialogueState, Fact, FactName, Question, SpeechAct
from gateway.dialogue.normalise import find_name, find_name_after
from gateway.dialogue.patterns import find, occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.tasks import relation_of
from gateway.dialogue.text import Word

_APART = frozenset((Question.PHONE, Question.CALLER_NUMBER, Question.SPELLING, Question.MESSAGE))
"""Questions whose answers name relatives that are no patients: "die Nummer meiner Frau"."""
_ABOUT_PATIENT = frozenset((Question.PAIN, Question.PATIENT_STATUS, Question.DATE_OF_BIRTH, Question.PATIENT_NAME))
_BETWEEN = 2
"""Words from "meine" to "Tochter", both included, but one: "meine kleine Tochter"."""
_NEAR = 4
_TO_CALLER = 2
"""Words from "und" to "mich", both included: "und für mich"."""
_BETWEEN_PATIENTS = 3
"""Words between two relatives who are both patients: "und für"."""


def question_about(state: DialogueState, question: Question, variant: str) -> SpeechAct:
    """Return the act that asks ``question``, of the patient where the caller calls for somebody else."""
    name = f"ask_{question}_{variant}" if variant else f"ask_{question}"
    if question is Question.OFFER_BOOKING and state.second_wish and state.second_wish.relation and variant != "keys":
        return SpeechAct("ask_offer_booking_patient", {"relation": state.second_wish.relation})
    relation = relation_of(state)
    if relation is None or variant == "keys":
        return SpeechAct(name)
    if question is Question.PATIENT_NAME:
        return SpeechAct(name, {"relation": relation})
    if question in _ABOUT_PATIENT:
        return SpeechAct(f"ask_{question}_patient", {"relation": relation})
    return SpeechAct("ask_name_caller") if question is Question.NAME and not variant else SpeechAct(name)


def read_relation(reading: Reading) -> tuple[tuple[Fact, ...], Reading]:
    """Read whom the caller calls for, with the name that follows ("meine Tochter Lea"), and blank both."""
    if reading.asked in _APART:
        return (), reading
    for language in reading.near_languages:
        relatives = RELATIVES[language]
        if _is_known(reading) and occurs(relatives.myself, reading.text, reading.words):
            return (reading.fact(FactName.RELATION, SELF),), reading
        for first, last in _places(reading.words, relatives):
            if _is_patient(reading.words, first, last, relatives):
                start, end = reading.words[first].start, reading.words[last].end
                words = reading.text[start:end]
                if _beside_caller(reading.words, first, last, relatives):
                    # The caller comes first; "meinen Mann und mich" is asked about afterwards.
                    return (), reading.without([(start, end)])
                relation = Fact(
                    FactName.RELATION, relatives.words[reading.words[last].folded], words, reading.turn.confidence
                )
                name = find_name_after(reading.text, end, language)
                if name is None:
                    return (relation,), reading.without([(start, end)])
                fact = reading.fact(FactName.PATIENT_NAME, name.value, name)
                return (relation, fact), reading.without([(start, name.end)])
    return (), reading


def second_patient(reading: Reading) -> str | None:
    """Return for whom an appointment is wished for beside another patient: "für meinen Mann und mich"."""
    if reading.asked in _APART:
        return None
    for language in reading.near_languages:
        relatives = RELATIVES[language]
        places = [place for place in _places(reading.words, relatives) if _is_patient(reading.words, *place, relatives)]
        if not places:
            continue
        (first, last), *others = places
        if any(_joined(reading.words, last, other, relatives) for other, _ in others):
            return relatives.words[reading.words[others[0][1]].folded]
        if _beside_caller(reading.words, first, last, relatives):
            return relatives.words[reading.words[last].folded]
    return None


def _beside_caller(words: Sequence[Word], first: int, last: int, relatives: Relatives) -> bool:
    """Tell whether the caller is joined to the relative: "mich und meinen Mann", "mein Mann und ich"."""
    before = [word.folded for word in words[max(0, first - 1 - _TO_CALLER) : first]]
    after = [word.folded for word in words[last + 1 : last + 2 + _TO_CALLER]]
    for joined in (before[::-1], after):
        places = [index for index, word in enumerate(joined) if word in relatives.joins]
        if places and not relatives.caller.isdisjoint(joined[places[0] :]) and places[0] <= 1:
            return True
    return False


def _joined(words: Sequence[Word], end: int, start: int, relatives: Relatives) -> bool:
    between = [word.folded for word in words[end + 1 : start]]
    return 0 < len(between) <= _BETWEEN_PATIENTS and not relatives.joins.isdisjoint(between)


def _is_known(reading: Reading) -> bool:
    return relation_of(reading.state) is not None


def _places(words: Sequence[Word], relatives: Relatives) -> list[tuple[int, int]]:
    return [
        (first, last)
        for first, word in enumerate(words)
        if word.folded in relatives.possessives
        for last in range(first + 1, min(first + 1 + _BETWEEN, len(words)))
        if words[last].folded in relatives.words
    ]


def _is_patient(words: Sequence[Word], first: int, last: int, relatives: Relatives) -> bool:
    before = words[first - 1].folded if first else ""
    if before in relatives.apart:
        return False
    earlier = {word.folded for word in words[max(0, first - 1 - _NEAR) : first]}
    if before in relatives.of and earlier.isdisjoint(relatives.appointments):
        return False
    after = [word.folded for word in words[last + 1 : last + 1 + _NEAR]]
    if after[:1] == ["s"] and relatives.appointments.isdisjoint(after):
        return False
    return relatives.does_else.isdisjoint(after)


def read_patient_name(reading: Reading) -> tuple[tuple[Fact, ...], Reading]:
    """Read the patient's name: after "sie heisst", or as the answer where it was asked."""
    asked = reading.asked is Question.PATIENT_NAME
    if not asked and not _is_known(reading):
        return (), reading
    kept = reading.kept()
    for language in reading.near_languages:
        for pattern in RELATIVES[language].named:
            match = find(pattern, reading.text, reading.words)
            if match is None:
                continue
            name = find_name_after(kept, reading.words[match.last].end, language)
            if name is not None:
                fact = reading.fact(FactName.PATIENT_NAME, name.value, name)
                return (fact,), reading.without([(reading.words[match.first].start, name.end)])
        name = find_name(kept, language, expected=True) if asked else None
        if name is not None:
            return (reading.fact(FactName.PATIENT_NAME, name.value, name),), reading.without([(name.start, name.end)])
    return (), reading
