"""What a patient answers to each question: what the scenario says, else what follows from what the patient knows. Pure.

A question that the patient has not been told anything about is answered by yes, since what is left are questions that
want a consent; every answer that can be given is known before the call, so that its sound can be made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.caller.dates import spoken_date
from gateway.caller.steps import PressKeys, Say
from gateway.dialogue.catalogue import person_name, service_name
from gateway.dialogue.model import FactName
from gateway.dialogue.normalise import say_birth_date, say_date, say_time, spell_out
from gateway.language.number_words import cardinal_in_words
from gateway.practice.profile import PracticeProfile
from gateway.rehearsal.keyed_answers import has_shown_number, keys_for, national_number
from gateway.rehearsal.phrases import PHRASES
from gateway.rehearsal.scenario import Scenario, Utterance
from gateway.rehearsal.utterance import parse_utterance
from gateway.rehearsal.wordings_heard import QUESTIONS

_GROUPS = (3, 3, 2, 2)
"""Digits that are said in one breath, of a national Swiss number."""

_MOST_WORDINGS = 3
"""As many wordings of a fact as there may be."""
_ITALIAN_CONTRACTIONS = (("A le ", "Alle "), ("A l'", "All'"))
"""The preposition melts into the article of a time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked; ``by_keys`` tells that it wants the telephone's keys pressed."""

    question: str
    by_keys: bool = False


_ABOUT_THE_WISH = frozenset(("reason", "message", "message_record"))
"""Questions to which a patient who knows nothing else says once more what they want."""


class Answers:
    """The answers of one patient to a practice on the day ``today``."""

    def __init__(self, scenario: Scenario, profile: PracticeProfile, today: dt.date) -> None:
        self._scenario = scenario
        self._profile = profile
        self._today = today
        self._phrases = PHRASES[scenario.language]
        self._asked: dict[str, int] = {}
        self._facts: dict[FactName, Callable[[str], tuple[str, ...]]] = {
            FactName.NAME: lambda value: tuple(phrase.format(value) for phrase in self._phrases.name),
            FactName.PHONE: self._phone,
            FactName.REASON: self._reason,
            FactName.PREFERRED_DATE: lambda value: self._days(self._phrases.date, value),
            FactName.EXISTING_DATE: lambda value: self._days(self._phrases.existing_date, value),
            FactName.PREFERRED_TIME: self._times,
            FactName.EXISTING_TIME: self._times,
            FactName.DATE_OF_BIRTH: self._birth,
            FactName.PATIENT_STATUS: lambda value: (self._phrases.status[value],),
            FactName.PAIN: lambda value: (self._phrases.pain[value],),
            FactName.PRACTITIONER: self._practitioner,
            FactName.MESSAGE: lambda value: (value,),
            FactName.PATIENT_NAME: lambda value: (f"{value}.",),
            FactName.RELATION: lambda value: (value,),
        }

        phrases = self._phrases
        self._special: dict[str, Callable[[], tuple[str, ...]]] = {
            "anything_else": lambda: phrases.nothing_else,
            "emergency_repeat": lambda: (phrases.decline,),
            "emergency_connect": lambda: (phrases.decline,),
            "offer_booking": lambda: (phrases.decline,),
            "read_back": lambda: (phrases.yes,),
            "confirm": lambda: (phrases.yes,),
            "what_is_wrong": lambda: (phrases.yes,),
            "spelling": self._spelled,
            "caller_number": self._caller_number,
            "message_record": lambda: self._texts(FactName.MESSAGE),
            "phone_continue": lambda: self._texts(FactName.PHONE),
            "pain": lambda: self._texts(FactName.PAIN) or (phrases.pain["no"],),
        }

    def to(self, asked: Asked) -> Utterance:
        """Return what is said, or typed, now that the question was asked, and count that it was."""
        count = self._asked.get(asked.question, 0)
        self._asked[asked.question] = count + 1
        given = self._scenario.answers.get(asked.question)
        if given and not (asked.by_keys and count):
            return given[min(count, len(given) - 1)]
        if asked.by_keys and (keys := keys_for(asked.question, self._scenario)):
            return (PressKeys(keys),)
        known = self._known(asked.question)
        return known[min(count, len(known) - 1)]

    def correcting(self, name: FactName, again: int = 0) -> Utterance:
        """Return what is said when the fact was read back wrong; ``again`` tells how often it was before."""
        given = self._scenario.corrections.get(name)
        if given is not None:
            return given
        truth = self._texts(name)
        return (Say(f"{self._phrases.no} {truth[min(again, len(truth) - 1)] if truth else ''}".strip()),)

    def all(self) -> Iterator[Utterance]:
        """Yield everything that may be said."""
        scenario = self._scenario
        yield scenario.wants
        yield from (answer for answers in scenario.answers.values() for answer in answers)
        for question in sorted(QUESTIONS):
            yield from self._known(question)
        yield from (self.correcting(name, again) for name in scenario.knows for again in range(_MOST_WORDINGS))
        yield from (interruption.utterance for interruption in scenario.interruptions)

    def _known(self, question: str) -> tuple[Utterance, ...]:
        """Return what is said the first time, the second time and so on."""
        if question == "help":
            return (self._scenario.wants,)
        if question in self._special:
            texts = self._special[question]()
        elif question in tuple(FactName):
            texts = self._texts(FactName(question))
        else:
            texts = self._phrases.agree
        if not texts and question in _ABOUT_THE_WISH:
            return (self._scenario.wants,)
        return tuple(parse_utterance(text, self._scenario.language) for text in texts or (self._phrases.unknown,))

    def _texts(self, name: FactName) -> tuple[str, ...]:
        value = self._scenario.knows.get(name)
        return () if value is None else self._facts[name](value)

    def _caller_number(self) -> tuple[str, ...]:
        return self._phrases.agree if has_shown_number(self._scenario) else (self._phrases.other_number,)

    def _spelled(self) -> tuple[str, ...]:
        name = self._scenario.knows.get(FactName.NAME)
        if name is None:
            return ()
        surname = name.split()[-1].replace("-", "").replace("'", "")
        return (f"{', '.join(surname.upper())}.", f"{spell_out(surname, self._scenario.language)}.")

    def _phone(self, value: str) -> tuple[str, ...]:
        national, groups, at = national_number(value), list[str](), 0
        for size in _GROUPS:
            digits = (self._phrases.digits[int(digit)] for digit in national[at : at + size])
            groups.append(_capitalised(self._phrases.between_digits.join(digits)))
            at += size
        return (self._phrases.phone.format(self._phrases.between_groups.join(filter(None, groups))),)

    def _reason(self, value: str) -> tuple[str, ...]:
        name = service_name(self._profile, value, self._scenario.language) or value
        return (self._phrases.reason.format(name),)

    def _practitioner(self, value: str) -> tuple[str, ...]:
        name = person_name(self._profile, value, self._scenario.language)
        return self._phrases.agree if name is None else (self._phrases.practitioner.format(name),)

    def _days(self, phrases: tuple[str, ...], value: str) -> tuple[str, ...]:
        first = dt.date.fromisoformat(value[: len("2026-01-01")])
        in_weeks = spoken_date(first, self._scenario.language, self._today)
        in_full = say_date(first, self._scenario.language, self._today)
        usual, *others = phrases
        return tuple(_capitalised(said) for said in (usual.format(in_weeks), *(one.format(in_full) for one in others)))

    def _times(self, value: str) -> tuple[str, ...]:
        language, phrases = self._scenario.language, self._phrases
        time = dt.time.fromisoformat(value[: len("08:00")])
        in_full = phrases.time.format(say_time(time, language))
        for apart, joined in _ITALIAN_CONTRACTIONS:
            in_full = in_full.replace(apart, joined) if language == "it" else in_full
        if time.minute or time.hour % 12 == 0:
            return (in_full,)
        by_part = phrases.morning if time.hour < 12 else phrases.afternoon
        return (by_part.format(cardinal_in_words(time.hour % 12, language)), in_full)

    def _birth(self, value: str) -> tuple[str, ...]:
        said = say_birth_date(dt.date.fromisoformat(value), self._scenario.language)
        return (self._phrases.birth.format(said),)


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
