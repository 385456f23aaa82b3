"""Yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialogue.corrections import is_negation
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.patterns import find_all, occurs
from gateway.dialogue.text import Word
from gateway.language import Language


def wavers(text: str, words: Sequence[Word], languages: Sequence[Language]) -> bool:
    """Tell whether there is a second thought beside a yes: "ja, Moment, nein", "yes, well, not really"."""
    for language in languages:
        lexicon = LEXICONS[language]
        yes = find_all(lexicon.yes, text, words)
        said_yes = {index for match in yes for index in range(match.first, match.last + 1)}
        thoughts = {match.first for match in find_all(lexicon.amends, text, words)}
        thoughts |= {index for index in range(len(words)) if is_negation(words, index, lexicon)}
        if thoughts - said_yes:
            return True
    return False


def find_answer(text: str, words: Sequence[Word], languages: Sequence[Language]) -> bool | None:
    """Return True for yes, False for no, None when neither was said.

    Where "stimmt" and "stimmt nicht" both fit, the longer counts; where a yes and a no stand apart, the no does: a
    request that was doubted must not leave the house. "Na ja, so ungefähr" is neither.
    """
    if any(occurs(LEXICONS[language].hedges, text, words) for language in languages):
        return None
    for language in languages:
        lexicon = LEXICONS[language]
        yes = find_all(lexicon.yes, text, words)
        no = find_all(lexicon.no, text, words)
        clear_no = any(not any(match.overlaps(other) and other.length > match.length for other in yes) for match in no)
        if clear_no:
            return False
        if any(not any(match.overlaps(other) and other.length >= match.length for other in no) for match in yes):
            return True
    return None
