"""What is done in an emergency: the numbers are told, the staff is flagged, the caller is put through. Pure.

The assistant judges nothing and asks nothing: it says the practice's own text. Afterwards the caller may go on.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.dialogue.emergency_signs import denies_emergency
from gateway.dialogue.memory import remember
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    Intent,
    Question,
    SpeechAct,
    Understanding,
)
from gateway.dialogue.person import reachable, transfer
from gateway.dialogue.reply import acts, ask, ask_again, hang_up, proceed
from gateway.dialogue.tasks import action_details, says_more
from gateway.dialogue.text import words_of


def emergency(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Return the decision that tells the numbers, flags the call once, and puts the caller through where it can."""
    state, action = _flagged(state, understanding, context)
    if target := reachable(context.profile.emergency.transfer_target, state, context):
        decision = transfer(state, context, target, acts("emergency", "transferring"))
        return replace(decision, action=action or decision.action)
    return replace(ask(state, acts("emergency"), Question.EMERGENCY_REPEAT), action=action)


def _flagged(
    state: DialogueState, understanding: Understanding, context: DialogueContext
) -> tuple[DialogueState, ActionRequest | None]:
    """Return the state in which the call is flagged, and the action that flags it, None when it is flagged already."""
    state, _ = remember(state, understanding.facts)
    details = {**action_details(state, context), "words": understanding.turn.text.strip()}
    action = None if state.emergency_flagged else ActionRequest(ActionKind.EMERGENCY_FLAGGED, state.facts, details)
    return replace(state, emergency_flagged=True), action


def emergency_question(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Return the decision for a caller who asks whether it is an emergency, which the assistant cannot judge.

    The practice's text and the numbers are told and the call is flagged, as in an emergency; but the caller decides
    whether to be put through.
    """
    target = reachable(context.profile.emergency.transfer_target, state, context)
    state, action = _flagged(state, understanding, context)
    question = Question.EMERGENCY_CONNECT if target else Question.EMERGENCY_REPEAT
    return replace(ask(state, acts("emergency"), question), action=action)


def after_emergency_connect(
    state: DialogueState, understanding: Understanding, context: DialogueContext
) -> Decision | None:
    """Put a caller through who wants it after asking whether it is an emergency; None for another matter."""
    target = reachable(context.profile.emergency.transfer_target, state, context)
    if understanding.answer is True and target:
        return transfer(state, context, target, acts("transferring"))
    return after_emergency(state, understanding, context) if understanding.answer is not True else None


def pain_advice(state: DialogueState, understanding: Understanding) -> tuple[DialogueState, tuple[SpeechAct, ...]]:
    """Return what a caller with strong pain is told once in a call, in the practice's own words: who helps."""
    if not understanding.strong_pain or state.pain_answered or state.emergency_flagged:
        return state, ()
    return replace(state, pain_answered=True), acts("pain_advice")


def after_emergency(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Return the decision after "shall I repeat the numbers?"; None when the caller speaks of something else."""
    if says_more(understanding):
        return None
    text = understanding.turn.text
    if denies_emergency(text, words_of(text)):
        return proceed(state, context, ()) if state.task else ask(state, acts("never_mind"), Question.HELP)
    if understanding.answer is False or Intent.GOODBYE in understanding.intents:
        return proceed(state, context, ()) if state.task else hang_up(state, acts("goodbye"))
    if understanding.answer:
        return ask(state, acts("emergency"), Question.EMERGENCY_REPEAT)
    return None


def emergency_number(state: DialogueState) -> Decision:
    """Return the decision that tells the numbers to somebody who asks for them: nothing is flagged."""
    idle = state.task is None and state.asked in {Question.HELP, Question.ANYTHING_ELSE, Question.NOTHING}
    told = acts("emergency_number")
    return ask(state, told, Question.ANYTHING_ELSE) if idle else ask_again(state, told)
