"""Text as SVOX Pico should read it.

Pico reads numbers, times and currencies well by itself. This does what it does not: telephone numbers digit by digit in
groups, dates written in figures, the times of day of English, titles, the ß of German.
"""

from __future__ import annotations

import re

from gateway.language import Language
from gateway.speech.spoken_text.abbreviations import written_out
from gateway.speech.spoken_text.calendar import ISO_DATE, MONTHS, NUMERIC_DATE, day_of
from gateway.speech.spoken_text.cleaning import bounded, clean
from gateway.speech.spoken_text.german_spelling import with_sharp_s
from gateway.speech.spoken_text.telephone import TELEPHONE, telephone_groups

MIDDAY = 12

_FIRST_OF_MONTH: dict[Language, str] = {"de": "1", "fr": "1er", "it": "1º", "en": "1"}
_PLUS: dict[Language, str] = {"de": "plus", "fr": "plus", "it": "più", "en": "plus"}

_CLOCK = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d:])(?!\s*(?:[ap]\.?m\b|%|CHF|francs))", re.IGNORECASE
)


def spoken(text: str, language: Language) -> str:
    """Return ``text`` as Pico should read it, on one line; empty when nothing in it can be spoken."""
    cleaned = written_out(clean(text, language), language)
    for pattern in (ISO_DATE, NUMERIC_DATE):
        cleaned = pattern.sub(lambda match: _date(match, language), cleaned)
    if language == "en":
        cleaned = _CLOCK.sub(_english_time, cleaned)
    cleaned = TELEPHONE.sub(lambda match: _telephone(match.group(), language), cleaned)
    if language == "de":
        cleaned = with_sharp_s(cleaned)
    cleaned = " ".join(bounded(word) for word in cleaned.split())
    return cleaned if re.search(r"\w", cleaned) else ""


def _date(match: re.Match[str], language: Language) -> str:
    """Return a date in figures with its month's name; as it is when there is no such date."""
    date = day_of(match)
    if date is None:
        return match.group()
    day_of_month = _FIRST_OF_MONTH[language] if date.day == 1 else str(date.day)
    ordinal = "." if language == "de" else ""
    return f"{day_of_month}{ordinal} {MONTHS[language][date.month - 1]}" + (f" {date.year}" if match["year"] else "")


def _english_time(match: re.Match[str]) -> str:
    hour, minute = int(match.group(1)), int(match.group(2))
    if match.group(1) == "0":
        return match.group()
    twelve = (hour - 1) % MIDDAY + 1
    half = "p.m." if hour >= MIDDAY else "a.m."
    return f"{twelve} {half}" if minute == 0 else f"{twelve}:{minute:02} {half}"


def _telephone(written: str, language: Language) -> str:
    """Return a telephone number digit by digit, a comma between its groups; other figures as they are."""
    found = telephone_groups(written)
    if found is None:
        return written
    abroad, groups = found
    return (f"{_PLUS[language]} " if abroad else "") + ", ".join(" ".join(group) for group in groups)
