"""What to do when the caller was not understood, says nothing, or wants a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.dialogue.memory import count_miss
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    Expectation,
    FactName,
    Question,
    SpeechAct,
    Task,
)
from gateway.dialogue.reply import acts, ask, ask_again, hang_up, proceed
from gateway.dialogue.tasks import OPTIONAL, action_details

_GIVE_UP_AT = 3
"""Misses at one question after which it is given up."""
_END_AT = 2
"""Questions given up after which the call ends."""
_LAST_SILENCE = 3
"""Silent turns in a row after which the call ends."""
_OPTIONAL_QUESTIONS = {Question(name.value): name for name in OPTIONAL}


def miss(state: DialogueState, context: DialogueContext) -> Decision:
    """Ask the open question again: simpler, then by spelling or keys, then offer a way out, then end."""
    question = Question.HELP if state.asked is Question.NOTHING else state.asked
    state = count_miss(state, question)
    count = state.missed(question)
    if question is Question.ANYTHING_ELSE and count > 1:
        return hang_up(state, acts("goodbye"))
    if question in _OPTIONAL_QUESTIONS and count > 1:
        return proceed(skip(state, _OPTIONAL_QUESTIONS[question]), context, acts("never_mind"))
    if question is Question.SPELLING and count > 1 and _name_was_not_refused(state):
        return proceed(state, context, acts("never_mind"))
    if count >= _GIVE_UP_AT or (question is Question.SPELLING and count > 1):
        return _give_up(state, context)
    if count == 1:
        return ask(state, acts("not_understood"), question, variant="again", again=True)
    return _ask_another_way(state, question)


def _ask_another_way(state: DialogueState, question: Question) -> Decision:
    apology = acts("not_understood")
    if question is Question.NAME:
        return ask(state, apology, Question.SPELLING)
    if question is Question.PHONE:
        return ask(replace(state, partial_digits=""), apology, question, variant="keys")
    if state.expectation is Expectation.YES_NO:
        return ask(state, apology, question, variant="keys")
    return ask(state, acts("still_not_understood"), question, variant="again", again=True)


def _name_was_not_refused(state: DialogueState) -> bool:
    """Tell whether there is a name that the caller has not called wrong: it is read back, for want of a better one."""
    return state.fact(FactName.NAME) is not None and FactName.NAME not in dict(state.read_back)


def skip(state: DialogueState, name: FactName) -> DialogueState:
    """Return the state in which ``name`` is not asked any more for this task."""
    return replace(state, skipped=tuple(dict.fromkeys((*state.skipped, name))))


def _give_up(state: DialogueState, context: DialogueContext) -> Decision:
    state = replace(state, failures=state.failures + 1)
    if target := reachable(context.profile.reception, state, context):
        return transfer(state, context, target, acts("transferring"))
    hopeless = state.task is Task.CALLBACK or state.asked is Question.OFFER_CALLBACK
    if hopeless or state.failures >= _END_AT:
        return hang_up(state, acts("give_up", "goodbye"))
    return ask(state, acts("too_difficult"), Question.OFFER_CALLBACK)


def silence(state: DialogueState, context: DialogueContext) -> Decision:
    """Ask whether the caller is still there and repeat the open question; at the third silence in a row, end."""
    state = replace(state, silences=state.silences + 1)
    if state.silences >= _LAST_SILENCE:
        return hang_up(state, acts("goodbye_silence", "goodbye"))
    if state.asked is Question.ANYTHING_ELSE and state.silences > 1:
        return hang_up(state, acts("goodbye"))
    if state.asked is Question.PHONE and state.partial_digits:
        return ask_again(state, acts("still_there"))
    question = Question.HELP if state.asked is Question.NOTHING else state.asked
    return ask(state, acts("still_there"), question, variant="again" if state.silences > 1 else "", again=True)


def person_wanted(state: DialogueState, context: DialogueContext) -> Decision:
    """Transfer the call to the reception; where that cannot be, offer a callback."""
    if target := reachable(context.profile.reception, state, context):
        return transfer(state, context, target, acts("transferring"))
    if state.task is Task.CALLBACK:
        return ask_again(state, acts("no_person"))
    return ask(state, acts("no_person"), Question.OFFER_CALLBACK)


def reachable(target: str | None, state: DialogueState, context: DialogueContext) -> str | None:
    """Return ``target`` when the line can transfer and nobody failed to answer there in this call, else None."""
    return target if context.can_transfer and target not in state.unreachable else None


def transfer(state: DialogueState, context: DialogueContext, target: str, before: Sequence[SpeechAct]) -> Decision:
    """Return the decision that says ``before`` and hands the call to ``target``; only confirmed facts go along."""
    facts = tuple(fact for fact in state.facts if fact.confirmed)
    details = {**action_details(state, context), "target": target}
    return Decision(
        state=replace(state, asked=Question.NOTHING, said=tuple(before), transferring_to=target),
        acts=tuple(before),
        action=ActionRequest(ActionKind.TRANSFER_REQUESTED, facts, details),
        transfer_target=target,
    )


def transfer_failed(state: DialogueState, context: DialogueContext) -> Decision:
    """Return the decision after a transfer that nobody answered: a callback is offered.

    In an emergency the numbers are said once more instead, since the caller has to help themselves now.
    """
    target = state.transferring_to
    state = replace(state, transferring_to=None)
    if target is not None:
        state = replace(state, unreachable=(*state.unreachable, target))
    if state.emergency_flagged and target == context.profile.emergency.transfer_target:
        return ask(state, acts("transfer_failed", "emergency"), Question.EMERGENCY_REPEAT)
    return ask(state, acts("transfer_failed"), Question.OFFER_CALLBACK)
