"""Weekdays that recognition garbled, where only a weekday can stand: "marguit dans une semaine", "Gio devi fra …".

Read by themselves, "in a week" and "next week" would give another day than the one that was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache

from gateway.dialogue.normalise.lexicon import lexicon
from gateway.dialogue.normalise.tags import TagLine
from gateway.dialogue.normalise.tokens import tokenise
from gateway.language import Language

_BEFORE_WEEK = re.compile(
    r"(?<!\S)(?P<heard>(?:x ){1,3}(?:day )?)(?P<ahead>,? ?(?:(?:in|from) n=(?:00)?(?P<weeks>\d\d?) week "
    r"|(?:(?:the|of|in|on) ){0,2}(?P<next>(?:next|coming) week |week (?:next|coming) )))"
)
_ALIKE = 0.6
"""Likeness to the name of a weekday from which on it is one."""
_CLEARER = 0.05
"""How much more a garbled word has to be like one weekday than like any other."""
_MOST_WORDS = 2
"""Words that a weekday may have been parted into."""


def misheard_weekdays(line: TagLine, language: Language) -> Iterator[tuple[int, int, int, re.Match[str]]]:
    """Yield where garbled weekdays begin and end in the tag line with the week they are in, the weekday, the match.

    ``weeks`` of the match is how many weeks ahead is said, ``next`` that the coming week is.
    """
    for match in line.matches(_BEFORE_WEEK):
        tags = match["heard"].split()
        for count in range(min(_MOST_WORDS, len(tags)), 0, -1):
            start = match.end("heard") - len("".join(f"{tag} " for tag in tags[-count:]))
            first, last = line.span(start, match.end("heard"))
            weekday = _weekday_like("".join(token.key for token in tokenise(line.text[first:last])), language)
            if weekday is not None:
                yield start, match.end(), weekday, match
                break


@lru_cache(maxsize=1024)
def _weekday_like(heard: str, language: Language) -> int | None:
    likeness = [max(SequenceMatcher(None, heard, name).ratio() for name in names) for names in _weekday_names(language)]
    best = max(range(len(likeness)), key=likeness.__getitem__)
    others = max(value for weekday, value in enumerate(likeness) if weekday != best)
    return best if likeness[best] >= _ALIKE and likeness[best] - others >= _CLEARER else None


@cache
def _weekday_names(language: Language) -> tuple[tuple[str, ...], ...]:
    table = lexicon(language).dates
    return tuple(tuple(word for word, tag in table.items() if tag == f"wd={weekday}") for weekday in range(7))
