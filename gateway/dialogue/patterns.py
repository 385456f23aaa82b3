"""Patterns of words, as the lexicons write them, and where they occur in a transcript.

A pattern is a row of elements separated by spaces:

- ``termin``: that word; a long word may be misspelled by a letter
- ``=change``: exactly that word
- ``absag*``: a word that begins so
- ``ruf|rufen``: either; ``=`` and ``*`` count for all alternatives
- ``can_t|cannot``: an alternative of several words
- ``=ruf*``: a word that begins exactly so
- ``...``: up to five words between, in the same sentence
- ``^`` first: the transcript starts here, but for fillers; ``$`` last: it ends here
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.dialogue.text import Word, begins_like, fold, similar, word_set

_GAP = "..."
_GAP_WORDS = 5
_BEGINNINGS_KEPT = 2048
_SENTENCE_ENDS = frozenset(".!?")
_SENTENCE_END = re.compile(r"[!?]|(?<!\d)\.")
FILLERS = word_set(
    "ah aha ahm ahem ach also alors ben beh bon bonjour bonsoir buongiorno dunque ecco eh ehm em euh gruezi "
    "grüezi grüessech hoi salü mitenand guten hallo hello hi hm hmm buonasera grutzi hum mh mhm na oh oha so "
    "tag uh uhm um und well e et and salve tja doch aber ma mais but pardon sorry"
)
"""Folded words that may stand before the first word that counts."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern occurs: the words ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Number of words from the first to the last."""
        return self.last - self.first + 1

    def overlaps(self, other: Match) -> bool:
        """Tell whether the two share a word."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class _Element:
    alternatives: tuple[tuple[str, ...], ...]
    exact: bool
    prefix: bool

    def lengths(self, words: Sequence[Word], position: int) -> Iterator[int]:
        """Yield how many words from ``position`` on each fitting alternative takes."""
        for alternative in self.alternatives:
            heard = [word.folded for word in words[position : position + len(alternative)]]
            if len(heard) == len(alternative) and all(map(self._fits, heard, alternative)):
                yield len(alternative)

    def begins_with(self, heard: str) -> bool:
        """Tell whether some alternative begins with the folded word ``heard``."""
        return any(self._fits(heard, alternative[0]) for alternative in self.alternatives)

    def _fits(self, heard: str, meant: str) -> bool:
        if self.exact:
            return heard.startswith(meant) if self.prefix else heard == meant
        return begins_like(heard, meant) if self.prefix else similar(heard, meant)


@dataclass(frozen=True, slots=True)
class _Pattern:
    elements: tuple[_Element | None, ...]
    """None is a gap."""
    at_start: bool
    at_end: bool
    beginnings: dict[str, bool]
    """Words that were heard, and whether a match may begin with them."""

    def may_begin_with(self, heard: str) -> bool:
        """Tell whether a match may begin with this folded word; most words of a turn begin none."""
        known = self.beginnings.get(heard)
        if known is None:
            if len(self.beginnings) >= _BEGINNINGS_KEPT:
                self.beginnings.clear()
            first = self.elements[0]
            known = self.beginnings[heard] = first is None or first.begins_with(heard)
        return known


@lru_cache(maxsize=4096)
def _compile(pattern: str) -> _Pattern:
    at_start, at_end = pattern.startswith("^"), pattern.endswith("$")
    elements: list[_Element | None] = []
    for part in pattern.removeprefix("^").removesuffix("$").split():
        if part == _GAP:
            elements.append(None)
            continue
        exact, prefix = part.startswith("="), part.endswith("*")
        names = part.removeprefix("=").removesuffix("*").split("|")
        alternatives = tuple(tuple(fold(word) for word in name.split("_")) for name in names)
        elements.append(_Element(alternatives, exact, prefix))
    return _Pattern(tuple(elements), at_start, at_end, {})


def find_every(pattern: str, text: str, words: Sequence[Word]) -> Iterator[Match]:
    """Yield every place where ``pattern`` occurs in the ``words`` of ``text``."""
    compiled = _compile(pattern)
    start = 0
    if compiled.at_start:
        start = next((index for index, word in enumerate(words) if word.folded not in FILLERS), 0)
    # A pattern may itself begin with a filler ("also gut"), so an anchored one is tried from every filler on.
    for first in range(min(start + 1, len(words)) if compiled.at_start else len(words)):
        if not compiled.may_begin_with(words[first].folded):
            continue
        last = _fit(compiled.elements, 0, first, text, words)
        if last is not None and (not compiled.at_end or last == len(words) - 1):
            yield Match(first, last)


def find(pattern: str, text: str, words: Sequence[Word]) -> Match | None:
    """Return the first place where ``pattern`` occurs in the ``words`` of ``text``."""
    return next(find_every(pattern, text, words), None)


def _fit(
    elements: Sequence[_Element | None], element: int, position: int, text: str, words: Sequence[Word]
) -> int | None:
    """Return the index of the last word when the elements fit from ``position`` on."""
    if element == len(elements):
        return position - 1
    current = elements[element]
    if current is None:
        reach = min(position + _GAP_WORDS, len(words) - 1)
        for candidate in range(position, reach + 1):
            if not _same_sentence(text, words, position - 1, candidate):
                return None
            last = _fit(elements, element + 1, candidate, text, words)
            if last is not None:
                return last
        return None
    fits = (_fit(elements, element + 1, position + length, text, words) for length in current.lengths(words, position))
    return next((last for last in fits if last is not None), None)


def _same_sentence(text: str, words: Sequence[Word], first: int, second: int) -> bool:
    if first < 0:
        return True
    between = text[words[first].end : words[second].start]
    if _SENTENCE_ENDS.isdisjoint(between):
        return True
    # "Haben Sie am 24. Dezember offen": the stop behind a number ends no sentence.
    return not _SENTENCE_END.search(text, words[first].end, words[second].start)


def find_all(patterns: Iterable[str], text: str, words: Sequence[Word]) -> tuple[Match, ...]:
    """Return every place of each pattern, longest match first."""
    found = (match for pattern in patterns for match in find_every(pattern, text, words))
    return tuple(sorted(found, key=lambda match: -match.length))


def occurs(patterns: Iterable[str], text: str, words: Sequence[Word]) -> bool:
    """Tell whether any of the patterns occurs."""
    return any(find(pattern, text, words) is not None for pattern in patterns)
