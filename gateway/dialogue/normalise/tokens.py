"""Splits a caller's words into tokens that remember where they stood.

Every reader works on tokens, so that "Null-Sieben-Neun", "null sieben neun" and "NULL, sieben, neun" look alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_WORD_JOINERS = frozenset("-'’‘`´­‐‑")
_SPECIAL_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l"})
_SPECIAL_WORDS = {"nün": "neun", "sächs": "sechs"}
"""Words that would become others without their accents: Swiss German "nün" is no "nun", "sächs" no name."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or punctuation mark at ``text[start:end]``; ``key`` is its folded form."""

    key: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Whether this token is a run of digits."""
        return self.key[0].isdecimal()

    @property
    def is_word(self) -> bool:
        """Whether this token is a run of letters."""
        return self.key[0].isalpha()


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Return ``word`` in lower case without accents, "ß" as "ss": "Übermorgen" gives "ubermorgen"."""
    lower = word.casefold().translate(_SPECIAL_LETTERS)
    lower = _SPECIAL_WORDS.get(lower, lower)
    return "".join(mark for mark in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(mark))


def tokenise(text: str) -> list[Token]:
    """Split ``text``. Hyphens and apostrophes that touch a letter vanish; those between digits stay.

    Digits next to letters are parted: "16h30" gives "16", "h", "30".
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        mark = match.group()
        start, end = match.span()
        if mark in _WORD_JOINERS and _touches_letter(text, start, end):
            continue
        key = fold(mark)
        if key and (key.isdecimal() or key.isalpha() or not key[0].isalnum()):
            tokens.append(Token(_ascii_digits(key), start, end))
    return tokens


def _touches_letter(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return before.isalpha() or after.isalpha()


def _ascii_digits(key: str) -> str:
    if key[0].isdecimal() and not key.isascii():
        return "".join(str(unicodedata.decimal(digit)) for digit in key)
    return key
