"""Canonical values as words: dates, times, numbers, names, opening hours."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.dialogue.canonical import CHOICE, date_choices, time_choices
from gateway.dialogue.catalogue import person_name, service_name
from gateway.dialogue.long_messages import beginning
from gateway.dialogue.normalise import (
    PARTS_OF_DAY,
    DateSpan,
    TimeSpan,
    format_phone,
    say_birth_date,
    say_date,
    say_time,
    spell_by_alphabet,
)
from gateway.dialogue.wordings import WORDINGS
from gateway.language import Language
from gateway.practice.opening import WEEKDAYS, closure_reason, opening_times
from gateway.practice.profile import OpeningTime, PracticeProfile

_WHOLE_DAY = (dt.time(0, 0), dt.time(23, 59))

_ITALIAN_CONTRACTIONS = (("a le ", "alle "), ("da le ", "dalle "), ("a l'", "all'"), ("da l'", "dall'"))
"""Prepositions that melt into the article of a time."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Where a value is said: the language, the practice, the day."""

    language: Language
    profile: PracticeProfile
    today: dt.date | None = None

    def form(self, name: str, **values: str) -> str:
        """Return the wording of a small form with its values."""
        said = WORDINGS[self.language].values[name].format(**values)
        if self.language == "it":
            for apart, joined in _ITALIAN_CONTRACTIONS:
                said = re.sub(rf"\b{apart}", joined, said)
        return said

    def any_of(self, values: Sequence[str]) -> str:
        """Return values of which any will do: "am Montag, am Dienstag oder am Mittwoch"."""
        *before, last = values
        return f"{', '.join(before)} {self.form('or')} {last}" if before else last

    def day(self, day: dt.date) -> str:
        """Return a day in words."""
        return say_date(day, self.language, self.today)

    def time(self, time: dt.time) -> str:
        """Return a time in words."""
        return say_time(time, self.language)


Formatter = Callable[[str, Telling], str]


def _dates(value: str, telling: Telling) -> str:
    return telling.any_of([_date_span(span, telling) for span in date_choices(value)])


def _date_span(span: DateSpan, telling: Telling) -> str:
    if span.is_day:
        return telling.form("date", day=telling.day(span.first))
    return telling.form("dates", first=telling.day(span.first), last=telling.day(span.last))


def _birth_date(value: str, telling: Telling) -> str:
    return say_birth_date(dt.date.fromisoformat(value), telling.language)


def _times(value: str, telling: Telling) -> str:
    return telling.any_of([_time_span(span, telling) for span in time_choices(value)])


def _time_span(span: TimeSpan, telling: Telling) -> str:
    if span.last is None:
        return telling.form("time", time=telling.time(span.first))
    if (span.first, span.last) == _WHOLE_DAY:
        return telling.form("any_time")
    part = next((part for part, meant in PARTS_OF_DAY.items() if meant == span), None)
    if part is not None:
        return telling.form(f"part_{part}")
    return telling.form("times", first=telling.time(span.first), last=telling.time(span.last))


def _phone(value: str, telling: Telling) -> str:
    return format_phone(value, telling.language)


def _reason(value: str, telling: Telling) -> str:
    return service_name(telling.profile, value, telling.language) or _plain(value, telling)


def _practitioner(value: str, telling: Telling) -> str:
    person = person_name(telling.profile, value, telling.language) or value
    return telling.form("practitioner", person=person)


def _slots(value: str, telling: Telling) -> str:
    """Say slots such as "2026-12-08T09:00|2026-12-08T10:30@sandra-meier", those of one day together."""
    slots = [part.partition("@") for part in value.split(CHOICE)]
    days = []
    for day, of_day in groupby(slots, key=lambda slot: slot[0].partition("T")[0]):
        times = [_slot_time(moment.partition("T")[2], person, telling) for moment, _, person in of_day]
        days.append(f"{_dates(day, telling)}, {telling.any_of(times)}")
    return telling.any_of(days)


def _slot_time(time: str, person: str, telling: Telling) -> str:
    return f"{_times(time, telling)} {_practitioner(person, telling)}" if person else _times(time, telling)


def _relation(value: str, telling: Telling) -> str:
    return telling.form(f"relation_{value}")


def _spelled(value: str, telling: Telling) -> str:
    return spell_by_alphabet(value, telling.language)


def _plain(value: str, _telling: Telling) -> str:
    return value.rstrip(" .!?").replace("ß", "ss")


def _beginning(value: str, telling: Telling) -> str:
    return _plain(beginning(value), telling)


def _hours_on(value: str, telling: Telling) -> str:
    return _spans(opening_times(telling.profile, dt.date.fromisoformat(value)), telling)


def _closure(value: str, telling: Telling) -> str:
    reason = closure_reason(telling.profile, dt.date.fromisoformat(value), telling.language)
    return reason or telling.form("closed")


FORMATTERS: Mapping[str, Formatter] = {
    "date": _dates,
    "preferred_date": _dates,
    "existing_date": _dates,
    "time": _times,
    "preferred_time": _times,
    "existing_time": _times,
    "phone": _phone,
    "name": _plain,
    "patient_name": _plain,
    "relation": _relation,
    "spelled": _spelled,
    "reason": _reason,
    "practitioner": _practitioner,
    "slots": _slots,
    "slot": _slots,
    "date_of_birth": _birth_date,
    "message": _plain,
    "message_beginning": _beginning,
    "hours_on": _hours_on,
    "closure": _closure,
}
"""How each value of a speech act is said."""


def _spans(times: Sequence[OpeningTime], telling: Telling) -> str:
    spans = [
        telling.form("hours_span", first=telling.time(span.opens), last=telling.time(span.closes)) for span in times
    ]
    return f" {telling.form('and')} ".join(spans) if spans else telling.form("closed")


def say_hours(telling: Telling) -> str:
    """Return the weekly opening hours, days with the same hours together, each group a sentence."""
    weekdays = WORDINGS[telling.language].weekdays
    week = [(weekdays[index], telling.profile.hours.get(day, ())) for index, day in enumerate(WEEKDAYS)]
    sentences = []
    for times, group in groupby(week, key=lambda day: day[1]):
        days = [name for name, _ in group]
        named = days[0] if len(days) == 1 else telling.form("days_span", first=days[0], last=days[-1])
        if len(days) == 2:
            named = f"{days[0]} {telling.form('and')} {days[1]}"
        sentences.append(f"{named[0].upper()}{named[1:]}: {_spans(times, telling)}.")
    return " ".join(sentences)


def say_address(profile: PracticeProfile) -> str:
    """Return street, postcode and city as one sentence."""
    address = profile.address
    return f"{address.street}, {address.postcode} {address.city}."


def practice_values(profile: PracticeProfile, language: Language) -> dict[str, str]:
    """Return the values that are the same in every call of the practice."""
    directions = profile.address.directions
    emergency = profile.emergency
    ambulance = emergency.ambulance_number
    return {
        "practice": profile.name.in_language(language),
        "practice_phone": format_phone(profile.phone, language),
        "greeting": profile.greeting.in_language(language),
        "announcement": profile.recording.announcement.in_language(language),
        "emergency_text": emergency.text.in_language(language),
        "on_call": format_phone(emergency.on_call_number, language),
        "ambulance": format_phone(ambulance, language) if ambulance.startswith("+") else ambulance,
        "hours": say_hours(Telling(language, profile)),
        "address": say_address(profile),
        "directions": directions.in_language(language) if directions else "",
    }
