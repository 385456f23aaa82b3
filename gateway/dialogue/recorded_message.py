"""A message that the caller leaves: asked for, kept with its place in the recording, never lost. Pure."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.dialogue.model import (
    ActionRequest,
    CallerTurn,
    Decision,
    DialogueContext,
    DialogueState,
    FactName,
    Question,
    SpeechAct,
    Task,
)
from gateway.dialogue.reply import ask, proceed
from gateway.dialogue.tasks import begin_task, callback_details


def take_message(state: DialogueState, context: DialogueContext, before: tuple[SpeechAct, ...]) -> Decision:
    """Return the decision that says ``before`` and listens to a message, or asks what is still needed for one."""
    state = begin_task(state, Task.CALLBACK)
    if state.fact(FactName.MESSAGE) is not None:
        return proceed(state, context, before)
    return ask(state, before, Question.MESSAGE, variant="record")


def with_message_place(before: DialogueState, decision: Decision, turn: CallerTurn) -> Decision:
    """Return ``decision`` remembering where in the call the message was said, when ``turn`` brought a new one."""
    if decision.state.fact(FactName.MESSAGE) == before.fact(FactName.MESSAGE):
        return decision
    return replace(decision, state=replace(decision.state, message_span=turn.span))


def left_message(state: DialogueState, context: DialogueContext) -> ActionRequest | None:
    """Return what the practice gets when the caller hung up after a message, before it was confirmed; None for nothing.

    The caller has confirmed no fact, so it carries none: only the words, as in an emergency, and the caller's number.
    """
    message = state.fact(FactName.MESSAGE)
    if state.task is not Task.CALLBACK or message is None:
        return None
    details = {
        **callback_details(state, context),
        "cause": "message_left",
        "words": message.words,
    }
    return ActionRequest(ActionKind.CALLBACK_REQUESTED, (), details)
