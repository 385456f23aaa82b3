"""The words of a text that claim something, and whether another text has them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.dialogue.assistance.guard_words import GLUE, NEGATIONS
from gateway.dialogue.normalise import number_words_to_digits
from gateway.dialogue.text import begins_like, fold, similar, words_of
from gateway.language import Language

_STEM_LENGTH = 5
"""Letters of a word that may end differently in an answer ("Parkplatz", "Parkplätzen")."""
_TOKEN = re.compile(r"\d(?:[\d.,:'’]*\d)?|[^\W\d_]+")


def claims_of(text: str, language: Language) -> list[str]:
    """Return the words and numbers of ``text`` that claim something, folded, in order; number words in digits."""
    tokens = [fold(token) for token in _TOKEN.findall(number_words_to_digits(text, language))]
    glue = GLUE[language] | NEGATIONS[language]
    return [token for token in tokens if token not in glue]


def negations_of(text: str, language: Language) -> frozenset[str]:
    """Return the words of ``text`` that turn a claim around."""
    return NEGATIONS[language].intersection(word.folded for word in words_of(text))


def is_number(claim: str) -> bool:
    """Tell whether a claim is a number."""
    return claim[:1].isdigit()


def bears_out(claim: str, known: Sequence[str]) -> bool:
    """Tell whether ``claim`` is among the claims ``known``: a number as it is, a word with another ending."""
    return any(_same(claim, other) for other in known)


def is_run_of(claims: Sequence[str], known: Sequence[str]) -> bool:
    """Tell whether ``claims`` stand in ``known`` one after the other, without a gap."""
    count = len(claims)
    return any(all(map(_same, claims, known[first : first + count])) for first in range(len(known) - count + 1))


def _same(claim: str, other: str) -> bool:
    if is_number(claim) or is_number(other):
        return claim == other
    stem = other[: max(_STEM_LENGTH, len(other) - 2)]
    return similar(claim, other) or (len(other) > _STEM_LENGTH and begins_like(claim, stem))
