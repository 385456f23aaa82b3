"""Turns tokens into a line of tags that a language-independent grammar can be matched against.

"am 16. Dezember" becomes "on n=16 . month=12 ", "le seize décembre" becomes "the n=16 month=12 ". The grammars are
regular expressions over such lines; each tag is followed by one space, and a word that no table knows is "x".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from gateway.dialogue.normalise.numbers import read_number
from gateway.dialogue.normalise.tokens import Token, tokenise
from gateway.language import Language

_LONGEST_PHRASE = 5


class TagLine:
    """The tags of one text, as ``line``."""

    def __init__(self, text: str, table: Mapping[str, str], language: Language) -> None:
        self.text = text
        self._tokens = tokenise(text)
        self._places: list[int] = []
        self._spans: list[tuple[int, int]] = []
        tags: list[str] = []
        place = index = 0
        while index < len(self._tokens):
            tag, after = _tag(self._tokens, index, table, language)
            self._places.append(place)
            self._spans.append((self._tokens[index].start, self._tokens[after - 1].end))
            tags.append(tag + " ")
            place += len(tag) + 1
            index = after
        self.line = "".join(tags)

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield the matches of ``pattern``, which must begin where a tag begins."""
        return (match for match in pattern.finditer(self.line) if match.end() > match.start())

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the text the tags in ``line[start:end]`` stand; ``start`` is a tag's first place."""
        first = bisect_left(self._places, start)
        last = bisect_left(self._places, end) - 1
        return self._spans[first][0], self._spans[max(first, last)][1]


def _tag(tokens: Sequence[Token], index: int, table: Mapping[str, str], language: Language) -> tuple[str, int]:
    for length in range(min(_LONGEST_PHRASE, len(tokens) - index), 1, -1):
        phrase = " ".join(token.key for token in tokens[index : index + length])
        if phrase in table:
            return table[phrase], index + length
    number = read_number(tokens, index, language)
    if number is not None:
        return f"{'o' if number.ordinal else 'n'}={number.digits}", number.end
    token = tokens[index]
    if token.key in table:
        return table[token.key], index + 1
    return (token.key if not token.is_word and len(token.key) == 1 else "x"), index + 1
