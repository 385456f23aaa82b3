"""Dates written in figures, and the names of days and months."""

from __future__ import annotations

import datetime as dt
import re

from gateway.language import Language


def listed(words: str) -> tuple[str, ...]:
    """Return the words of a line."""
    return tuple(words.split())


MONTHS: dict[Language, tuple[str, ...]] = {
    "de": listed("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": listed("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "it": listed("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    "en": listed("January February March April May June July August September October November December"),
}
WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "de": listed("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
    "fr": listed("lundi mardi mercredi jeudi vendredi samedi dimanche"),
    "it": listed("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
    "en": listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
}

NUMERIC_DATE = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\.(?: ?(?P<year>\d{4}|\d{2})(?![\d.]\d))?(?!\d)"
)
"""A day of a month in Swiss figures: "8.12.", "8.12.26", "8. 12. 2026"."""

ISO_DATE = re.compile(r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])")


def day_of(match: re.Match[str]) -> dt.date | None:
    """Return the day that a match of these patterns names, in a leap year where it has none; None for no day."""
    year = int(match["year"] or 2000)
    try:
        return dt.date(year + 2000 if year < 100 else year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None
