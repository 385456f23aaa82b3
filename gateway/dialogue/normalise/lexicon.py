"""The shape of a language's word tables, and how to get the tables of a language.

All words are folded as ``tokens.fold`` does: lower case, no accents. A phrase is written with single spaces.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from gateway.language import Language


@dataclass(frozen=True, slots=True)
class NumberWords:
    """Words for numbers. ``cardinals`` are those below 100 that are one word."""

    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    ordinal_suffixes: frozenset[str]
    """What follows digits to make an ordinal: "th" in "16th"."""
    hundred: frozenset[str]
    thousand: frozenset[str]
    joiners: frozenset[str]
    """"und", "et", "and" between the parts of one number."""
    compound_parts: tuple[str, ...]
    """A word with one of these in it may be a number of 100 and more, written as one word."""
    tens_then_unit: bool
    """"forty five" is one number."""
    unit_and_tens: bool
    """"fünf und vierzig" is one number."""
    teens_after: frozenset[int] = frozenset()
    """Tens that take 10 to 19: 60 and 80 in French."""


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """Words in a telephone number that are no digits."""

    zero: frozenset[str]
    """Further words for 0 that mean it only among digits."""
    plus: frozenset[str]
    repeats: Mapping[str, int]
    """"doppel", "zweimal", "deux fois": how often the next digit is said."""
    fillers: frozenset[str]
    """Words between two digits that end nothing: "und", "dann", "die"."""


@dataclass(frozen=True, slots=True)
class NameWords:
    """Words around and instead of names."""

    introductions: tuple[str, ...]
    """Phrases that a name follows for sure: "mein name ist"."""
    weak_introductions: tuple[str, ...]
    """Phrases that a name or something else follows: "ich bin"."""
    closings: tuple[str, ...]
    """Phrases that a name stands before: "am apparat"."""
    fillers: tuple[str, ...]
    """Phrases around a bare answer: "ja", "das ware"."""
    titles: frozenset[str]
    particles: frozenset[str]
    """Small words inside names: "von", "de"."""
    capital_particles: bool
    """Whether particles are written with a capital when the recogniser gives no hint ("Di Marco")."""
    not_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class SpellingWords:
    """How letters are named."""

    letters: Mapping[str, str]
    """"ka" gives "k"; phrases are allowed."""
    like: tuple[str, ...]
    """"wie" in "K wie Kaiser"."""
    repeats: Mapping[str, int]
    """"doppel": how often the next letter is said."""
    accents: Mapping[str, str]
    """"umlaut": the combining mark that the letter before gets."""
    fillers: frozenset[str]
    alphabet: frozenset[str]
    """Spelling-alphabet words, of which the first letter counts."""
    ordinary: frozenset[str]
    """Letters' names that are also common words: "see", "er"."""


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """Words for reading values back."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    signs: Mapping[str, str]
    """Names of what is no letter in a name: "-" gives "Bindestrich"."""
    plus: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All tables of one language."""

    language: Language
    numbers: NumberWords
    dates: Mapping[str, str]
    """Phrase to tag, for ``dates``."""
    times: Mapping[str, str]
    """Phrase to tag, for ``times``."""
    phones: PhoneWords
    names: NameWords
    spelling: SpellingWords
    spoken: SpokenWords


@cache
def lexicon(language: Language) -> Lexicon:
    """Return the tables of ``language``; they are loaded when first asked for."""
    module = importlib.import_module(f"{__package__}.lexicon_{language}")
    tables = module.LEXICON
    if not isinstance(tables, Lexicon):
        raise TypeError(f"{module.__name__}.LEXICON is no Lexicon")
    return tables


def by_phrase(tags: Mapping[str, str]) -> dict[str, str]:
    """Turn ``{"today": "heute|hut"}`` into ``{"heute": "today", "hut": "today"}``."""
    table: dict[str, str] = {}
    for tag, tagged in tags.items():
        for phrase in tagged.split("|"):
            if table.setdefault(phrase, tag) != tag:
                raise ValueError(f"{phrase!r} is both {table[phrase]!r} and {tag!r}")
    return table


def words(text: str) -> frozenset[str]:
    """Return the words of ``text``."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of ``text``, parted by "|", longest first, so that the first that fits is the best."""
    return tuple(sorted((phrase.strip() for phrase in text.split("|")), key=lambda phrase: -len(phrase)))
