"""Puts what a model read to what the rules read: it adds, and takes nothing away."""

from __future__ import annotations

from dataclasses import replace

from gateway.dialogue.assistance.question import ModelReading
from gateway.dialogue.intents import PRIORITY
from gateway.dialogue.model import Understanding


def merge(understanding: Understanding, reading: ModelReading | None) -> Understanding:
    """Return ``understanding`` with what ``reading`` adds; a reading of another turn adds nothing."""
    if reading is None or reading.turn != understanding.turn:
        return understanding
    known = {fact.name for fact in understanding.facts} | set(understanding.rejected)
    intents = {*understanding.intents, *reading.intents}
    return replace(
        understanding,
        intents=tuple(intent for intent in PRIORITY if intent in intents),
        facts=(*understanding.facts, *(fact for fact in reading.facts if fact.name not in known)),
        answer=reading.answer if understanding.answer is None else understanding.answer,
        known=reading.known or understanding.known,
    )
