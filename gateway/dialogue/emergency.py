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
    Understanding,
)
from gateway.dialogue.person import reachable, transfer
from gateway.dialogue.reply import acts, ask, ask_again, hang_up, proceed
from gateway.dialogue.tasks import action_details, says_more
from gateway.dialogue.text import words_of


def emergency(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Return the decision that tells the numbers, flags the call once, and puts the caller through where it can."""
    state, _ = remember(state, understanding.facts)
    details = {**action_details(state, context), "words": understanding.turn.text.strip()}
    action = None if state.emergency_flagged else ActionRequest(ActionKind.EMERGENCY_FLAGGED, state.facts, details)
    state = replace(state, emergency_flagged=True)
    if target := reachable(context.profile.emergency.transfer_target, state, context):
        decision = transfer(state, context, target, acts("emergency", "transferring"))
        return replace(decision, action=action or decision.action)
    return replace(ask(state, acts("emergency"), Question.EMERGENCY_REPEAT), action=action)


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
