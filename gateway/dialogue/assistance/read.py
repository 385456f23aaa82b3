"""What is believed of a model's answer: what the caller's own words bear out, read by rules."""

from __future__ import annotations

from itertools import combinations

from gateway.dialogue.assistance.json_answer import pairs, read_object
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading
from gateway.dialogue.assistance.reading_prompt import MOST_INTENTS, MOST_SPANS, SPANS, WANTED, YES_NO
from gateway.dialogue.assistance.relevance import is_beside_the_point
from gateway.dialogue.assistance.spans import SURE, Place, find_words, read_span, task_of
from gateway.dialogue.model import Fact, FactName, Intent, KnownAnswer, Question
from gateway.dialogue.tasks import TASK_OF_INTENT
from gateway.dialogue.understand import answer_facts

_ALWAYS = frozenset((Intent.EMERGENCY, Intent.HUMAN, Intent.REFUSE_RECORDING))
"""Intents that a caller may have at any moment."""
_ASKING = frozenset((Intent.OPEN_QUESTION, Intent.OPENING_HOURS, Intent.ADDRESS))


def read_answer(text: str, question: ModelQuestion) -> ModelReading:
    """Return what ``text``, a model's answer to ``question``, adds to the turn; an empty reading for rubbish.

    - An intent counts only with words of the caller, and only where it can't undo what is under way.
    - A fact is read by the rules from words of the caller; the model only points at them.
    - A yes or no counts only at questions that confirm nothing.
    """
    answer = read_object(text)
    if answer is None:
        return ModelReading(question.turn)
    intents = _intents(answer.get("intents"), question)
    yes_no = _yes_no(answer.get("answer"), question)
    facts = _facts(answer.get("spans"), question, intents)
    if yes_no is not None and not facts:
        facts = answer_facts(question.state.asked, yes_no, question.turn.text.strip(), SURE)
    known = _entry(answer.get("entry"), question) if Intent.OPEN_QUESTION in intents else None
    return ModelReading(question.turn, intents, facts, yes_no, known)


def _intents(value: object, question: ModelQuestion) -> tuple[Intent, ...]:
    found = dict.fromkeys(
        Intent(name)
        for name, words in pairs(value, "intent", "words", MOST_INTENTS)
        if name in WANTED and find_words(words, question.turn.text)
    )
    return tuple(intent for intent in found if _may_be_added(intent, question))


def _may_be_added(intent: Intent, question: ModelQuestion) -> bool:
    if intent in _ALWAYS:
        return True
    if intent is Intent.REPEAT or intent in _ASKING:
        return not question.understanding.intents and not question.understanding.facts
    # A task begins only while none is under way: nothing that the caller has told so far is dropped for a guess.
    return question.state.task is None and not any(known in TASK_OF_INTENT for known in question.understanding.intents)


def _yes_no(value: object, question: ModelQuestion) -> bool | None:
    if question.state.asked not in YES_NO or question.understanding.answer is not None:
        return None
    return {"yes": True, "no": False}.get(value) if isinstance(value, str) else None


def _facts(value: object, question: ModelQuestion, intents: tuple[Intent, ...]) -> tuple[Fact, ...]:
    if question.state.asked is Question.MESSAGE or Intent.OPEN_QUESTION in intents:
        return ()
    task = task_of(question, intents)
    found: dict[FactName, tuple[Fact, Place]] = {}
    for name, words in pairs(value, "fact", "words", MOST_SPANS):
        read = read_span(FactName(name), words, question, task) if name in SPANS else None
        if read is not None:
            found.setdefault(FactName(name), read)
    # Words that are said to be two things are neither.
    doubted = {
        name
        for (one, (_, first)), (two, (_, second)) in combinations(found.items(), 2)
        if first.start < second.end and second.start < first.end
        for name in (one, two)
    }
    return tuple(fact for name, (fact, _) in found.items() if name not in doubted)


def _entry(value: object, question: ModelQuestion) -> KnownAnswer | None:
    turn, context = question.turn, question.context
    entry = next((entry for entry in context.profile.knowledge if entry.id == value), None)
    if entry is None or is_beside_the_point(entry, turn.text, turn.language, context):
        return None
    return KnownAnswer((entry.id,))
