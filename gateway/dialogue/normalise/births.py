"""Finds a date of birth: day, month and year, with two-digit years taken to the past."""

from __future__ import annotations

import datetime as dt
import re

from gateway.dialogue.normalise.calendar_days import date_or_none
from gateway.dialogue.normalise.found import Found
from gateway.dialogue.normalise.lexicon import lexicon
from gateway.dialogue.normalise.tags import TagLine
from gateway.language import Language

OLDEST_YEARS = 120
"""A caller is not older."""

_SURE, _LIKELY, _CENTURY_GUESSED = 0.95, 0.85, 0.8
_SMALL = r"(?:(?:on|the|of|in) ){0,3}"
_DAY = r"[no]=(?P<day>\d{1,2}) (?:\. )?"
_YEAR = (
    r"(?:n=(?P<year>\d{4}) |n=(?P<century>19|20) (?:n=0 n=(?P<single>[1-9]) |n=0?(?P<short>\d\d) )|n=(?P<two>\d\d) )"
    r"(?!clock|:|n=|o=|day|week|months|year|month)"
)
_BEFORE = r"(?<!\S)(?<!n=\d )(?<!n=\d\d )(?<!n=\d\d\d )"
_PATTERNS = tuple(
    (re.compile(_BEFORE + pattern), confidence)
    for pattern, confidence in (
        (rf"{_DAY}{_SMALL}month=(?P<month>\d+) (?:, |\. )?{_SMALL}{_YEAR}", _SURE),
        (rf"month=(?P<month>\d+) (?:the )?{_DAY}(?:, )?(?:of |in )?{_YEAR}", _SURE),
        (rf"n=(?P<day>\d{{1,2}}) (?P<mark>[./-]) n=(?P<month>\d{{1,2}}) (?P=mark) {_YEAR}", _SURE),
        (
            r"n=(?P<year>\d{4}) - n=(?P<month>\d\d) - n=(?P<day>\d\d) (?P<century>)(?P<single>)(?P<short>)(?P<two>)",
            _SURE,
        ),
        (rf"{_DAY}{_SMALL}[no]=(?P<month>\d{{1,2}}) (?:[.,] )?{_SMALL}{_YEAR}", _LIKELY),
        (
            r"n=(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d{4}) (?!n=)(?P<century>)(?P<single>)(?P<short>)(?P<two>)",
            _LIKELY,
        ),
    )
)


_LEAP_YEAR = 2024
_DAY_AND_MONTH = (
    re.compile(rf"{_BEFORE}{_DAY}{_SMALL}month=(?P<month>\d+) "),
    re.compile(rf"{_BEFORE}month=(?P<month>\d+) (?:the )?{_DAY}(?!n=|clock)"),
)


def find_birth_date(text: str, language: Language, today: dt.date) -> Found[dt.date] | None:
    """Return the first date of birth in ``text``: a whole date that is not after ``today``.

    "85" is 1985 and "12" is 2012: the latest such year that has come. Dates that the calendar does not have, or that
    would make the caller older than ``OLDEST_YEARS``, give None.
    """
    line = TagLine(text, lexicon(language).dates, language)
    for pattern, confidence in _PATTERNS:
        for match in line.matches(pattern):
            date = _date(match, today)
            if date is not None:
                start, end = line.span(match.start(), match.end())
                certain = confidence if not match["two"] else min(confidence, _CENTURY_GUESSED)
                return Found(date, start, end, text[start:end], certain)
    return None


def is_impossible_date(text: str, language: Language, today: dt.date | None) -> bool:
    """Tell whether ``text`` names a day that no calendar has ("31. Februar").

    With ``today`` a date of birth is meant: one in the future, or more than ``OLDEST_YEARS`` ago, cannot be either.
    """
    line = TagLine(text, lexicon(language).dates, language)
    days = (match for pattern in _DAY_AND_MONTH for match in line.matches(pattern))
    if any(date_or_none(_LEAP_YEAR, int(match["month"]), int(match["day"])) is None for match in days):
        return True
    births = (match for pattern, _ in _PATTERNS for match in line.matches(pattern))
    return today is not None and any(_date(match, today) is None for match in births)


def _date(match: re.Match[str], today: dt.date) -> dt.date | None:
    day, month = int(match["day"]), int(match["month"])
    date = date_or_none(_year(match), month, day) if not match["two"] else _latest(int(match["two"]), month, day, today)
    if date is None or date > today or today.year - date.year > OLDEST_YEARS:
        return None
    return date


def _year(match: re.Match[str]) -> int:
    if match["year"]:
        return int(match["year"])
    return int(match["century"] or 0) * 100 + int(match["single"] or match["short"] or 0)


def _latest(two_digits: int, month: int, day: int, today: dt.date) -> dt.date | None:
    for century in (today.year // 100 * 100, today.year // 100 * 100 - 100):
        date = date_or_none(century + two_digits, month, day)
        if date is not None and date <= today:
            return date
    return None
