"""Spells names by the telephone alphabets: "K wie Kaiser", "M comme Marie", "M come Milano", "K for Kilo".

The German alphabet is the Swiss one (PTT), French and Italian are those used in Switzerland, English is the alphabet of
ICAO and ITU (Radio Regulations, appendix 14).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from gateway.dialogue.normalise.lexicon import lexicon
from gateway.language import Language


def _table(words: str, **more: str) -> dict[str, str]:
    return {unicodedata.normalize("NFD", word)[0].lower(): word for word in words.split()} | more


@dataclass(frozen=True, slots=True)
class _Alphabet:
    words: Mapping[str, str]
    like: str
    double: str
    accents: Mapping[str, str]
    """The name of each combining mark, said after the letter."""


_ALPHABETS: Mapping[Language, _Alphabet] = {
    "de": _Alphabet(
        _table(
            "Anna Berta Cäsar Daniel Emil Friedrich Gustav Heinrich Ida Jakob Kaiser Leopold Marie Niklaus Otto Peter"
            " Quelle Rosa Sophie Theodor Ulrich Viktor Wilhelm Xaver Yverdon Zürich",
            ä="Äsch",
            ö="Örlikon",
            ü="Übermut",
        ),
        "wie",
        "Doppel",
        {
            "\u0300": "mit Accent grave",
            "\u0301": "mit Accent aigu",
            "\u0302": "mit Zirkumflex",
            "\u0327": "mit Cedille",
        },
    ),
    "fr": _Alphabet(
        _table(
            "Anna Berthe Cécile David Émile François Georges Henri Ida Jeanne Kilo Louise Marie Nicolas Olga Paul"
            " Quittance Robert Suzanne Thérèse Ulysse Victor William Xavier Yvonne Zoé"
        ),
        "comme",
        "deux",
        {
            "\u0300": "accent grave",
            "\u0301": "accent aigu",
            "\u0302": "accent circonflexe",
            "\u0308": "tréma",
            "\u0327": "cédille",
        },
    ),
    "it": _Alphabet(
        _table(
            "Ancona Bologna Como Domodossola Empoli Firenze Genova Hotel Imola Jolly Kilo Livorno Milano Napoli Otranto"
            " Palermo Quarto Roma Savona Torino Udine Venezia Washington Xeres York Zurigo"
        ),
        "come",
        "doppia",
        {
            "\u0300": "con accento grave",
            "\u0301": "con accento acuto",
            "\u0302": "con accento",
            "\u0308": "con dieresi",
        },
    ),
    "en": _Alphabet(
        _table(
            "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec"
            " Romeo Sierra Tango Uniform Victor Whiskey Xray Yankee Zulu"
        ),
        "for",
        "double",
        {"\u0300": "with a grave accent", "\u0301": "with an acute accent", "\u0308": "with two dots"},
    ),
}

_OTHER_LETTERS = frozenset((("en", "u"), ("it", "v")))
"""What is another letter when it is doubled: "double U", "doppia V"."""


def spell_by_alphabet(name: str, language: Language) -> str:
    """Write ``name`` letter by letter for reading back: "K wie Kaiser, E wie Emil, Doppel L wie Leopold, …".

    A letter that stands twice is said once; marks that the language's alphabet has no letter for are named.
    """
    composed = unicodedata.normalize("NFC", " ".join(name.replace("ß", "ss").split())).lower()
    return ", ".join(_letter(letter, len(list(same)), language) for letter, same in groupby(composed))


def _letter(letter: str, times: int, language: Language) -> str:
    alphabet = _ALPHABETS[language]
    signs = lexicon(language).spoken.signs
    if letter in signs:
        return signs[letter]
    base, *marks = [letter] if letter in alphabet.words else list(unicodedata.normalize("NFD", letter))
    doubled = times == 2 and (language, letter) not in _OTHER_LETTERS
    said = f"{alphabet.double} {letter.upper()}" if doubled else ", ".join([letter.upper()] * times)
    word = alphabet.words.get(base)
    if word is None:
        return said
    if marks:
        said = said.replace(letter.upper(), base.upper())
        named = [alphabet.accents[mark] for mark in marks if mark in alphabet.accents]
        return " ".join((f"{said} {alphabet.like} {word}", *named))
    return f"{said} {alphabet.like} {word}"
