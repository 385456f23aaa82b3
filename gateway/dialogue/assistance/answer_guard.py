"""Judges what a model wants to tell a caller: it may say what the practice says, and nothing else.

The guard doesn't trust and doesn't understand: a sentence passes only where every word of it is borne out by the
entries that it rests on. What is refused costs nothing, because the entry's own text is said in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.dialogue.assistance.answer_prompt import LONGEST_ANSWER
from gateway.dialogue.assistance.guard_words import FORBIDDEN, GLUE, NEGATIONS
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.normalise import number_words_to_digits
from gateway.dialogue.patterns import occurs
from gateway.dialogue.phrase import split_sentences
from gateway.dialogue.text import begins_like, fold, similar, words_of
from gateway.language import LANGUAGES, Language

MOST_SENTENCES = 2
_STEM_LENGTH = 5
"""Letters of a word of an entry that may end differently in an answer ("Parkplatz", "Parkplätzen")."""
_TOKEN = re.compile(r"\d(?:[\d.,:'’]*\d)?|[^\W\d_]+")
_PLAIN = re.compile(r"[\w\s.,;:!?'’\"«»()%&/–-]*")
"""The characters of ordinary sentences; neither markup nor an address at an @ is said in words of a model."""


class Fault(StrEnum):
    """Why a sentence of a model is not said."""

    LENGTH = "length"
    CHARACTERS = "characters"
    FORBIDDEN = "forbidden"
    LANGUAGE = "language"
    NEGATION = "negation"
    NUMBER = "number"
    UNKNOWN_WORD = "unknown_word"


@dataclass(frozen=True, slots=True)
class AnswerGuard:
    """Judges sentences in ``language`` that rest on ``texts``, the entries' own in that language."""

    texts: tuple[str, ...]
    language: Language

    def fault(self, sentence: str) -> Fault | None:
        """Return why ``sentence`` must not be said, None when it may."""
        checks: tuple[tuple[Fault, Callable[[str], bool]], ...] = (
            (Fault.LENGTH, lambda said: not said.strip() or len(said) > LONGEST_ANSWER),
            (Fault.CHARACTERS, lambda said: _PLAIN.fullmatch(said) is None),
            (Fault.FORBIDDEN, lambda said: occurs(FORBIDDEN[self.language], said, words_of(said))),
            (Fault.LANGUAGE, self._is_foreign),
            (Fault.UNKNOWN_WORD, lambda said: not self._sources(said)),
            (Fault.NEGATION, lambda said: all(self._negates(said) != self._negates(s) for s in self._sources(said))),
            (Fault.NUMBER, lambda said: bool(self._numbers(said)) and not self._is_quoted(said)),
        )
        return next((fault for fault, fails in checks if fails(sentence)), None)

    def _sources(self, sentence: str) -> list[str]:
        """Return the sentences of the entries, and the whole entries, that have every word of ``sentence``."""
        parts = [part for text in self.texts for part in (*split_sentences(text), text)]
        return [part for part in parts if self._unknown(sentence, part) is None]

    def _is_foreign(self, sentence: str) -> bool:
        words = [word.folded for word in words_of(sentence)]
        counts = {language: sum(word in LEXICONS[language].common for word in words) for language in LANGUAGES}
        return any(count > counts[self.language] + 1 for count in counts.values())

    def _unknown(self, sentence: str, text: str) -> str | None:
        """Return the first word of ``sentence`` that ``text`` doesn't have."""
        known = self._content(text)
        return next((token for token in self._content(sentence) if not _is_among(token, known)), None)

    def _content(self, text: str) -> list[str]:
        """Return the words and numbers of ``text`` that claim something, folded; numbers in digits."""
        tokens = [fold(token) for token in _TOKEN.findall(number_words_to_digits(text, self.language))]
        glue = GLUE[self.language] | NEGATIONS[self.language]
        return [token for token in tokens if token not in glue]

    def _negates(self, text: str) -> frozenset[str]:
        return NEGATIONS[self.language].intersection(word.folded for word in words_of(text))

    def _numbers(self, text: str) -> list[str]:
        return [token for token in self._content(text) if token[0].isdigit()]

    def _is_quoted(self, sentence: str) -> bool:
        """Tell whether the claims of ``sentence`` stand in one text in the same order and without a gap.

        So no number changes what it belongs to: of "a check-up 120, a cleaning 180" no "check-up 180" can be made.
        """
        claims = self._content(sentence)
        return any(_is_run(claims, self._content(text)) for text in self.texts)


def _is_among(token: str, known: Sequence[str]) -> bool:
    if token[0].isdigit():
        return token in known
    return any(_same_word(token, other) for other in known)


def _same_word(token: str, other: str) -> bool:
    stem = other[: max(_STEM_LENGTH, len(other) - 2)]
    return similar(token, other) or (len(other) > _STEM_LENGTH and begins_like(token, stem))


def _is_run(claims: Sequence[str], known: Sequence[str]) -> bool:
    return any(
        all(
            one == other or (not one[0].isdigit() and _same_word(one, other))
            for one, other in zip(claims, part, strict=True)
        )
        for part in (known[first : first + len(claims)] for first in range(len(known) - len(claims) + 1))
    )
