"""Words of a transcript, folded so that spelling variants meet.

Recognition over a telephone loses umlauts and accents, writes "ss" for "ß" and splits compounds; folding makes the
variants equal on both sides of every comparison.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from gateway.dialogue.dialect import DIALECT

_WORD = re.compile(r"[^\W_]+")
_DIGRAPHS = (("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
_TYPO_LENGTH = 7
"""A word of at least this many letters may differ in one letter."""
_TWO_TYPOS_LENGTH = 11
"""A word of at least this many letters may differ in two letters."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its folded form and its place ``text[start:end]`` in the transcript."""

    folded: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return ``word`` in lower case without accents, umlauts or their digraphs ("Zähne", "Zaehne" → "zahne")."""
    lowered = word.casefold()
    for digraph, letter in _DIGRAPHS:
        lowered = lowered.replace(digraph, letter)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in order; an apostrophe separates words ("d'accord" → "d", "accord").

    Swiss German words are given in their standard form ("isch" → "ist").
    """
    return tuple(Word(_standard(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))


@lru_cache(maxsize=4096)
def _standard(word: str) -> str:
    return fold(DIALECT.get(word.casefold(), word))


def distance_within(first: str, second: str, limit: int) -> bool:
    """Tell whether the Levenshtein distance of two words is at most ``limit``."""
    if abs(len(first) - len(second)) > limit:
        return False
    previous = list(range(len(second) + 1))
    for row, letter in enumerate(first, start=1):
        current = [row]
        for column, other in enumerate(second, start=1):
            substitution = previous[column - 1] + (letter != other)
            current.append(min(previous[column] + 1, current[-1] + 1, substitution))
        if min(current) > limit:
            return False
        previous = current
    return previous[-1] <= limit


@lru_cache(maxsize=16384)
def similar(heard: str, meant: str) -> bool:
    """Tell whether the folded word ``heard`` may be a misspelling of ``meant``.

    Short words must be equal: one letter turns "nein" into "dein". Long ones must start with the same letter.
    """
    if heard == meant:
        return True
    if len(meant) < _TYPO_LENGTH or heard[:1] != meant[:1]:
        return False
    return distance_within(heard, meant, 2 if len(meant) >= _TWO_TYPOS_LENGTH else 1)


@lru_cache(maxsize=16384)
def begins_like(heard: str, stem: str) -> bool:
    """Tell whether the folded word ``heard`` begins with ``stem`` or with a misspelling of it."""
    if heard.startswith(stem):
        return True
    return len(stem) >= _TYPO_LENGTH and any(
        similar(heard[:length], stem) for length in (len(stem) - 1, len(stem), len(stem) + 1)
    )


def blank(text: str, start: int, end: int) -> str:
    """Return ``text`` with ``text[start:end]`` replaced by as many spaces, so that other places stay where they are."""
    return text[:start] + " " * (end - start) + text[end:]


def word_set(words: str) -> frozenset[str]:
    """Return the folded words of ``words``, which spaces separate; word lists stay readable that way."""
    return frozenset(fold(word) for word in words.split())
