"""Words that a model points at, found again in what the caller said and read by the rules' own readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.dialogue.assistance.question import ModelQuestion
from gateway.dialogue.corrections import rejected_places, without_rejected_clauses
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import Fact, FactName, Intent, Question, Task
from gateway.dialogue.tasks import TASK_OF_INTENT
from gateway.dialogue.text import words_of
from gateway.dialogue.understand import understand

SURE = 0.6
"""Confidence of a fact that a model pointed at, at most: it is a likely reading, worth a look."""
DOUBTFUL = 0.45
"""Confidence of a name that a model pointed at: low enough to be spelled."""

_QUESTIONS: Mapping[FactName, Question] = {
    FactName.NAME: Question.NAME,
    FactName.DATE_OF_BIRTH: Question.DATE_OF_BIRTH,
    FactName.REASON: Question.REASON,
    FactName.PREFERRED_DATE: Question.PREFERRED_DATE,
    FactName.PREFERRED_TIME: Question.PREFERRED_TIME,
    FactName.EXISTING_DATE: Question.EXISTING_DATE,
    FactName.EXISTING_TIME: Question.EXISTING_DATE,
    FactName.PHONE: Question.PHONE,
    FactName.PRACTITIONER: Question.REASON,
}
"""The question to which the words would have been the answer; so the rules read them."""
_CORRECTING = frozenset((Question.READ_BACK, Question.WHAT_IS_WRONG))
_ONLY_WHEN_ASKED = frozenset((FactName.NAME, FactName.DATE_OF_BIRTH))
"""Facts for which any words would do when they are asked for, so that a wrong label would be believed."""


@dataclass(frozen=True, slots=True)
class Place:
    """``text[start:end]`` of a turn."""

    start: int
    end: int


def find_words(words: str, text: str) -> Place | None:
    """Return where ``words`` stand in ``text`` one after the other, spelling variants folded; None when they don't."""
    wanted = [word.folded for word in words_of(words)]
    said = words_of(text)
    for first in range(len(said) - len(wanted) + 1 if wanted else 0):
        if [word.folded for word in said[first : first + len(wanted)]] == wanted:
            return Place(said[first].start, said[first + len(wanted) - 1].end)
    return None


def read_span(name: FactName, words: str, question: ModelQuestion, task: Task | None) -> tuple[Fact, Place] | None:
    """Return the fact ``name`` that the rules read in ``words``, None when there is none to be believed.

    ``words`` have to be the caller's, must not be taken back by them, and the fact has to be one that is open now.
    """
    place = find_words(words, question.turn.text)
    if place is None or not _is_open(name, question) or _is_taken_back(place, question):
        return None
    said = question.turn.text[place.start : place.end]
    state = replace(question.state, asked=_QUESTIONS[name], task=task, partial_digits="", facts=())
    read = understand(replace(question.turn, text=said), state, question.context)
    fact = next((fact for fact in read.facts if fact.name is name), None)
    if fact is None or read.rejected or (name is FactName.REASON and not _is_reason(fact, question)):
        return None
    sure = DOUBTFUL if name is FactName.NAME else SURE
    return replace(fact, confidence=min(fact.confidence, sure)), place


def _is_open(name: FactName, question: ModelQuestion) -> bool:
    asked = question.state.asked
    if name in _ONLY_WHEN_ASKED and asked.value != name.value:
        return False
    known = question.state.fact(name) is not None
    return not known or asked.value == name.value or asked in _CORRECTING


def _is_reason(fact: Fact, question: ModelQuestion) -> bool:
    """Tell whether a reason is a service of the practice, or the caller's own words in answer to that question."""
    services = {service.id for service in question.context.profile.services}
    return fact.value in services or question.state.asked is Question.REASON


def _is_taken_back(place: Place, question: ModelQuestion) -> bool:
    text = question.turn.text
    words = words_of(text)
    for language in dict.fromkeys((question.turn.language, question.state.language)):
        lexicon = LEXICONS[language]
        if rejected_places(text, words, [(place.start, place.end)], lexicon):
            return True
        kept = without_rejected_clauses(text, words, lexicon)
        if kept[place.start : place.end] != text[place.start : place.end]:
            return True
    return False


def task_of(question: ModelQuestion, intents: tuple[Intent, ...]) -> Task | None:
    """Return the task that the words belong to: the one at hand, else the one that the turn begins."""
    if question.state.task is not None:
        return question.state.task
    wanted = (*question.understanding.intents, *intents)
    return next((TASK_OF_INTENT[intent] for intent in wanted if intent in TASK_OF_INTENT), None)
