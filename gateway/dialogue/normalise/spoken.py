"""Writes dates and times as a receptionist says them, in words that a speech synthesiser reads right.

Whatever is written here, ``find_dates``, ``find_birth_date`` and ``find_times`` read back to the same value.
"""

from __future__ import annotations

import datetime as dt

from gateway.dialogue.normalise.lexicon import lexicon
from gateway.language import Language
from gateway.language.number_words import cardinal_in_words, day_in_words, year_in_words

_YEAR_IS_SAID_AFTER = dt.timedelta(days=300)


def say_date(date: dt.date, language: Language, today: dt.date | None = None) -> str:
    """Write a day for speaking: "Dienstag, den achten Dezember", "Tuesday the eighth of December".

    With ``today``, the year is added to days more than 300 days away.
    """
    weekday = lexicon(language).spoken.weekdays[date.weekday()]
    day = _day_and_month(date, language)
    year = ""
    if today is not None and abs(date - today) > _YEAR_IS_SAID_AFTER:
        year = " " + year_in_words(date.year, language)
    if language == "de":
        return f"{weekday}, den {day}{year}"
    if language == "en":
        return f"{weekday} the {day}{year}"
    return f"{weekday} {day}{year}"


def say_birth_date(date: dt.date, language: Language) -> str:
    """Write a date of birth for speaking: "dritter Mai neunzehnhundertfünfundachtzig"."""
    day = _day_and_month(date, language, subject=True)
    return f"{day} {year_in_words(date.year, language)}"


def say_time(time: dt.time, language: Language) -> str:
    """Write a time for speaking, without halves: "vierzehn Uhr dreissig", "two thirty in the afternoon"."""
    hour, minute = time.hour, time.minute
    if language == "en":
        return _english_time(hour, minute)
    minutes = cardinal_in_words(minute, language) if minute else ""
    if language == "de":
        hours = "ein" if hour == 1 else cardinal_in_words(hour, "de")
        return f"{hours} Uhr {minutes}".strip()
    if language == "fr":
        hours = "une" if hour == 1 else cardinal_in_words(hour, "fr").removesuffix(" et un")
        if hour == 21:
            hours = "vingt et une"
        return f"{hours} heure{'s' if hour > 1 else ''} {minutes}".strip()
    return _italian_time(hour, minutes)


def _day_and_month(date: dt.date, language: Language, *, subject: bool = False) -> str:
    month = lexicon(language).spoken.months[date.month - 1]
    day = day_in_words(date.day, language)
    if language == "de":
        return f"{day}{'r' if subject else 'n'} {month}"
    if language == "en":
        return f"{day} of {month}"
    return f"{day} {month}"


def _english_time(hour: int, minute: int) -> str:
    if (hour, minute) in {(12, 0), (0, 0)}:
        return "twelve noon" if hour else "midnight"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    hours = cardinal_in_words((hour - 1) % 12 + 1, "en")
    if minute == 0:
        return f"{hours} o'clock {part}"
    minutes = cardinal_in_words(minute, "en") if minute >= 10 else f"oh {cardinal_in_words(minute, 'en')}"
    return f"{hours} {minutes} {part}"


def _italian_time(hour: int, minutes: str) -> str:
    if hour == 1:
        base = "l'una"
    elif hour == 0:
        base = "mezzanotte"
    else:
        base = f"le {cardinal_in_words(hour, 'it')}"
    return f"{base} e {minutes}" if minutes else base
