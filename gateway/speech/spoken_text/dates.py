"""Dates in figures, or with a month's name, as words."""

from __future__ import annotations

import re

from gateway.language import Language
from gateway.language.number_words import day_in_words, year_in_words
from gateway.speech.spoken_text.calendar import ISO_DATE, MONTHS, NUMERIC_DATE, WEEKDAYS, day_of

_SLASHED_DATE = re.compile(r"(?<![\d/])(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4}|\d{2})(?![\d/])")
_YEAR = r"(?:,? (?P<year>1\d{3}|20\d{2})(?![\d'’]|[.,]\d))?"
_GERMAN_CASES = re.compile(r"\b(?P<before>am|vom|zum|beim|den|dem|im|bis|ab|seit|und|oder|der)[ ]+$", re.IGNORECASE)
_LOOK_BACK = 16


def _months(language: Language) -> str:
    return "|".join(MONTHS[language])


_NAMED: dict[Language, re.Pattern[str]] = {
    "de": re.compile(rf"(?<![\w.,])(?P<day>\d{{1,2}})\. ?(?P<name>{_months('de')})\b{_YEAR}"),
    "fr": re.compile(rf"(?<![\w.,])(?P<day>\d{{1,2}})(?:er)? (?P<name>{_months('fr')})\b{_YEAR}", re.IGNORECASE),
    "it": re.compile(rf"(?<![\w.,])(?P<day>\d{{1,2}})[º°]? (?P<name>{_months('it')})\b{_YEAR}", re.IGNORECASE),
    "en": re.compile(
        rf"(?<![\w.,])(?P<the>the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<name>{_months('en')})\b{_YEAR}"
    ),
}
_FIRST_OF_TWO: dict[Language, re.Pattern[str]] = {
    "de": re.compile(
        r"(?<![\w.,])(?P<day>\d{1,2})\.(?=(?:,| und| oder| bis)(?: am| zum| dem| den)? "
        rf"\d{{1,2}}\. ?(?:{_months('de')})\b)"
    ),
    "en": re.compile(
        r"(?<![\w.,])(?P<day>\d{1,2})(?:st|nd|rd|th)?(?=(?: and| or| to) "
        rf"\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_months('en')})\b)"
    ),
}
_MONTH_FIRST = re.compile(
    rf"\b(?P<name>{_months('en')}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:.,'’]*\d)(?!\w){_YEAR}"
)
_MONTH_AND_YEAR: dict[Language, re.Pattern[str]] = {
    language: re.compile(
        rf"\b(?P<name>{_months(language)}) (?P<year>1\d{{3}}|20\d{{2}})(?![\d'’]|[.,]\d)", re.IGNORECASE
    )
    for language in MONTHS
}


def months_named(text: str, language: Language) -> str:
    """Return ``text`` with a month's name in the dates whose hyphens and slashes mean something else elsewhere."""
    for pattern in (ISO_DATE, _SLASHED_DATE):
        text = pattern.sub(lambda match: _with_month(match, language), text)
    return text


def dates_in_words(text: str, language: Language) -> str:
    """Return ``text`` with its dates in words; what is no date stays as it is."""
    text = NUMERIC_DATE.sub(lambda match: _with_month(match, language), text)
    if language in _FIRST_OF_TWO:
        text = _FIRST_OF_TWO[language].sub(lambda match: _day_alone(match, language), text)
    text = _NAMED[language].sub(lambda match: _named(match, language), text)
    if language == "en":
        text = _MONTH_FIRST.sub(_month_first, text)
    return _MONTH_AND_YEAR[language].sub(
        lambda match: f"{match['name']} {year_in_words(int(match['year']), language)}", text
    )


def _with_month(match: re.Match[str], language: Language) -> str:
    date = day_of(match)
    if date is None:
        return match.group()
    stop = "." if language == "de" else ""
    year = f" {date.year}" if match["year"] else ""
    return f"{date.day}{stop} {MONTHS[language][date.month - 1]}{year}"


def _named(match: re.Match[str], language: Language) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match.group()
    year = f" {year_in_words(int(match['year']), language)}" if match["year"] else ""
    if language == "de":
        return f"{_german_day(match, day)} {match['name']}{year}"
    if language == "en":
        return f"{match['the'] or 'the '}{day_in_words(day, 'en')} of {match['name']}{year}"
    return f"{day_in_words(day, language)} {match['name']}{year}"


def _day_alone(match: re.Match[str], language: Language) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match.group()
    return _german_day(match, day) if language == "de" else day_in_words(day, language)


def _german_day(match: re.Match[str], day: int) -> str:
    """Return "achten" behind "am" and its like, "achte" behind "der", "den achten" behind a weekday, else "achter"."""
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    said = day_in_words(day, "de")
    if before.rstrip(" ,").endswith(WEEKDAYS["de"]):
        return f"den {said}n"
    case = _GERMAN_CASES.search(before)
    if case is None:
        return f"{said}r"
    return said if case["before"].lower() == "der" else f"{said}n"


def _month_first(match: re.Match[str]) -> str:
    day = int(match["day"])
    if not 1 <= day <= 31:
        return match.group()
    year = f", {year_in_words(int(match['year']), 'en')}" if match["year"] else ""
    return f"{match['name']} the {day_in_words(day, 'en')}{year}"
