"""The caller's refusal to be recorded: heard at any moment, answered once, never asked about again. Pure."""

from __future__ import annotations

from dataclasses import replace

from gateway.dialogue.model import Decision, DialogueContext, DialogueState, Intent, SpeechAct, Understanding
from gateway.dialogue.reply import acts


def refuses_recording(understanding: Understanding) -> bool:
    """Tell whether the caller does not want to be recorded."""
    return Intent.REFUSE_RECORDING in understanding.intents


def with_refusal(before: DialogueState, decision: Decision, context: DialogueContext) -> Decision:
    """Return ``decision`` after a refusal in the state ``before``: the recording stops, and the caller is told so."""
    stop = context.recording and not before.recording_refused
    said: tuple[SpeechAct, ...] = (*acts("recording_stopped" if stop else "recording_off"), *decision.acts)
    state = replace(decision.state, recording_refused=True, said=said)
    return replace(decision, acts=said, stop_recording=stop, state=state)
