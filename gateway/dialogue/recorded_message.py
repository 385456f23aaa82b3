"""A message that the caller leaves: asked for, kept with its place in the recording, sent even when they hang up. Pure."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.audio import TELEPHONE_RATE
from gateway.dialogue.model import (
    ActionRequest,
    CallerTurn,
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Question,
    SpeechAct,
    Task,
)
from gateway.dialogue.reply import ask, proceed
from gateway.dialogue.tasks import action_details, begin_task


def take_message(state: DialogueState, context: DialogueContext, before: tuple[SpeechAct, ...]) -> Decision:
    """Return the decision that says ``before`` and listens to a message, or asks what is still needed for one."""
    state = begin_task(state, Task.CALLBACK)
    if state.fact(FactName.MESSAGE) is not None:
        return proceed(state, context, before)
    return ask(state, before, Question.MESSAGE, variant="record")


def keep_place(state: DialogueState, turn: CallerTurn, changed: tuple[Fact, ...]) -> DialogueState:
    """Return the state that remembers where in the recording the message is that the caller has just said."""
    if turn.span is None or all(fact.name is not FactName.MESSAGE for fact in changed):
        return state
    return replace(state, message_span=turn.span)


def message_details(state: DialogueState, context: DialogueContext) -> dict[str, str]:
    """Return where the message is in the recording, in seconds from its beginning; nothing where it is not recorded."""
    if state.message_span is None or not context.recording or state.recording_refused:
        return {}
    first, last = (f"{position / TELEPHONE_RATE:.1f}" for position in state.message_span)
    return {"recorded_message_from_s": first, "recorded_message_to_s": last}


def left_message(state: DialogueState, context: DialogueContext) -> ActionRequest | None:
    """Return what the practice gets when the caller hung up after a message, before it was confirmed; None for nothing.

    The caller has confirmed no fact, so it carries none: only the words, as in an emergency, and the number that called.
    """
    message = state.fact(FactName.MESSAGE)
    if state.task is not Task.CALLBACK or message is None:
        return None
    details = {
        **action_details(state, context),
        **message_details(state, context),
        "cause": "message_left",
        "words": message.words,
    }
    return ActionRequest(ActionKind.CALLBACK_REQUESTED, (), details)
