"""Dates and times that are typed on the telephone's keys, after words were not understood twice."""

from __future__ import annotations

import datetime as dt

from gateway.dialogue.model import Fact, FactName, Question

_FACTS = {
    Question.DATE_OF_BIRTH: FactName.DATE_OF_BIRTH,
    Question.PREFERRED_DATE: FactName.PREFERRED_DATE,
    Question.EXISTING_DATE: FactName.EXISTING_DATE,
    Question.PREFERRED_TIME: FactName.PREFERRED_TIME,
}
_DAY_AND_MONTH = 4
_SHORT_YEAR = 6
_WHOLE_DATE = 8
_OLDEST_YEARS = 120


def typed_fact(keys: str, asked: Question, today: dt.date) -> Fact | None:
    """Return the fact that ``keys`` are in answer to ``asked``; None when they are none.

    Dates are day, month and year (``03051985`` or ``030585``), for an appointment also day and month alone
    (``0812``, the next one to come); times are hours and minutes (``1430``).
    """
    name = _FACTS.get(asked)
    if name is None or not keys.isdecimal():
        return None
    if name is FactName.PREFERRED_TIME:
        value = _time(keys)
    else:
        date = _birth(keys, today) if name is FactName.DATE_OF_BIRTH else _day(keys, today)
        value = date.isoformat() if date else None
    return Fact(name, value, keys, 1.0) if value else None


def _birth(keys: str, today: dt.date) -> dt.date | None:
    if len(keys) == _SHORT_YEAR:
        year = int(keys[4:]) + today.year // 100 * 100
        date = _date(year, keys)
        return date if date is not None and date <= today else _date(year - 100, keys)
    date = _date(int(keys[4:]), keys) if len(keys) == _WHOLE_DATE else None
    return date if date is not None and date <= today and today.year - date.year <= _OLDEST_YEARS else None


def _day(keys: str, today: dt.date) -> dt.date | None:
    if len(keys) == _DAY_AND_MONTH:
        coming = (_date(year, keys) for year in (today.year, today.year + 1))
        return next((date for date in coming if date is not None and date >= today), None)
    if len(keys) == _SHORT_YEAR:
        return _date(today.year // 100 * 100 + int(keys[4:]), keys)
    return _date(int(keys[4:]), keys) if len(keys) == _WHOLE_DATE else None


def _date(year: int, keys: str) -> dt.date | None:
    try:
        return dt.date(year, int(keys[2:4]), int(keys[:2]))
    except ValueError:
        return None


def _time(keys: str) -> str | None:
    if len(keys) not in (_DAY_AND_MONTH - 1, _DAY_AND_MONTH):
        return None
    try:
        return dt.time(int(keys[:-2]), int(keys[-2:])).strftime("%H:%M")
    except ValueError:
        return None
