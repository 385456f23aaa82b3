"""What recognition writes for what was said: words run together, and English numbers that sound like other words.

Each repair needs its surroundings: "for" is 4 among digits and before "o'clock", and a word anywhere else.
"""

from __future__ import annotations

import re

from gateway.language import Language

_DIGITS = {
    "de": "null|eins|zwei|zwo|drei|vier|fünf|füf|sechs|sächs|sieben|acht|neun|nün",
    "fr": "zéro|un|deux|trois|quatre|cinq|six|sept|huit|neuf",
    "it": "zero|uno|due|tre|quattro|cinque|sei|sette|otto|nove",
    "en": "zero|oh|one|two|three|four|five|six|seven|eight|nine",
}
_GLUED_DIGITS = {
    language: re.compile(rf"\b(?:{digits}){{2,}}\b", re.IGNORECASE) for language, digits in _DIGITS.items()
}
_ONE_DIGIT = {language: re.compile(digits, re.IGNORECASE) for language, digits in _DIGITS.items()}
_GLUED_WEEKDAYS = {
    "it": re.compile(
        r"\b(luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica)(?=[a-z]{2})", re.IGNORECASE
    ),
    "fr": re.compile(r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)(?=[a-zà-ÿ]{2})", re.IGNORECASE),
}
_GLUED_CAPITAL = re.compile(
    r"\b(am|um|ab|bis|vom|zum|den|dem|on|at|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)(?=[A-ZÄÖÜ])"
)
_MIDWEEK = re.compile(r"\bmit woche?\b", re.IGNORECASE)
_SOUNDS_LIKE = {"for": "four", "to": "two", "too": "two", "ate": "eight", "won": "one", "tree": "three"}
_HOMOPHONES = "|".join(_SOUNDS_LIKE)
_FIGURE = rf"(?:{_DIGITS['en']}|\d+)"
_AMONG_DIGITS = re.compile(
    rf"(?<![^\W_])(?P<before>{_FIGURE}[\s,.-]+)(?P<word>{_HOMOPHONES})(?=[\s,.-]+(?:{_FIGURE}|{_HOMOPHONES})\b|[\s.]*$)",
    re.IGNORECASE,
)
_FIRST_OF_DIGITS = re.compile(
    rf"(?P<before>)\b(?P<word>{_HOMOPHONES})(?=[\s,.-]+{_FIGURE}[\s,.-]+{_FIGURE}\b)", re.IGNORECASE
)
_CLOCK = re.compile(
    rf"\b(?P<before>(?:at|past|around|about|until|before|after)\s+)(?P<word>{_HOMOPHONES})"
    r"(?=\s+(?:o'?clock|fifteen|thirty|forty|pm|am|p\.m|a\.m|in the)\b|[.?!\s]*$)",
    re.IGNORECASE,
)
_FEWEST_DIGITS = 4
"""Digits of a turn from which on it gives a telephone number."""


def repaired(text: str, language: Language) -> str:
    """Return a transcript with words parted and numbers written as such where their surroundings leave no doubt."""
    text = _GLUED_DIGITS[language].sub(lambda glued: " ".join(_ONE_DIGIT[language].findall(glued[0])), text)
    if language in _GLUED_WEEKDAYS:
        text = _GLUED_WEEKDAYS[language].sub(r"\1 ", text)
    text = _GLUED_CAPITAL.sub(r"\1 ", text)
    if language == "de":
        text = _MIDWEEK.sub("Mittwoch", text)
    return _english_numbers(text) if language == "en" else text


def _english_numbers(text: str) -> str:
    text = _CLOCK.sub(_number, text)
    text = re.sub(r"\bthe ate (?=of\b)", "the eighth ", text, flags=re.IGNORECASE)
    if len(re.findall(rf"\b(?:{_DIGITS['en']})\b|\d", text, re.IGNORECASE)) < _FEWEST_DIGITS:
        return text
    before = ""
    # Each repair may make the one after it possible: "three for to".
    while before != text:
        before = text
        text = _FIRST_OF_DIGITS.sub(_number, _AMONG_DIGITS.sub(_number, text))
    return text


def _number(match: re.Match[str]) -> str:
    return f"{match['before']}{_SOUNDS_LIKE[match['word'].lower()]}"
