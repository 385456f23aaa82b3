"""How a call begins: the greeting, the announcement of the recording, and what can be done while it is closed. Pure."""

from __future__ import annotations

from gateway.dialogue.model import Decision, DialogueContext, DialogueState, Question, SpeechAct
from gateway.dialogue.reply import acts, ask
from gateway.practice.opening import is_open_at

ANNOUNCEMENT = "recording"
"""The act by which the recording is announced. The caller has to hear all that stands before its end."""


def greet(state: DialogueState, context: DialogueContext) -> Decision:
    """Return the greeting and the first question; outside the opening hours it says so and what can be done."""
    said: tuple[SpeechAct, ...] = acts("greeting")
    if context.recording:
        said = (*said, *acts(ANNOUNCEMENT))
    if not is_open_at(context.profile, context.now):
        said = (*said, *acts("closed_now"))
    return ask(state, said, Question.HELP)
