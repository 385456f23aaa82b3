"""A message that the caller leaves: asked for, kept with its place in the recording, never lost. Pure."""

from __future__ import annotations

from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.dialogue.details import MESSAGE_LENGTH
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
    Understanding,
)
from gateway.dialogue.reply import ask, proceed
from gateway.dialogue.tasks import CALLBACK_FACTS, begin_task, callback_details


def take_message(state: DialogueState, context: DialogueContext, before: tuple[SpeechAct, ...]) -> Decision:
    """Return the decision that says ``before`` and listens to a message, or asks what is still needed for one."""
    state = begin_task(state, Task.CALLBACK)
    if state.fact(FactName.MESSAGE) is not None:
        return proceed(state, context, before)
    return ask(state, before, Question.MESSAGE, variant="record")


def addition_to_message(state: DialogueState, understanding: Understanding) -> Fact | None:
    """Return the message with what the caller adds to it at its read-back: a day or a reason, which no callback has.

    None where a callback has a place for everything that was said, or something else is being read back.
    """
    if state.task is not Task.CALLBACK or all(fact.name in CALLBACK_FACTS for fact in understanding.facts):
        return None
    known = state.fact(FactName.MESSAGE)
    parts = [known.value.rstrip(" .!?")] if known else []
    words = ". ".join((*parts, understanding.turn.text.strip()))[:MESSAGE_LENGTH]
    return Fact(FactName.MESSAGE, words, words, understanding.turn.confidence)


def with_message_place(before: DialogueState, decision: Decision, turn: CallerTurn) -> Decision:
    """Return ``decision`` remembering where in the call the message was said, when ``turn`` brought a new one.

    What is added to a message stretches its place.
    """
    known, message = before.fact(FactName.MESSAGE), decision.state.fact(FactName.MESSAGE)
    if message == known or message is None:
        return decision
    span = turn.span
    if known is not None and span is not None and before.message_span and message.value.startswith(known.value[:-1]):
        span = (before.message_span[0], span[1])
    return replace(decision, state=replace(decision.state, message_span=span))


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
