"""Canonical values of dates and times: one, an interval, or several of which the caller takes any.

``2026-11-24`` is a day, ``2026-11-24/2026-11-27`` an interval (ISO 8601), ``2026-11-24|2026-11-26`` either of the two;
times likewise ("09:00", "08:00/12:00", "09:00|15:00").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from gateway.dialogue.normalise import DateSpan, TimeSpan

CHOICE = "|"
"""What parts values of which any will do."""


def date_value(span: DateSpan) -> str:
    """Return the canonical form: an ISO 8601 date, or an interval with a slash."""
    return span.first.isoformat() if span.is_day else f"{span.first.isoformat()}/{span.last.isoformat()}"


def time_value(span: TimeSpan) -> str:
    """Return the canonical form: "15:30", or an interval with a slash."""
    first = span.first.strftime("%H:%M")
    return first if span.last is None else f"{first}/{span.last.strftime('%H:%M')}"


def either(values: Iterable[str]) -> str:
    """Return the canonical form of several values of which any will do."""
    return CHOICE.join(dict.fromkeys(values))


def date_choices(value: str) -> tuple[DateSpan, ...]:
    """Return the days or intervals of which any will do; raise ``ValueError`` for what is no canonical form."""
    return tuple(_dates(part) for part in value.split(CHOICE))


def time_choices(value: str) -> tuple[TimeSpan, ...]:
    """Return the times or intervals of which any will do; raise ``ValueError`` for what is no canonical form."""
    return tuple(_times(part) for part in value.split(CHOICE))


def days_of(value: str) -> tuple[dt.date, ...]:
    """Return every day that a canonical date, interval or choice stands for, in order."""
    return tuple(
        sorted(
            {
                span.first + dt.timedelta(days=offset)
                for span in date_choices(value)
                for offset in range((span.last - span.first).days + 1)
            }
        )
    )


def parse_dates(value: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that a canonical date, interval or choice reaches to."""
    spans = date_choices(value)
    return min(span.first for span in spans), max(span.last for span in spans)


def _dates(value: str) -> DateSpan:
    first, _, last = value.partition("/")
    return DateSpan(dt.date.fromisoformat(first), dt.date.fromisoformat(last or first))


def _times(value: str) -> TimeSpan:
    first, _, last = value.partition("/")
    return TimeSpan(dt.time.fromisoformat(first), dt.time.fromisoformat(last) if last else None)
