"""When a model is asked: where the rules did not understand, or where the practice's knowledge may hold an answer."""

from __future__ import annotations

from gateway.dialogue.assistance.question import ModelQuestion, QuestionKind
from gateway.dialogue.knowledge import entry_fit
from gateway.dialogue.model import (
    CallerTurn,
    DialogueContext,
    DialogueState,
    Expectation,
    Intent,
    Question,
    Understanding,
)
from gateway.dialogue.spoken_language import adopt_language
from gateway.dialogue.text import words_of

_WORDS_OF_A_MISS = 2
"""A single word that the rules don't know is noise more often than sense."""
_WORDS_OF_A_STORY = 6
"""Words from which a turn with a yes or no in it says something else."""
_ANSWERED = frozenset((Expectation.YES_NO, Expectation.CONFIRMATION, Expectation.CHOICE))
_LONG_TURN = 14
"""Words of a turn in which the rules should have read something."""
_SHARE_READ = 0.25
"""The share of a long turn's words that are read, under which it was read badly."""
_SHORT_QUESTION = 12
"""Words up to which a question that one entry fits is answered by the entry itself, at once."""
_NEVER = frozenset((Question.PHONE, Question.SPELLING, Question.MESSAGE))
"""Questions whose answers are digits and letters, which models mishear, or any words at all."""
_SETTLED = frozenset(
    (
        Intent.EMERGENCY,
        Intent.EMERGENCY_QUESTION,
        Intent.HUMAN,
        Intent.GOODBYE,
        Intent.REPEAT,
        Intent.REFUSE_RECORDING,
        Intent.CHANGE_LANGUAGE,
    )
)
"""Intents after which nothing needs to be thought about."""


def wanted_from_model(
    turn: CallerTurn, understanding: Understanding, state: DialogueState, context: DialogueContext
) -> ModelQuestion | None:
    """Return what a model shall be asked about ``turn``, None when the rules suffice."""
    settled = understanding.takes_back is not None or _SETTLED.intersection(understanding.intents)
    if turn.keys or state.hung_up or settled:
        return None
    # The answer is worded in the language that the call is in once this turn is taken.
    state = adopt_language(state, understanding, context)
    words = len(words_of(turn.text))
    kind: QuestionKind | None = None
    if Intent.OPEN_QUESTION in understanding.intents:
        kind = QuestionKind.ANSWER if _may_be_known(turn, state, context, words) else None
    elif state.asked not in _NEVER and words >= _WORDS_OF_A_MISS and _read_badly(understanding, state, words):
        kind = QuestionKind.READ
    return None if kind is None else ModelQuestion(kind, understanding, state, context)


def _may_be_known(turn: CallerTurn, state: DialogueState, context: DialogueContext, words: int) -> bool:
    """Tell whether a model may find or word an answer better than the one entry that fits."""
    said = words_of(turn.text)
    fits = sum(bool(entry_fit(said, (turn.language, state.language), entry)) for entry in context.profile.knowledge)
    return bool(context.profile.knowledge) and (fits != 1 or words > _SHORT_QUESTION)


def _read_badly(understanding: Understanding, state: DialogueState, words: int) -> bool:
    if understanding.unknown or understanding.partial_digits or understanding.choice or understanding.impossible:
        return False
    # "Ja also, …" begins many a story and answers nothing where no yes or no was asked.
    if understanding.answer is not None and (state.expectation in _ANSWERED or words < _WORDS_OF_A_STORY):
        return False
    if not understanding.intents and not understanding.facts and not understanding.rejected:
        return True
    if words < _LONG_TURN:
        return False
    read = sum(len(words_of(fact.words)) for fact in understanding.facts)
    return read < _SHARE_READ * words
