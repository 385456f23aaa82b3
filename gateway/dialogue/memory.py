"""How a turn changes what the dialogue remembers: facts, misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.lexicons.relatives import SELF
from gateway.dialogue.model import DialogueState, Fact, FactName, Question, Task, Understanding

_WISH_TO_EXISTING = {
    FactName.PREFERRED_DATE: FactName.EXISTING_DATE,
    FactName.PREFERRED_TIME: FactName.EXISTING_TIME,
}


def remember(state: DialogueState, facts: Sequence[Fact]) -> tuple[DialogueState, tuple[Fact, ...]]:
    """Return the state with ``facts`` taken in, and those among them that were new or have a new value."""
    known = {fact.name: fact for fact in state.facts}
    changed = tuple(fact for fact in facts if fact.name not in known or known[fact.name].value != fact.value)
    for fact in changed:
        known[fact.name] = fact
    if FactName.RELATION in known and known[FactName.RELATION].value == SELF:
        known.pop(FactName.PATIENT_NAME, None)
    skipped = tuple(name for name in state.skipped if name not in known)
    return replace(state, facts=tuple(known.values()), skipped=skipped), changed


def forget(state: DialogueState, names: Sequence[FactName]) -> DialogueState:
    """Return the state without the facts of these names."""
    return replace(state, facts=tuple(fact for fact in state.facts if fact.name not in names))


def rejected_facts(state: DialogueState, understanding: Understanding) -> tuple[FactName, ...]:
    """Return the known facts that the caller calls wrong; when cancelling, "the date" is that of the appointment."""
    names = understanding.rejected
    if state.task is Task.CANCEL:
        names = tuple(_WISH_TO_EXISTING.get(name, name) for name in names)
    return tuple(name for name in names if state.fact(name) is not None)


def count_miss(state: DialogueState, question: Question) -> DialogueState:
    """Return the state with one more miss at ``question``."""
    misses = dict(state.misses)
    misses[question] = misses.get(question, 0) + 1
    return replace(state, misses=tuple(misses.items()))
