"""What a language model is asked about a turn, and what is left of its answer once it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.dialogue.assistance.answer_prompt import answer_request
from gateway.dialogue.assistance.reading_prompt import reading_request
from gateway.dialogue.model import (
    CallerTurn,
    DialogueContext,
    DialogueState,
    Fact,
    Intent,
    KnownAnswer,
    Understanding,
)
from gateway.language_model.interface import ChatRequest

DEADLINE_MS = 1500
"""For one question, from asking to the last character."""


class QuestionKind(StrEnum):
    """What a model is asked for."""

    READ = "read"
    """Which of the caller's words mean what, where the rules read too little."""
    ANSWER = "answer"
    """Which entries of the practice's knowledge answer the caller, in one or two sentences."""


@dataclass(frozen=True, slots=True)
class ModelQuestion:
    """A question about a turn; ``understanding`` is what the rules read in it."""

    kind: QuestionKind
    understanding: Understanding
    state: DialogueState
    context: DialogueContext

    @property
    def turn(self) -> CallerTurn:
        """The turn that it is about."""
        return self.understanding.turn

    def request(self, deadline_ms: int = DEADLINE_MS) -> ChatRequest:
        """Return what is sent to the model."""
        build = reading_request if self.kind is QuestionKind.READ else answer_request
        return build(self.turn, self.state, self.context, deadline_ms)

    def __repr__(self) -> str:
        """Return the kind only: a caller's words don't belong into a log."""
        return f"ModelQuestion({self.kind})"


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What a model read in ``turn`` and code has checked; it holds for no other turn."""

    turn: CallerTurn
    intents: tuple[Intent, ...] = ()
    facts: tuple[Fact, ...] = ()
    answer: bool | None = None
    known: KnownAnswer | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it adds nothing to what the rules read."""
        return not self.intents and not self.facts and self.answer is None and self.known is None
