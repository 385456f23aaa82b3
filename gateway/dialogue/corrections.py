"""Values that a caller takes back: "nein, nicht Dienstag, Donnerstag"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.dialogue.lexicons import Lexicon
from gateway.dialogue.patterns import find_all
from gateway.dialogue.text import Word, blank

_CLAUSE_END = re.compile(r"[,;:.!?](?!\d)")
_REACH = 4
"""Words between the negation and the value."""
_SHORT_WORD = 4
"""Letters of the words that may stand between a negation and the value after it: "nicht am", "not on the"."""

Place = tuple[int, int]
"""``text[start:end]``."""


def rejected_places(text: str, words: Sequence[Word], places: Sequence[Place], lexicon: Lexicon) -> frozenset[Place]:
    """Return those of the values' ``places`` that the caller takes back.

    A negation before a value counts when only a few words of the same clause stand between ("nicht am Dienstag"); one
    after it ("Dienstag kann ich nicht") when no other value follows in the clause.
    """
    ordered = sorted(places)
    return frozenset(
        place
        for index, place in enumerate(ordered)
        if _negated_before(text, words, place, ordered[index - 1] if index else None, lexicon)
        or _negated_after(text, words, place, ordered[index + 1] if index + 1 < len(ordered) else None, lexicon)
    )


_CONDITIONS = frozenset(("wenn", "falls", "sofern", "si", "s", "se", "if", "unless", "sinon"))
"""Words after which a negation takes nothing back: "um neun, wenn es nicht anders geht"."""


def negated_after(text: str, words: Sequence[Word], places: Sequence[Place], lexicon: Lexicon) -> frozenset[Place]:
    """Return those of the values' ``places`` that a negation behind them takes back: "um neun kann ich nicht"."""
    ordered = sorted(places)
    followed = zip(ordered, (*ordered[1:], None), strict=False)
    return frozenset(place for place, following in followed if _negated_after(text, words, place, following, lexicon))


def _negated_before(text: str, words: Sequence[Word], place: Place, previous: Place | None, lexicon: Lexicon) -> bool:
    start = previous[1] if previous else 0
    before = [word for word in words if start <= word.start and word.end <= place[0]][-_REACH:]
    clause = [word for word in before if not _CLAUSE_END.search(text, word.end, place[0])]
    near = 0
    for word in reversed(clause):
        if word.folded in lexicon.negators:
            return True
        if word.folded in lexicon.contrasts or len(word.folded) > _SHORT_WORD:
            break
        near += 1
    return any(match.last >= len(clause) - near - 1 for match in find_all(lexicon.instead, text, clause))


def _negated_after(text: str, words: Sequence[Word], place: Place, following: Place | None, lexicon: Lexicon) -> bool:
    end = following[0] if following else len(text)
    after = [word for word in words if place[1] <= word.start and word.end <= end][:_REACH]
    clause = [word for word in after if not _CLAUSE_END.search(text, place[1], word.start)]
    negator = next((index for index in range(len(clause)) if is_negation(clause, index, lexicon)), None)
    if negator is None or any(word.folded in lexicon.contrasts | _CONDITIONS for word in clause[:negator]):
        return False
    if negator and clause[negator - 1].folded in lexicon.either:
        return False  # "Um neun und nicht später"
    # "Donnerstag, nicht Dienstag" and "Donnerstag nicht am Dienstag": the negation belongs to what follows it.
    if following is None:
        return True
    between = [word for word in words if clause[negator].end <= word.start and word.end <= following[0]]
    parted = len(between) > 1 or any(word.folded in lexicon.contrasts for word in between)
    return parted or bool(_CLAUSE_END.search(text, clause[negator].end, following[0]))


def is_negation(words: Sequence[Word], index: int, lexicon: Lexicon) -> bool:
    """Tell whether the word at ``index`` is a negation; "can" is one in "can't" only."""
    after = words[index + 1].folded if index + 1 < len(words) else ""
    return words[index].folded in lexicon.negators and (words[index].folded != "can" or after == "t")


def without_rejected_clauses(text: str, words: Sequence[Word], lexicon: Lexicon) -> str:
    """Return ``text`` with what a negation takes back blanked ("nicht Keller, Köhler" → "Köhler" in its place).

    A clause is blanked only when another follows in the same turn, which then holds the right value.
    """
    for index, word in enumerate(words):
        if word.folded not in lexicon.negators:
            continue
        comma = _CLAUSE_END.search(text, word.end)
        contrast = next((other for other in words[index + 1 :] if other.folded in lexicon.contrasts), None)
        ends = [place for place in (comma.start() if comma else None, contrast.start if contrast else None) if place]
        if ends and any(other.start >= min(ends) for other in words):
            between = contrast is not None and not any(min(ends) <= other.start < contrast.start for other in words)
            text = blank(text, word.start, contrast.end if contrast is not None and between else min(ends))
    return text
