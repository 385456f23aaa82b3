"""Read a caller's turn by rules: intents, yes or no, corrections and facts. Pure; no model is asked.

Recognition is imperfect and callers mix languages, so patterns are tried in the turn's language first and then in the
others, and what was asked decides how bare words are read: "Keller" is a name only when the name was asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.answers import find_answer, wavers
from gateway.dialogue.asked_person import asks_for_person
from gateway.dialogue.details import (
    read_birth_date,
    read_free_reason,
    read_impossible_date,
    read_message,
    read_name,
    read_phone,
    read_practice_terms,
)
from gateway.dialogue.emergency_signs import tells_strong_pain
from gateway.dialogue.family import read_patient_name, read_relation, second_patient
from gateway.dialogue.information import days_asked_about
from gateway.dialogue.intents import find_intents
from gateway.dialogue.knowledge import find_answer_known, is_question_alone
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.lexicons.relatives import SELF
from gateway.dialogue.model import (
    CallerTurn,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Intent,
    Question,
    Understanding,
)
from gateway.dialogue.moments import read_moments
from gateway.dialogue.normalise import find_phone
from gateway.dialogue.number_parts import read_number_part
from gateway.dialogue.patterns import occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.repairs import repaired
from gateway.dialogue.slot_choices import choice_of_key, read_slot_choice
from gateway.dialogue.spoken_language import is_clearly, requested_language, spoken_language
from gateway.dialogue.taking_back import read_taking_back, without_taken_back
from gateway.dialogue.typed import typed_fact
from gateway.language import Language

KEY_HUMAN = "0"
KEY_REFUSE_RECORDING = "9"
KEY_YES = "1"
KEY_NO = "2"

_YES_NO_FACTS: dict[Question, tuple[FactName, str, str]] = {
    Question.PAIN: (FactName.PAIN, "yes", "no"),
    Question.PATIENT_STATUS: (FactName.PATIENT_STATUS, "known", "new"),
}
"""Questions whose yes and no are facts."""
_DAYS_AND_TIMES: dict[FactName, tuple[FactName, ...]] = {
    FactName.EXISTING_DATE: (FactName.PREFERRED_DATE,),
    FactName.EXISTING_TIME: (FactName.PREFERRED_TIME,),
}
"""Facts that are called by the same word ("der Termin") as the one that was given."""
_ALWAYS_HEARD = frozenset(
    (
        Intent.EMERGENCY,
        Intent.EMERGENCY_QUESTION,
        Intent.HUMAN,
        Intent.REPEAT,
        Intent.REFUSE_RECORDING,
        Intent.CHANGE_LANGUAGE,
        Intent.GOODBYE,
    )
)


def understand(turn: CallerTurn, state: DialogueState, context: DialogueContext) -> Understanding:
    """Return what ``turn`` says, in the light of ``state``. Never raises on any text."""
    if turn.keys:
        return _read_keys(turn, state, context.now.date())
    reading = Reading.of(replace(turn, text=repaired(turn.text, turn.language)), state, context)
    if not reading.words:
        return Understanding(turn, state.language)
    wanted = requested_language(reading)
    intents = _intents(reading, wanted)
    # "I don't speak German" is no no.
    answer = _answer(reading, intents) if wanted is None else None
    choice, reading = read_slot_choice(reading)
    facts, taken_back, digits = _facts(reading, intents, answer)
    known = find_answer_known(reading, intents)
    if known and Intent.OPEN_QUESTION not in intents:
        known = known if answer is None and not digits and is_question_alone(reading, facts) else None
        intents, facts = ((Intent.OPEN_QUESTION,), ()) if known else (intents, facts)
    speaks = spoken_language(reading, intents)
    takes_back = read_taking_back(reading, facts)
    if takes_back is not None:
        intents = without_taken_back(intents, takes_back)
    return Understanding(
        turn=turn,
        language=turn.language,
        intents=intents,
        facts=facts,
        answer=answer,
        wavers=answer is True and wavers(reading.text, reading.words, reading.near_languages),
        corrects=bool(taken_back) or (answer is False and bool(facts)),
        rejected=tuple(dict.fromkeys((*taken_back, *_rejected(reading, answer, facts)))),
        requested_language=wanted,
        unknown=reading.says("unknown"),
        partial_digits=digits,
        speaks=speaks,
        speaks_clearly=is_clearly(speaks, reading),
        known=known,
        choice=choice,
        impossible=read_impossible_date(reading),
        second_patient=second_patient(reading),
        days_asked_about=days_asked_about(reading) if Intent.OPENING_HOURS in intents else (),
        strong_pain=tells_strong_pain(reading.text, reading.words),
        takes_back=takes_back,
    )


def _read_keys(turn: CallerTurn, state: DialogueState, today: dt.date) -> Understanding:
    """Read keys: a number or a date where asked, else 0 for a human, 9 against recording, 1 and 2 for yes and no."""
    keys = turn.keys.strip("#*")
    typed = typed_fact(keys, state.asked, today)
    if typed is not None:
        return Understanding(turn, state.language, facts=(typed,))
    # No Swiss number begins with a 9.
    if state.asked is Question.PHONE and (state.partial_digits or keys != KEY_REFUSE_RECORDING):
        digits = state.partial_digits + "".join(key for key in keys if key.isdigit())
        found = find_phone(digits, state.language)
        if found:
            fact = Fact(FactName.PHONE, found.value, keys, 1.0)
            return Understanding(turn, state.language, facts=(fact,))
        return Understanding(turn, state.language, partial_digits=digits)
    intents = {KEY_HUMAN: (Intent.HUMAN,), KEY_REFUSE_RECORDING: (Intent.REFUSE_RECORDING,)}.get(keys, ())
    answer = {KEY_YES: True, KEY_NO: False}.get(keys)
    facts = answer_facts(state.asked, answer, keys, 1.0)
    choice = choice_of_key(keys, state)
    return Understanding(turn, state.language, intents=intents, answer=answer, facts=facts, choice=choice)


def _intents(reading: Reading, wanted: Language | None) -> tuple[Intent, ...]:
    intents = find_intents(reading.text, reading.words, reading.languages)
    if not intents and asks_for_person(reading):
        intents = (Intent.HUMAN,)
    if reading.asked is Question.MESSAGE:
        intents = tuple(intent for intent in intents if intent in _ALWAYS_HEARD)
    if {Intent.BOOK, Intent.MOVE, Intent.CANCEL, Intent.CALLBACK}.intersection(intents):
        intents = tuple(intent for intent in intents if intent is not Intent.OPEN_QUESTION)
    if wanted and not {Intent.EMERGENCY, Intent.EMERGENCY_QUESTION}.intersection(intents):
        intents = (Intent.CHANGE_LANGUAGE, *intents)
    return intents


def _answer(reading: Reading, intents: Sequence[Intent]) -> bool | None:
    answer = find_answer(reading.text, reading.words, reading.languages)
    if answer is None and not intents and reading.asked is Question.ANYTHING_ELSE and reading.says("thanks"):
        return False
    return answer


def _facts(
    reading: Reading, intents: Sequence[Intent], answer: bool | None
) -> tuple[tuple[Fact, ...], tuple[FactName, ...], str]:
    """Return the facts of a turn, the names of those taken back, and the digits of an unfinished number."""
    if reading.asked is Question.MESSAGE:
        return read_message(reading, intents, answer), (), ""
    relation, reading = read_relation(reading)
    birth, reading = read_birth_date(reading)
    phone, reading, digits = read_phone(reading)
    patient, reading = read_patient_name(reading)
    name, reading = read_name(reading, intents)
    no_moments = _only_asks(reading, intents) or read_impossible_date(reading) is FactName.DATE_OF_BIRTH
    moments, moments_back = ((), ()) if no_moments else read_moments(reading, intents)
    if not phone and not moments and not digits:
        phone = read_number_part(reading)
    terms, terms_back = ((), ()) if Intent.OPEN_QUESTION in intents else read_practice_terms(reading)
    facts = [*birth, *phone, *name, *moments, *terms, *read_message(reading, intents, answer)]
    facts.extend(
        fact
        for fact in answer_facts(reading.asked, answer, reading.text, reading.turn.confidence)
        # "Nein, der Termin ist für mich" answers no question about the patient.
        if all(fact.name is not other.name for other in facts) and not any(fact.value == SELF for fact in relation)
    )
    open_reason = reading.asked is Question.REASON and not intents and answer is None and not facts
    if open_reason and not reading.says("unknown"):
        facts.extend(read_free_reason(reading))
    about = [*relation, *(fact for fact in patient if all(fact.name is not other.name for other in relation))]
    return (*about, *facts), (*moments_back, *terms_back), digits


def _only_asks(reading: Reading, intents: Sequence[Intent]) -> bool:
    """Tell whether dates in the turn belong to a question ("Haben Sie am Samstag offen?") and are no wish."""
    if Intent.OPEN_QUESTION in intents:
        return True
    wishes = {Intent.BOOK, Intent.MOVE, Intent.CANCEL}.intersection(intents)
    asked_when = reading.asked_any(Question.PREFERRED_DATE, Question.PREFERRED_TIME, Question.EXISTING_DATE)
    return Intent.OPENING_HOURS in intents and not wishes and not asked_when


def answer_facts(asked: Question, answer: bool | None, words: str, confidence: float) -> tuple[Fact, ...]:
    """Return the fact that a yes or no to ``asked`` is, where it is one."""
    if answer is None or asked not in _YES_NO_FACTS:
        return ()
    name, yes, no = _YES_NO_FACTS[asked]
    return (Fact(name, yes if answer else no, words, confidence),)


def _rejected(reading: Reading, answer: bool | None, facts: Sequence[Fact]) -> tuple[FactName, ...]:
    """Return the facts that are called wrong by name, when a read-back is being answered."""
    if reading.asked is Question.READ_BACK:
        if answer is not False and not reading.says("wrong"):
            return ()
    elif reading.asked is not Question.WHAT_IS_WRONG:
        return ()
    given = {fact.name for fact in facts}
    # "Der bisherige Termin ist am Montag" names no other day as wrong.
    given |= {other for name in given for other in _DAYS_AND_TIMES.get(name, ())}
    return tuple(
        name
        for name in FactName
        if name not in given
        and any(
            occurs(LEXICONS[language].mentions.get(name, ()), reading.text, reading.words)
            for language in reading.near_languages
        )
    )
