"""Several values of one kind in one breath: alternatives ("Montag oder Dienstag") or second thoughts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import Any, TypeVar

from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.normalise import Found
from gateway.dialogue.patterns import occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import Word, words_of

FoundT = TypeVar("FoundT", bound=Found[Any])

_LONGEST_GAP = 6
"""Words between two values that belong together: "oder dann vielleicht auch erst am"."""
_LONGEST_LIST_GAP = 2
"""Words between two values of a list beside its commas: "am Montag, am Dienstag oder …"."""


class _Gap(Enum):
    EITHER = auto()
    LIST = auto()
    AMENDS = auto()
    APART = auto()


def chosen(found: Sequence[FoundT], reading: Reading) -> tuple[FoundT, ...]:
    """Return which of the values, which stand in order and mean the same fact, the caller leaves open or wants.

    The first counts with those that "oder" joins to it; a second thought takes back what stands before it.
    """
    kept: list[FoundT] = []
    listed: list[FoundT] = []
    for before, value in zip((None, *found), found, strict=False):
        gap = _gap(reading, before.end, value.start) if before is not None else _Gap.AMENDS
        if gap is _Gap.AMENDS:
            kept, listed = [value], []
        elif gap is _Gap.EITHER:
            kept, listed = [*kept, *listed, value], []
        elif gap is _Gap.LIST:
            listed.append(value)
        else:
            break
    return tuple(kept)


def also_refused(found: Sequence[FoundT], refused: Sequence[FoundT], reading: Reading) -> tuple[FoundT, ...]:
    """Return those of ``found`` that "oder" joins to a refused one: "nicht Montag oder Dienstag" refuses both."""
    ordered = sorted((*found, *refused), key=lambda value: value.start)
    denied = list(refused)
    for before, value in pairwise(ordered):
        if before in denied and value not in denied and _gap(reading, before.end, value.start) is _Gap.EITHER:
            denied.append(value)
    return tuple(value for value in found if value in denied)


def _gap(reading: Reading, start: int, end: int) -> _Gap:
    text = reading.text[start:end]
    words = words_of(text)
    if amends(reading, text, words):
        return _Gap.AMENDS
    others = [word for word in words if word.folded not in reading.lexicon.either]
    if len(others) < len(words) and len(words) <= _LONGEST_GAP and "." not in text:
        return _Gap.APART if any(word.folded in reading.lexicon.contrasts for word in others) else _Gap.EITHER
    return _Gap.LIST if "," in text and len(others) <= _LONGEST_LIST_GAP else _Gap.APART


def amends(reading: Reading, text: str, words: Sequence[Word]) -> bool:
    """Tell whether the caller thinks again in ``text``, a part of the turn: "nein", "ich meine", "volevo dire"."""
    return any(occurs(LEXICONS[language].amends, text, words) for language in reading.near_languages)
