"""Judges what a model wants to tell a caller: it may say what the practice says, and nothing else.

The guard doesn't trust and doesn't understand: a sentence passes only where every word of it is borne out by the
entries that it rests on. What is refused costs nothing, because the entry's own text is said in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gateway.dialogue.assistance.answer_prompt import LONGEST_ANSWER
from gateway.dialogue.assistance.claims import bears_out, claims_of, is_number, is_run_of, negations_of
from gateway.dialogue.assistance.guard_words import FORBIDDEN
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.patterns import occurs
from gateway.dialogue.phrase import split_sentences
from gateway.dialogue.text import words_of
from gateway.language import LANGUAGES, Language

MOST_SENTENCES = 2
_PLAIN = re.compile(r"[\w\s.,;:!?'’\"«»()%&/–-]*")
"""The characters of ordinary sentences; neither markup nor an address at an @ is said in words of a model."""


class Fault(StrEnum):
    """Why a sentence of a model is not said."""

    LENGTH = "length"
    CHARACTERS = "characters"
    FORBIDDEN = "forbidden"
    LANGUAGE = "language"
    UNKNOWN_WORD = "unknown_word"
    NEGATION = "negation"
    NUMBER = "number"


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
            (Fault.LANGUAGE, lambda said: is_foreign(said, self.language)),
            (Fault.UNKNOWN_WORD, lambda said: not self._sources(said)),
            (Fault.NEGATION, self._turns_around),
            (Fault.NUMBER, self._misplaces_number),
        )
        return next((fault for fault, fails in checks if fails(sentence)), None)

    def _sources(self, sentence: str) -> list[str]:
        """Return the sentences of the entries, and the whole entries, that have every claim of ``sentence``."""
        claims = claims_of(sentence, self.language)
        if not claims:
            return []
        parts = [part for text in self.texts for part in (*split_sentences(text), text)]
        return [part for part in parts if all(bears_out(c, claims_of(part, self.language)) for c in claims)]

    def _turns_around(self, sentence: str) -> bool:
        negations = negations_of(sentence, self.language)
        return all(negations != negations_of(source, self.language) for source in self._sources(sentence))

    def _misplaces_number(self, sentence: str) -> bool:
        """Tell whether a number may have changed what it belongs to.

        With a number in it, a sentence's claims have to stand in an entry in the same order and without a gap: of "a
        check-up 120, a cleaning 180" no "check-up 180" can be made.
        """
        claims = claims_of(sentence, self.language)
        if not any(map(is_number, claims)):
            return False
        return not any(is_run_of(claims, claims_of(text, self.language)) for text in self.texts)


def is_foreign(text: str, language: Language) -> bool:
    """Tell whether ``text`` is in another language than ``language``, by frequent words."""
    words = [word.folded for word in words_of(text)]
    counts = {other: sum(word in LEXICONS[other].common for word in words) for other in LANGUAGES}
    return any(count > counts[language] + 1 for count in counts.values())
