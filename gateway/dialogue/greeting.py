"""How a call begins: the greeting, the announcement of the recording, and what can be done while it is closed. Pure."""

from __future__ import annotations

from gateway.dialogue.model import Decision, DialogueContext, DialogueState, Question, SpeechAct
from gateway.dialogue.phrase import phrase_acts
from gateway.dialogue.reply import acts, ask
from gateway.practice.opening import is_open_at
from gateway.practice.profile import PracticeProfile

_HEARD_WHOLE = frozenset(("greeting", "recording"))
"""Acts that the caller has to hear before they can be recorded."""


def greet(state: DialogueState, context: DialogueContext) -> Decision:
    """Return the greeting and the first question; outside the opening hours it says so and what can be done."""
    said: tuple[SpeechAct, ...] = acts("greeting")
    if context.recording:
        said = (*said, *acts("recording"))
    if not is_open_at(context.profile, context.now):
        said = (*said, *acts("closed_now"))
    return ask(state, said, Question.HELP)


def announcing_sentences(decision: Decision, profile: PracticeProfile) -> int:
    """Return how many of the opening's sentences, from its first on, the caller has to hear: not what follows them."""
    said = phrase_acts(decision, decision.language, profile)
    return sum(len(sentences) for act, sentences in said if act.name in _HEARD_WHOLE)
