"""A caller's turn while it is read: its text, its words, the languages to try, what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.dialogue.corrections import without_rejected_clauses
from gateway.dialogue.lexicons import LEXICONS, Lexicon
from gateway.dialogue.model import CallerTurn, DialogueContext, DialogueState, Fact, FactName, Question
from gateway.dialogue.normalise import Found
from gateway.dialogue.patterns import find_all, occurs
from gateway.dialogue.text import Word, blank, words_of
from gateway.language import Language

_CLOSE_WORDS = 4
"""Words of an expression that holds nothing else in between."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the readers of facts share. ``rest`` is the text with everything blanked that was read already."""

    turn: CallerTurn
    state: DialogueState
    context: DialogueContext
    language: Language
    languages: tuple[Language, ...]
    """Languages to try, the turn's first."""
    words: tuple[Word, ...]
    rest: str

    @classmethod
    def of(cls, turn: CallerTurn, state: DialogueState, context: DialogueContext) -> Reading:
        """Start to read ``turn``."""
        languages = dict.fromkeys((turn.language, state.language, *context.profile.languages))
        return cls(turn, state, context, turn.language, tuple(languages), words_of(turn.text), turn.text)

    @property
    def text(self) -> str:
        """The whole transcript."""
        return self.turn.text

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon of the turn's language."""
        return LEXICONS[self.language]

    @property
    def near_languages(self) -> tuple[Language, ...]:
        """The turn's language and the conversation's."""
        return self.languages[:1] if self.turn.language == self.state.language else self.languages[:2]

    @property
    def asked(self) -> Question:
        """What the caller was asked; an answer to whether something is right may hold the right value."""
        if self.state.asked is Question.CONFIRM and self.state.confirming:
            return Question(self.state.confirming[0].value.replace("existing_time", "existing_date"))
        return self.state.asked

    def asked_any(self, *questions: Question) -> bool:
        """Tell whether one of ``questions`` was asked."""
        return self.asked in questions

    def says(self, choose: str) -> bool:
        """Tell whether a pattern of the lexicons' field ``choose`` occurs, in the turn's language or the call's."""
        return any(
            occurs(getattr(LEXICONS[language], choose), self.text, self.words) for language in self.near_languages
        )

    def places(self, choose: str) -> list[tuple[int, int]]:
        """Return where patterns of the lexicons' field ``choose`` stand in the text."""
        return [
            (self.words[match.first].start, self.words[match.last].end)
            for language in self.near_languages
            for match in find_all(getattr(LEXICONS[language], choose), self.text, self.words)
            if match.length <= _CLOSE_WORDS
        ]

    def kept(self) -> str:
        """Return ``rest`` without the clauses that the caller takes back."""
        return without_rejected_clauses(self.rest, words_of(self.rest), self.lexicon)

    def without(self, places: Sequence[tuple[int, int]]) -> Reading:
        """Return this reading with ``places`` of the text blanked in ``rest``."""
        rest = self.rest
        for start, end in places:
            rest = blank(rest, start, end)
        return replace(self, rest=rest)

    def fact(self, name: FactName, value: str, found: Found[Any] | None = None, confidence: float = 0.9) -> Fact:
        """Return a fact read from this turn; its confidence is that of the reading times that of the recognition."""
        words = found.words if found else self.text.strip()
        sure = (found.confidence if found else confidence) * self.turn.confidence
        return Fact(name, value, words, round(min(max(sure, 0.0), 1.0), 3))
