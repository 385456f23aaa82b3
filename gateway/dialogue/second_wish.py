"""A second wish of one breath: an appointment beside a cancellation, or for somebody else as well.

Each action is about one appointment of one patient. The first wish is served first; then the caller is asked about the
second, as a receptionist would, since it was heard beside another and may have been none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.memory import forget, remember
from gateway.dialogue.model import (
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Intent,
    Question,
    SecondWish,
    SpeechAct,
    Task,
    Understanding,
)
from gateway.dialogue.reply import acts, ask, hang_up, proceed
from gateway.dialogue.tasks import begin_task

_ABOUT_NEW = frozenset((FactName.REASON, FactName.PAIN, FactName.PRACTITIONER))
"""Facts that belong to the appointment that is wished for beside a cancellation."""
_SHARED = frozenset((FactName.REASON, FactName.PRACTITIONER))
"""Facts that hold for two people who come for the same."""
_OWN = (FactName.DATE_OF_BIRTH, FactName.PATIENT_STATUS, FactName.PAIN)
"""Facts about the first patient."""


def with_second_wish(state: DialogueState, understanding: Understanding, task: Task) -> DialogueState:
    """Return the state at the start of ``task``, in which the second wish of the same turn is remembered."""
    if understanding.second_patient and task is Task.BOOK:
        return replace(state, second_wish=SecondWish(understanding.second_patient))
    if task is Task.CANCEL and Intent.BOOK in understanding.intents:
        facts = tuple(fact for fact in understanding.facts if fact.name in _ABOUT_NEW)
        return replace(state, second_wish=SecondWish(None, facts))
    return state


def facts_of_first(state: DialogueState, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return those of ``facts`` that belong to the first of two wishes."""
    later = state.second_wish.facts if state.second_wish else ()
    return tuple(fact for fact in facts if fact not in later)


def after_task(state: DialogueState, said: Sequence[SpeechAct]) -> Decision:
    """Return the decision that says what became of a task and asks for the second wish, or for another."""
    return ask(state, said, Question.OFFER_BOOKING if state.second_wish else Question.ANYTHING_ELSE)


def after_offer_booking(
    state: DialogueState, understanding: Understanding, context: DialogueContext
) -> Decision | None:
    """Begin with the second wish after a yes; None where the answer is about something else."""
    wish = state.second_wish
    wants = understanding.answer is True or (understanding.answer is None and Intent.BOOK in understanding.intents)
    if wish is None or not (wants or understanding.answer is False):
        return None
    state = replace(state, second_wish=None)
    if not wants:
        if Intent.GOODBYE in understanding.intents:
            return hang_up(state, acts("goodbye"))
        return ask(state, (), Question.ANYTHING_ELSE)
    shared = tuple(fact for fact in state.facts if fact.name in _SHARED) if wish.relation else ()
    state = begin_task(state, Task.BOOK)
    about = (Fact(FactName.RELATION, wish.relation, understanding.turn.text, 1.0),) if wish.relation else ()
    state = forget(state, _OWN) if wish.relation else state
    state, _ = remember(state, (*shared, *wish.facts, *about))
    state, changed = remember(state, understanding.facts)
    return proceed(state, context, acts("begin_book"), changed)
