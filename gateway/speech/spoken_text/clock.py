"""Times of day in figures, as words: "14.30 Uhr", "14h30", "alle 14.30", "2:30 pm"."""

from __future__ import annotations

import re

from gateway.language import Language
from gateway.language.number_words import cardinal_in_words

_HOUR = r"(?<![\d:.,'’])([01]?\d|2[0-4])"
_NO_MORE = r"(?![\d:'’]|[.,]\d| ?(?:%|‰|CHF|Fr|SFr|EUR|€|Euro|francs|franchi|mg|ml|cm|mm|kg|km|Meter|Liter)\b)"
_COLON = re.compile(rf"{_HOUR}:([0-5]\d)(?::[0-5]\d)?(?![\d:])(?: ?Uhr\b| ?heures?\b| ?h\b)?")
_LETTER = re.compile(rf"{_HOUR} ?[hH] ?([0-5]\d)?(?![\w'’])(?: ?Uhr\b)?")
_GERMAN_DOT = re.compile(rf"{_HOUR}\.([0-5]\d) Uhr\b")
_GERMAN_LEADS = r"[Uu]m|[Aa]b|[Bb]is|[Vv]on|[Gg]egen|[Zz]wischen|[Nn]ach|[Vv]or|[Ss]eit|zirka|und|oder"


def _span(to: str) -> re.Pattern[str]:
    """Return the pattern of the first of two times; only the second need be known as one."""
    second = rf"(?:[01]?\d|2[0-4])(?:\.[0-5]\d{_NO_MORE}|(?:\.[0-5]\d)? Uhr\b)"
    return re.compile(rf"{_HOUR}\.([0-5]\d)(?= {to} {second})")


def _led(leads: str) -> re.Pattern[str]:
    """Return the pattern of a time behind a word that leads to one."""
    return re.compile(rf"(?<!\w)((?:{leads}) ?)([01]?\d|2[0-4])\.([0-5]\d){_NO_MORE}")


_SPANS: dict[Language, re.Pattern[str]] = {"de": _span("bis"), "it": _span("a"), "en": _span("to")}
_LED: dict[Language, re.Pattern[str]] = {
    "de": _led(_GERMAN_LEADS),
    "it": _led(r"[Aa]lle|[Dd]alle|[Dd]elle|[Ll]e|[Oo]re|[Aa]ll['’]|[Dd]all['’]|a|e"),
    "en": _led(r"[Aa]t|[Ff]rom|until|till|to|by|before|after|around|between|and"),
}
_GERMAN_HOUR = re.compile(r"(?<![\d:.,'’])0?1 Uhr\b")
_FRENCH_HOURS = re.compile(r"(?<![\d:.,'’])(\d{1,2}) heures?\b")
_ITALIAN_HOUR = re.compile(r"\b([Aa]lle|[Dd]alle|[Dd]elle|[Ll]e) (0?1)(?![\w:.,'’]*\d)(?!\w)")
_ENGLISH_HALF = re.compile(rf"{_HOUR}(?:[:.]([0-5]\d))? ?([AaPp])\.? ?[Mm]\b\.?")


def times_in_words(text: str, language: Language) -> str:
    """Return ``text`` with the times of day in words."""
    if language in _SPANS:
        text = _SPANS[language].sub(lambda match: _said(match[1], match[2], language), text)
    if language == "de":
        text = _GERMAN_DOT.sub(lambda match: _said(match[1], match[2], "de"), text)
        text = _GERMAN_HOUR.sub("ein Uhr", text)
    elif language == "en":
        text = _ENGLISH_HALF.sub(_english_half, text)
    if language in _LED:
        text = _LED[language].sub(lambda match: match[1] + _said(match[2], match[3], language), text)
    text = _COLON.sub(lambda match: _said(match[1], match[2], language), text)
    if language in ("de", "fr"):
        text = _LETTER.sub(lambda match: _with_letter(match, language), text)
    if language == "fr":
        text = _FRENCH_HOURS.sub(lambda match: _french_hours(int(match[1])), text)
    if language == "it":
        text = _ITALIAN_HOUR.sub(r"\1 una", text)
        text = re.sub(r"\b([Aa]l|[Dd]al|[Dd]el|[Ll])le una\b|\b([Ll])e una\b", _italian_one, text)
    return text


def _with_letter(match: re.Match[str], language: Language) -> str:
    # "2 h" is a duration in German; "14h30" and, in French, "9h" are times.
    if language == "de" and match[2] is None:
        return match.group()
    return _said(match[1], match[2] or "00", language)


def _english_half(match: re.Match[str]) -> str:
    hour = int(match[1])
    after_noon = match[3] in "pP"
    if hour <= 12:
        hour = hour % 12 + (12 if after_noon else 0)
    # The stop of "p.m." may be the sentence's as well.
    ends = match.group().endswith(".") and re.match(r"\s+[A-Z]|\s*$", match.string[match.end() :])
    return _english(hour, int(match[2] or 0)) + ("." if ends else "")


def _said(hours: str, minutes: str, language: Language) -> str:
    hour, minute = int(hours), int(minutes)
    if language == "en":
        return _english(hour, minute)
    more = cardinal_in_words(minute, language) if minute else ""
    if language == "fr":
        return f"{_french_hours(hour)} {more}".strip()
    if language == "it":
        base = "una" if hour == 1 else cardinal_in_words(hour, "it")
        return f"{base} e {more}" if more else base
    return f"{'ein' if hour == 1 else cardinal_in_words(hour, 'de')} Uhr {more}".strip()


def _french_hours(hour: int) -> str:
    said = cardinal_in_words(hour, "fr")
    feminine = said + "e" if said == "un" or said.endswith(" et un") else said
    return f"{feminine} heure{'s' if hour > 1 else ''}"


def _italian_one(match: re.Match[str]) -> str:
    return f"{match[1]}l'una" if match[1] and match[1].lower() != "l" else f"{match[1] or match[2]}'una"


def _english(hour: int, minute: int) -> str:
    if minute == 0 and hour in (0, 12, 24):
        return "twelve noon" if hour == 12 else "midnight"
    part = "in the morning" if hour % 24 < 12 else "in the afternoon" if hour < 18 else "in the evening"
    hours = cardinal_in_words((hour - 1) % 12 + 1, "en")
    if minute == 0:
        return f"{hours} o'clock {part}"
    minutes = cardinal_in_words(minute, "en") if minute >= 10 else f"oh {cardinal_in_words(minute, 'en')}"
    return f"{hours} {minutes} {part}"
