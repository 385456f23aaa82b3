"""Dates in a script: ``{{tuesday+2}}`` is the second Tuesday from today, said as a caller would say it.

``{{closed+1}}`` is the next day on which the practice is closed.

A script that names a fixed date is wrong after that day. These placeholders become a date when the script is loaded:
spoken in the script's language where the caller says it, ISO 8601 where a fact is expected. Spoken German, French and
Italian count the weeks ("Dienstag in einer Woche"), because a small recogniser mistakes the embedded voices' ordinal
numbers in these languages; English names day and month.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from gateway.language import Language

PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_DAY = re.compile(r"([a-z]+)\+([1-9][0-9]?)")
_LONGEST_SEARCH = dt.timedelta(weeks=110)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPOKEN_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_IN_WEEKS: dict[str, tuple[str, str]] = {
    "de": ("in einer Woche", "in {} Wochen"),
    "fr": ("dans une semaine", "dans {} semaines"),
    "it": ("fra una settimana", "fra {} settimane"),
}
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def spoken_date(day: dt.date, language: Language, today: dt.date) -> str:
    """Return the future ``day`` as it is said ``today`` in ``language``."""
    weekday = _SPOKEN_WEEKDAYS[language][day.weekday()]
    if language == "en":
        return f"{weekday} the {_ordinal(day.day)} of {_ENGLISH_MONTHS[day.month - 1]}"
    weeks = ((day - today).days - 1) // 7
    if weeks == 0:
        return weekday
    one, several = _IN_WEEKS[language]
    return f"{weekday} {one if weeks == 1 else several.format(weeks)}"


def _ordinal(number: int) -> str:
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def nth_weekday(weekday: int, count: int, today: dt.date, is_open: Callable[[dt.date], bool]) -> dt.date:
    """Return the ``count``-th open day after ``today`` that falls on ``weekday`` (0 is Monday).

    Raises:
        ValueError: no such day in the next two years.

    """
    day = today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    while day - today < _LONGEST_SEARCH:
        if is_open(day):
            count -= 1
            if count == 0:
                return day
        day += dt.timedelta(weeks=1)
    raise ValueError("no such day in the next two years")


def nth_closed_day(count: int, today: dt.date, is_open: Callable[[dt.date], bool]) -> dt.date:
    """Return the ``count``-th day after ``today`` that is not open.

    Raises:
        ValueError: no such day in the next two years.

    """
    day = today + dt.timedelta(days=1)
    while day - today < _LONGEST_SEARCH:
        if not is_open(day):
            count -= 1
            if count == 0:
                return day
        day += dt.timedelta(days=1)
    raise ValueError("no such day in the next two years")


def fill_dates(text: str, today: dt.date, is_open: Callable[[dt.date], bool], render: Callable[[dt.date], str]) -> str:
    """Return ``text`` with each placeholder replaced by ``render`` of its date.

    Raises:
        ValueError: a placeholder that does not name a weekday and a count; the message says which.

    """

    def replace(match: re.Match[str]) -> str:
        day = _DAY.fullmatch(match[1])
        if day is not None and day[1] == "closed":
            return render(nth_closed_day(int(day[2]), today, is_open))
        if day is None or day[1] not in WEEKDAYS:
            raise ValueError(f"{match[0]} is not a date; write a weekday and a count, such as {{{{tuesday+2}}}}")
        return render(nth_weekday(WEEKDAYS.index(day[1]), int(day[2]), today, is_open))

    return PLACEHOLDER.sub(replace, text)
