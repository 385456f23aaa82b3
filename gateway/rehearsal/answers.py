"""What a patient answers to each question: what the scenario says, else what follows from what the patient knows. Pure.

A question that the patient has not been told anything about is answered by yes, since what is left are questions that
want a consent; every answer that can be given is known before the call, so that its sound can be made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from gateway.caller.dates import spoken_date
from gateway.caller.steps import Say
from gateway.dialogue.catalogue import person_name, service_name
from gateway.dialogue.model import FactName
from gateway.dialogue.normalise import say_birth_date, say_time
from gateway.practice.profile import PracticeProfile
from gateway.rehearsal.phrases import PHRASES
from gateway.rehearsal.scenario import Scenario, Utterance
from gateway.rehearsal.utterance import parse_utterance
from gateway.rehearsal.wordings_heard import QUESTIONS

_GROUPS = (3, 3, 2, 2)
"""Digits that are said in one breath, of a national Swiss number."""

_ITALIAN_CONTRACTIONS = (("A le ", "Alle "), ("A l'", "All'"))
"""The preposition melts into the article of a time."""


class Answers:
    """The answers of one patient to a practice on the day ``today``."""

    def __init__(self, scenario: Scenario, profile: PracticeProfile, today: dt.date) -> None:
        self._scenario = scenario
        self._profile = profile
        self._today = today
        self._phrases = PHRASES[scenario.language]
        self._asked: dict[str, int] = {}
        self._facts: dict[FactName, Callable[[str], str]] = {
            FactName.NAME: self._phrases.name.format,
            FactName.PHONE: self._phone,
            FactName.REASON: self._reason,
            FactName.PREFERRED_DATE: lambda value: self._phrases.date.format(self._day(value)),
            FactName.EXISTING_DATE: lambda value: self._phrases.existing_date.format(self._day(value)),
            FactName.PREFERRED_TIME: self._time,
            FactName.EXISTING_TIME: self._time,
            FactName.DATE_OF_BIRTH: self._birth,
            FactName.PATIENT_STATUS: lambda value: self._phrases.status[value],
            FactName.PAIN: lambda value: self._phrases.pain[value],
            FactName.PRACTITIONER: self._practitioner,
            FactName.MESSAGE: lambda value: value,
        }

    def to(self, question: str) -> Utterance:
        """Return what is said now that ``question`` is asked, and count that it was asked."""
        count = self._asked.get(question, 0)
        self._asked[question] = count + 1
        given = self._scenario.answers.get(question)
        if given:
            return given[min(count, len(given) - 1)]
        return self._known(question)

    def correcting(self, name: FactName) -> Utterance:
        """Return what is said when the fact was read back wrong."""
        given = self._scenario.corrections.get(name)
        if given is not None:
            return given
        return (Say(f"{self._phrases.no} {self._text(name) or ''}".strip()),)

    def all(self) -> Iterator[Utterance]:
        """Yield everything that may be said."""
        scenario = self._scenario
        yield scenario.wants
        yield from (answer for answers in scenario.answers.values() for answer in answers)
        yield from (self._known(question) for question in sorted(QUESTIONS) if question not in scenario.answers)
        yield from (self.correcting(name) for name in scenario.knows)
        yield from (interruption.utterance for interruption in scenario.interruptions)

    def _known(self, question: str) -> Utterance:
        phrases = self._phrases
        match question:
            case "help":
                return self._scenario.wants
            case "anything_else":
                text = phrases.nothing_else
            case "emergency_repeat":
                text = phrases.decline
            case "read_back" | "what_is_wrong":
                text = phrases.yes
            case "spelling":
                text = self._spelled() or phrases.unknown
            case "caller_number":
                text = self._caller_number()
            case "message_record":
                text = self._text(FactName.MESSAGE) or phrases.unknown
            case "phone_continue":
                text = self._text(FactName.PHONE) or phrases.unknown
            case _ if question in tuple(FactName):
                text = self._text(FactName(question)) or self._without(FactName(question))
            case _:
                text = phrases.agree
        return parse_utterance(text, self._scenario.language)

    def _without(self, name: FactName) -> str:
        """Return the answer to a question for a fact that the scenario does not tell."""
        if name is FactName.PAIN:
            return self._phrases.pain["no"]
        return self._phrases.unknown

    def _text(self, name: FactName) -> str | None:
        value = self._scenario.knows.get(name)
        return None if value is None else self._facts[name](value)

    def _caller_number(self) -> str:
        number = self._scenario.knows.get(FactName.PHONE)
        same = number is None or number == self._scenario.from_number
        return self._phrases.agree if same else self._phrases.other_number

    def _spelled(self) -> str | None:
        name = self._scenario.knows.get(FactName.NAME)
        if name is None:
            return None
        surname = name.split()[-1].replace("-", "").replace("'", "")
        return f"{', '.join(surname.upper())}."

    def _phone(self, value: str) -> str:
        national = f"0{value.removeprefix('+41')}" if value.startswith("+41") else value.removeprefix("+")
        groups, at = [], 0
        for size in _GROUPS:
            groups.append(" ".join(self._phrases.digits[int(digit)] for digit in national[at : at + size]))
            at += size
        said = ", ".join(filter(None, groups))
        return self._phrases.phone.format(said[:1].upper() + said[1:])

    def _reason(self, value: str) -> str:
        name = service_name(self._profile, value, self._scenario.language) or value
        return self._phrases.reason.format(name)

    def _practitioner(self, value: str) -> str:
        name = person_name(self._profile, value, self._scenario.language)
        return self._phrases.agree if name is None else self._phrases.practitioner.format(name)

    def _day(self, value: str) -> str:
        first = dt.date.fromisoformat(value[: len("2026-01-01")])
        return spoken_date(first, self._scenario.language, self._today)

    def _time(self, value: str) -> str:
        first = dt.time.fromisoformat(value[: len("08:00")])
        said = self._phrases.time.format(say_time(first, self._scenario.language))
        for apart, joined in _ITALIAN_CONTRACTIONS:
            said = said.replace(apart, joined) if self._scenario.language == "it" else said
        return said

    def _birth(self, value: str) -> str:
        return self._phrases.birth.format(say_birth_date(dt.date.fromisoformat(value), self._scenario.language))
