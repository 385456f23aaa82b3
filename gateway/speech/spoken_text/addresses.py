"""E-mail addresses, web addresses, postcodes, telephone numbers and spelled letters, as they are read out."""

from __future__ import annotations

import re

from gateway.language import Language
from gateway.language.number_words import cardinal_in_words, digits_in_words
from gateway.speech.spoken_text.numerals import whole_in_words
from gateway.speech.spoken_text.telephone import TELEPHONE, telephone_groups
from gateway.speech.spoken_text.vocabulary import vocabulary

_MAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}(?!\w)")
_WEB = re.compile(
    r"(?<![\w@.])(?:https?://)?(?:www\.[A-Za-z0-9-]{1,63}|[A-Za-z0-9-]{2,63})(?:\.[A-Za-z0-9-]{1,63}){0,3}"
    r"\.(?:ch|com|org|net|swiss|li|de|fr|it|at|eu|info)(?:/[\w/.-]{0,100}\w)?/?(?![\w])"
)
_PIECES = re.compile(r"[^\W\d_]+|\d+|.")
_SPOKEN_ENDINGS = frozenset({"com", "org", "net", "swiss", "info"})
_POSTCODE = re.compile(
    r"(?:\b(?P<country>CH|D|F|I|FL)[- ]|(?<=, )|(?<=\bin )|(?<=\bà )|(?<=\ba )|^)(?P<code>[1-9]\d{3}) (?=[A-ZÀ-Ý][\w-])"
)
_SHORT_NUMBER = re.compile(
    r"(\b(?:Nummer|Notruf|Sanität|Polizei|Feuerwehr|Notfallnummer|[Ww]ählen Sie(?: die)?|[Rr]ufen Sie(?: die)?|Telefon|"
    r"number|[Cc]all|[Dd]ial|[Rr]ing|numero|[Cc]hiami(?: il)?|[Cc]omponga(?: il)?) )"
    r"(1[14]\d\d?|0\d{2,4})(?![\w'’]|[.,]\d)"
)
_SPELLED = re.compile(r"(?<![\w-])[^\W\d_](?:-[^\W\d_]){2,20}(?![\w-])")


def addresses_in_words(text: str, language: Language) -> str:
    """Return ``text`` with its e-mail and web addresses as they are read out."""
    for pattern in (_MAIL, _WEB):
        text = pattern.sub(lambda match: _address(match.group(), language), text)
    return _SPELLED.sub(lambda match: match.group().replace("-", ", "), text)


def telephones_in_words(text: str, language: Language) -> str:
    """Return ``text`` with its telephone numbers in words, a comma between their groups."""
    text = TELEPHONE.sub(lambda match: _telephone(match.group(), language), text)
    return _SHORT_NUMBER.sub(lambda match: match[1] + digits_in_words(match[2], language), text)


def postcodes_in_words(text: str, language: Language) -> str:
    """Return ``text`` with its Swiss postcodes in words."""
    return _POSTCODE.sub(lambda match: f"{_country(match['country'])}{_postcode(match['code'], language)} ", text)


def _address(written: str, language: Language) -> str:
    signs = vocabulary(language).signs
    *before, ending = re.sub(r"^https?://", "", written).rstrip("/").rsplit(".", 1)
    words = []
    for piece in _PIECES.findall(".".join(before)):
        if piece.isdecimal():
            words.append(whole_in_words(piece, language))
        elif piece.lower() == "www":
            words.append("w w w")
        else:
            words.append(signs.get(piece, piece))
    last = [
        whole_in_words(piece, language)
        if piece.isdecimal()
        else signs.get(piece) or (piece if piece in _SPOKEN_ENDINGS or len(piece) > 3 else " ".join(piece.upper()))
        for piece in _PIECES.findall(ending)
    ]
    return " ".join([*words, signs["."], *last])


def _telephone(written: str, language: Language) -> str:
    found = telephone_groups(written)
    if found is None:
        return written
    abroad, groups = found
    said = ", ".join(_group(group, language) for group in groups)
    return f"{vocabulary(language).plus} {said}" if abroad else said


def _group(digits: str, language: Language) -> str:
    """Return a group of a number: digit by digit, but in French as the number that it makes, pair by pair."""
    if language != "fr":
        return digits_in_words(digits, language)
    if len(digits) > 3:
        pairs = [digits[start : start + 2] for start in range(0, len(digits), 2)]
        return ", ".join(_group(pair, language) for pair in pairs)
    number = digits.lstrip("0")
    zeros = ["zéro"] * (len(digits) - len(number))
    return " ".join([*zeros, cardinal_in_words(int(number), "fr")] if number else zeros)


def _postcode(digits: str, language: Language) -> str:
    """Return a postcode: in pairs in German ("achtzig zweiunddreissig"), digit by digit in English, else a number."""
    if language == "en":
        return digits_in_words(digits, "en")
    if language != "de" or digits.endswith("00"):
        return cardinal_in_words(int(digits), language)
    return f"{cardinal_in_words(int(digits[:2]), 'de')} {_german_pair(digits[2:])}"


def _german_pair(digits: str) -> str:
    return digits_in_words(digits, "de") if digits.startswith("0") else cardinal_in_words(int(digits), "de")


def _country(code: str | None) -> str:
    return f"{' '.join(code)} " if code else ""
