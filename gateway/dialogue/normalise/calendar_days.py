"""Arithmetic on days: next such weekday, a month's beginning, the week after next."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from gateway.dialogue.normalise.found import DateSpan

Direction = Literal["future", "past"]
Part = Literal["begin", "middle", "end"]

ONE_DAY = dt.timedelta(days=1)


def one_day(day: dt.date) -> DateSpan:
    """Return the span of a single day."""
    return DateSpan(day, day)


def days_after(day: dt.date, days: int) -> dt.date | None:
    """Return the day so many days after ``day``, or None outside the calendar."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return None


def weekday_after(day: dt.date, weekday: int) -> dt.date:
    """Return the first ``weekday`` (Monday is 0) after ``day``, which is never ``day`` itself."""
    return day + dt.timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def weekday_before(day: dt.date, weekday: int) -> dt.date:
    """Return the last ``weekday`` before ``day``."""
    return day - dt.timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)


def week_of(day: dt.date, weeks_later: int = 0) -> DateSpan:
    """Return Monday to Sunday of the week so many weeks after that of ``day``."""
    monday = day - dt.timedelta(days=day.weekday()) + dt.timedelta(weeks=weeks_later)
    return DateSpan(monday, monday + 6 * ONE_DAY)


def month_of(year: int, month: int) -> DateSpan:
    """Return the days of a month."""
    first = dt.date(year, month, 1)
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return DateSpan(first, following - ONE_DAY)


def month_after(day: dt.date, months: int) -> DateSpan:
    """Return the month so many months after that of ``day``."""
    years, month = divmod(day.month - 1 + months, 12)
    return month_of(day.year + years, month + 1)


def same_day_in_month(day: dt.date, months: int) -> dt.date:
    """Return ``day`` so many months later, or the month's last day where it has no such day."""
    span = month_after(day, months)
    return min(span.first + (day.day - 1) * ONE_DAY, span.last)


def part_of_month(span: DateSpan, part: Part) -> DateSpan:
    """Return the beginning (1 to 10), middle (11 to 20) or end (21 on) of a month."""
    if part == "begin":
        return DateSpan(span.first, span.first + 9 * ONE_DAY)
    if part == "middle":
        return DateSpan(span.first + 10 * ONE_DAY, span.first + 19 * ONE_DAY)
    return DateSpan(span.first + 20 * ONE_DAY, span.last)


def part_of_week(span: DateSpan, part: Part) -> DateSpan:
    """Return the beginning (Monday, Tuesday), middle (Wednesday) or end (Thursday, Friday) of a week."""
    first, last = {"begin": (0, 1), "middle": (2, 2), "end": (3, 4)}[part]
    return DateSpan(span.first + first * ONE_DAY, span.first + last * ONE_DAY)


def date_or_none(year: int, month: int, day: int) -> dt.date | None:
    """Return the date, or None where the calendar has no such day."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def nearest_date(month: int, day: int, today: dt.date, prefer: Direction) -> dt.date | None:
    """Return the next (or last) such day of a year, ``today`` included; 29 February waits for a leap year."""
    step = 1 if prefer == "future" else -1
    for years in range(9):
        date = date_or_none(today.year + step * years, month, day)
        if date is not None and ((date >= today) if prefer == "future" else (date <= today)):
            return date
    return None


def nearest_day_of_month(day: int, today: dt.date, prefer: Direction) -> dt.date | None:
    """Return the next (or last) such day of a month, ``today`` left out."""
    step = 1 if prefer == "future" else -1
    for months in range(4):
        first = month_after(today, step * months).first
        date = date_or_none(first.year, first.month, day)
        if date is not None and ((date > today) if prefer == "future" else (date < today)):
            return date
    return None


def nearest_month(month: int, today: dt.date, prefer: Direction) -> DateSpan:
    """Return the next (or last) such month; the one of ``today`` counts."""
    year = today.year
    if prefer == "future" and month < today.month:
        year += 1
    if prefer == "past" and month > today.month:
        year -= 1
    return month_of(year, month)
