"""Numbers in figures, as words: cardinals with their gender, ordinals, decimals, years, codes."""

from __future__ import annotations

import re

from gateway.language import Language
from gateway.language.number_words import (
    HIGHEST,
    cardinal_in_words,
    digits_in_words,
    ordinal_in_words,
    year_in_words,
)
from gateway.speech.spoken_text.vocabulary import vocabulary

GROUPED = r"(?:[1-9]\d{0,2}(?:['’]\d{3}){1,3}|\d{1,40})"
"""A whole number, its thousands apart by an apostrophe as in Switzerland, or not at all."""

_THOUSANDS: dict[Language, re.Pattern[str]] = {
    "de": re.compile(r"(?<![\d.,'’])[1-9]\d{0,2}(?: \d{3}){1,3}(?![\d'’])"),
    "fr": re.compile(r"(?<![\d.,'’])[1-9]\d{0,2}(?: \d{3}){1,3}(?![\d'’])"),
    "it": re.compile(r"(?<![\d.,'’])[1-9]\d{0,2}(?:[ .]\d{3}){1,3}(?![\d'’.])"),
    "en": re.compile(r"(?<![\d.,'’])[1-9]\d{0,2}(?:,\d{3}){1,3}(?![\d'’,])"),
}
_DECIMAL = re.compile(rf"(?<![\d.,])({GROUPED})[.,](\d{{1,12}})(?![\d'’]|[.,]\d)")
_WHOLE = re.compile(rf"({GROUPED})(?:( +)([^\W\d_]{{2,}}))?")
_MINUS = re.compile(r"(?<![\w.,])[-–−](?=\d)")

_GERMAN_ORDINAL = re.compile(
    r"\b(am|im|vom|zum|beim|zur|den|dem|des|der|die|das|ein|eine|einen|einem|einer|ihr|ihre|ihrem|ihren|ihrer|"
    r"unser|unsere|unserem|unseren|jede|jeder|jedes|jeden|jedem|mein|meine|meinem|meinen)( )(\d{1,3})\.(?!\d)",
    re.IGNORECASE,
)
_GERMAN_ENDINGS = {
    "der": "",
    "die": "",
    "das": "",
    "eine": "",
    "ihre": "",
    "unsere": "",
    "jede": "",
    "meine": "",
} | dict.fromkeys(("ein", "ihr", "unser", "mein", "jeder"), "r")
_OTHER_ORDINALS: dict[Language, re.Pattern[str]] = {
    "fr": re.compile(r"(?<![\w.,])(\d{1,3})(er|ère|re|e|ème|eme|ième|nde?)\b"),
    "it": re.compile(r"(?<![\w.,])([12]?\d)([º°ª])(?= (?!di\b)[^\W\d_])"),
    "en": re.compile(r"(?<![\w.,])(\d{1,3})(st|nd|rd|th)\b", re.IGNORECASE),
}
_YEAR = re.compile(r"(?<![\w.,'’])(1[1-9]\d{2}|20\d{2})(?![\d'’]|[.,]\d)")
_YEAR_LANGUAGES = ("de", "en")

_FEMININE: dict[Language, re.Pattern[str]] = {
    "de": re.compile(r"[A-ZÄÖÜ]\w*(?:e|ung|heit|keit|schaft|ion|tät|ik|nummer|person|hand|nacht|tür|wurzel)$"),
    "fr": re.compile(
        r"(?:heure|minute|seconde|semaine|journée|année|place|personne|fois|dent|séance|consultation|couronne|question|"
        r"carie|radio|rue|nuit|adresse|visite|demi-heure|couche|tablette|dose|pause)$"
    ),
    "it": re.compile(r"\w+(?:a|ione)$"),
}


def thousands_joined(text: str, language: Language) -> str:
    """Return ``text`` with the thousands of its numbers apart by an apostrophe only."""
    return _THOUSANDS[language].sub(lambda match: re.sub(r"[ .,]", "'", match.group()), text)


def ordinals_in_words(text: str, language: Language) -> str:
    """Return ``text`` with its ordinals in words."""
    if language == "de":
        return _GERMAN_ORDINAL.sub(_german_ordinal, text)
    return _OTHER_ORDINALS[language].sub(lambda match: _ordinal(match, language), text)


def numbers_in_words(text: str, language: Language) -> str:
    """Return ``text`` with all that is left of numbers in words."""
    text = _MINUS.sub(f"{vocabulary(language).minus} ", text)
    text = _DECIMAL.sub(lambda match: _decimal(match, language), text)
    if language in _YEAR_LANGUAGES:
        text = _YEAR.sub(lambda match: year_in_words(int(match.group()), language), text)
    return _WHOLE.sub(lambda match: _whole(match, language), text)


def whole_in_words(written: str, language: Language) -> str:
    """Return a whole number in words, digit by digit where it begins with a zero or is too long for a number."""
    digits = re.sub(r"\D", "", written)
    if (digits.startswith("0") and len(digits) > 1) or int(digits) > HIGHEST:
        return digits_in_words(digits, language)
    return cardinal_in_words(int(digits), language)


def counted(written: str, noun: str, language: Language) -> str:
    """Return a number as it stands before ``noun``: "ein", "eine", "une", "un"."""
    said = whole_in_words(written, language)
    feminine = language != "en" and _FEMININE[language].match(noun) is not None
    if language == "de" and said == "eins" and (noun[:1].isupper()):
        return "eine" if feminine else "ein"
    if language == "fr" and feminine and (said == "un" or said.endswith(" et un")):
        return said + "e"
    if language == "it" and said == "uno":
        return "una" if feminine else said if re.match(r"z|s[^aeiou]|gn|ps", noun) else "un"
    return said


def _whole(match: re.Match[str], language: Language) -> str:
    written, gap, noun = match.groups()
    before = match.string[match.start() - 1 : match.start()]
    lead = " " if before and not before.isspace() and before not in "(«\"“„'’-–" else ""
    if noun is None:
        after = match.string[match.end() : match.end() + 1]
        return lead + whole_in_words(written, language) + (" " if after.isalnum() else "")
    return f"{lead}{counted(written, noun, language)}{gap}{noun}"


def _decimal(match: re.Match[str], language: Language) -> str:
    whole, part = match.groups()
    # French and Italian speakers read two places as one number, the others digit by digit.
    together = language in ("fr", "it") and len(part) <= 2 and not part.startswith("0")
    places = whole_in_words(part, language) if together else digits_in_words(part, language)
    return f"{whole_in_words(whole, language)} {vocabulary(language).decimal} {places}"


def _german_ordinal(match: re.Match[str]) -> str:
    article, gap, number = match.groups()
    if int(number) == 0:
        return match.group()
    ending = _GERMAN_ENDINGS.get(article.lower(), "n")
    end = "." if re.match(r" [A-ZÄÖÜ]?[a-zäöü]*|$", match.string[match.end() :]) is None else ""
    closes = match.end() == len(match.string)
    return f"{article}{gap}{ordinal_in_words(int(number), 'de')}{ending}{'.' if closes else end}"


def _ordinal(match: re.Match[str], language: Language) -> str:
    number, ending = int(match.group(1)), match.group(2)
    if number == 0:
        return match.group(1)
    said = ordinal_in_words(number, language)
    if language == "fr" and ending in ("ère", "re"):
        return "première" if number == 1 else said
    if language == "fr" and ending in ("nd", "nde") and number == 2:
        return f"seco{ending}"
    return said.removesuffix("o") + "a" if ending == "ª" else said
