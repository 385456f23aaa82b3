"""What was hardly understood, and what the caller calls wrong: asked about at once, then by spelling or by keys.

Everything is read back at the end. A value that was probably misheard is confirmed right away, though, while the caller
still knows what was asked: "Donnerstag, den dritten Dezember. Stimmt das?"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.dialogue.memory import count_miss, forget, rejected_facts, remember
from gateway.dialogue.model import (
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Question,
    SpeechAct,
    Understanding,
)
from gateway.dialogue.reply import KEYED, acts, ask, proceed

_KEYS_AFTER = 2
"""Wrong values of one fact after which its keys are asked for."""


def after_confirm(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Go on after the caller was asked whether something is right; None where the answer is about something else."""
    asked = state.confirming
    rejected = rejected_facts(state, understanding)
    known = {name: state.fact(name) for name in asked}
    state, changed = remember(state, understanding.facts)
    if changed:
        for name in {fact.name for fact in changed} & set(asked):
            state = count_miss(state, Question(name.value))
        return proceed(state, context, (), changed)
    if understanding.answer is True:
        return proceed(_sure(state, asked), context, ())
    if understanding.answer is False or rejected:
        return ask_rejected(state, [name for name in asked if known[name] is not None], context, ())
    if understanding.turn.text and not understanding.intents and state.missed(Question.CONFIRM):
        # It is read back in any case.
        return proceed(state, context, ())
    return None


def _sure(state: DialogueState, names: Sequence[FactName]) -> DialogueState:
    facts = (replace(fact, confidence=1.0) if fact.name in names else fact for fact in state.facts)
    return replace(state, facts=tuple(facts))


def ask_rejected(
    state: DialogueState, rejected: Sequence[FactName], context: DialogueContext, changed: Sequence[Fact]
) -> Decision:
    """Ask anew for what was called wrong.

    A wrong name is spelled, since hearing it again would not help; what was wrong twice is typed, where it can be.
    """
    dropped = [name for name in rejected if name is not FactName.NAME]
    state = forget(state, dropped)
    if FactName.PHONE in rejected:
        state = replace(state, caller_number_refused=True)
    for name in dropped:
        if (question := _QUESTIONS.get(name)) is not None:
            state = count_miss(state, question)
    if FactName.NAME in rejected:
        return ask(state, acts("sorry"), Question.SPELLING)
    typed = [question for name in dropped if (question := _QUESTIONS.get(name)) in _TYPED and question is not None]
    if typed and state.missed(typed[0]) >= _KEYS_AFTER:
        return ask(replace(state, partial_digits=""), acts("sorry"), typed[0], variant="keys")
    return proceed(state, context, acts("sorry"), changed)


def denied(state: DialogueState, understanding: Understanding) -> tuple[FactName, ...]:
    """Return the facts that were just acknowledged, when the caller answers the next question with "no"."""
    if understanding.answer is not False:
        return ()
    heard = [FactName(name) for act in state.said if act.name == "acknowledge" for name in act.values]
    return tuple(name for name in heard if state.fact(name) is not None)


def said_again(state: DialogueState, understanding: Understanding) -> tuple[FactName, ...]:
    """Return the facts that were read back and are now said again, as they were understood before, and called wrong.

    "No. My name is Marie Dubois": what was heard twice as it is not cannot be heard a third time.
    """
    amiss = understanding.answer is False or state.asked is Question.WHAT_IS_WRONG
    read = dict(state.read_back)
    return tuple(fact.name for fact in understanding.facts if amiss and read.get(fact.name) == fact.value)


def question_impossible(state: DialogueState, name: FactName) -> Decision:
    """Tell that a date cannot be, and ask for it again; the second time by keys."""
    question = Question(name.value)
    state = count_miss(state, question)
    told = SpeechAct("birth_impossible" if name is FactName.DATE_OF_BIRTH else "date_impossible")
    variant = "keys" if state.missed(question) >= _KEYS_AFTER else ""
    return ask(state, (told,), question, variant=variant, again=True)


_QUESTIONS: Mapping[FactName, Question] = {
    name: Question(name.value) for name in FactName if name.value in {str(question) for question in Question}
}
_TYPED = KEYED | {Question.PHONE}
