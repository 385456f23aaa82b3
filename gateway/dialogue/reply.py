"""Decisions put together: acts, and the question that follows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.checks import find_objection, settle
from gateway.dialogue.confirmations import read_back
from gateway.dialogue.family import question_about
from gateway.dialogue.memory import forget
from gateway.dialogue.model import Decision, DialogueContext, DialogueState, Fact, FactName, Question, SpeechAct
from gateway.dialogue.slot_wishes import look_up, settle_slot, slot_offer, slot_question, slots_wanted
from gateway.dialogue.tasks import next_question

_ACKNOWLEDGED = (
    FactName.NAME,
    FactName.PATIENT_NAME,
    FactName.REASON,
    FactName.PRACTITIONER,
    FactName.EXISTING_DATE,
    FactName.EXISTING_TIME,
    FactName.PREFERRED_DATE,
    FactName.PREFERRED_TIME,
)
"""Facts that are repeated before the next question, so that the caller hears how they were understood."""


_DOUBTFUL = {
    FactName.PREFERRED_DATE: 0.4,
    FactName.PREFERRED_TIME: 0.4,
    FactName.EXISTING_DATE: 0.4,
    FactName.EXISTING_TIME: 0.4,
    FactName.DATE_OF_BIRTH: 0.45,
    FactName.PHONE: 0.5,
}
"""Confidence (recognition times reading) below which a value is confirmed at once; a doubtful name is spelled."""

KEYED = frozenset((Question.DATE_OF_BIRTH, Question.PREFERRED_DATE, Question.EXISTING_DATE, Question.PREFERRED_TIME))
"""Questions for a date or a time, whose answer can be typed."""


def acts(*names: str) -> tuple[SpeechAct, ...]:
    """Return acts without values."""
    return tuple(SpeechAct(name) for name in names)


def ask(
    state: DialogueState, before: Sequence[SpeechAct], question: Question, *, variant: str = "", again: bool = False
) -> Decision:
    """Return the decision that says ``before`` and asks ``question``, worded by ``variant`` ("again", "keys").

    ``again`` marks a question that is only asked anew: partial input is kept.
    """
    slot = question is Question.SLOT
    asking = slot_offer(state, variant) if slot else (question_about(state, question, variant),)
    said = (*before, *asking)
    digits = state.partial_digits if again or question is Question.PHONE else ""
    spelling_asked = state.spelling_asked or question is Question.SPELLING
    confirming = state.confirming if question is Question.CONFIRM else ()
    asked = replace(state, asked=question, said=said, partial_digits=digits, spelling_asked=spelling_asked)
    asked = replace(asked, confirming=confirming, keypad=variant == "keys" and question in KEYED)
    return Decision(asked, said)


def ask_again(state: DialogueState, before: Sequence[SpeechAct]) -> Decision:
    """Return the decision that says ``before`` and asks the open question once more."""
    return ask(state, before, Question.HELP if state.asked is Question.NOTHING else state.asked, again=True)


def hang_up(state: DialogueState, before: Sequence[SpeechAct]) -> Decision:
    """Return the decision that says ``before`` and ends the call."""
    ended = replace(state, asked=Question.NOTHING, said=tuple(before), hung_up=True)
    return Decision(ended, tuple(before), hang_up=True)


def proceed(
    state: DialogueState, context: DialogueContext, before: Sequence[SpeechAct], changed: Sequence[Fact] = ()
) -> Decision:
    """Return the decision that acknowledges ``changed`` facts and asks what the task needs next."""
    state = settle(settle_slot(state), context)
    objection = find_objection(state, context)
    if objection:
        state = forget(state, (objection.fact,))
        changed = [fact for fact in changed if fact.name is not objection.fact]
        before = (*before, *_acknowledge(state, changed), *objection.acts)
        return ask(state, before, Question(objection.fact.value))
    doubtful = tuple(fact.name for fact in changed if fact.confidence < _DOUBTFUL.get(fact.name, 0.0))
    if doubtful and next_question(state, context) is not Question.READ_BACK:
        heard = _acknowledge(state, changed, doubtful)
        return ask(replace(state, confirming=doubtful), (*before, *heard), Question.CONFIRM)
    if query := slots_wanted(state, context):
        return look_up(state, query, (*before, *_acknowledge(state, changed)))
    question = slot_question(state, context) or next_question(state, context)
    if question is Question.READ_BACK:
        back, state = read_back(state)
        return ask(state, (*before, *back), question)
    # Who is asked for a day and says when they were born hears how that was taken.
    also = (FactName.DATE_OF_BIRTH,) if state.asked is question and question in KEYED else ()
    return ask(state, (*before, *_acknowledge(state, changed, also)), question)


def _acknowledge(state: DialogueState, changed: Sequence[Fact], also: Sequence[FactName] = ()) -> tuple[SpeechAct, ...]:
    fresh = {fact.name for fact in changed}
    values = {
        str(name): fact.value
        for name in (*_ACKNOWLEDGED, *(name for name in also if name not in _ACKNOWLEDGED))
        if name in fresh and (fact := state.fact(name)) is not None and fact.value != "any"
    }
    return (SpeechAct("acknowledge", values),) if values else ()
