"""Answers that are prepared while the caller pauses, perhaps for good.

What the dialogue would say to the words so far is synthesised ahead, or the model is asked ahead. When the turn ends
with these words, the answer is there at once; when the caller goes on, all of it is dropped, and nobody heard of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from gateway.dialogue.assistance.question import ModelQuestion, ModelReading
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import CallerTurn
from gateway.speech.synthesis_ahead import MOST_PREPARED, SynthesisAhead


class ModelReader(Protocol):
    """Asks a language model within a deadline."""

    async def read(self, question: ModelQuestion) -> ModelReading | None:
        """Return what the model makes of ``question``; None for nothing usable in time. Never raises."""
        ...


class Preparing:
    """Prepares one answer at a time; ``watch`` is handed every task, to learn of faults."""

    def __init__(
        self,
        dialogue: Dialogue,
        synthesis: SynthesisAhead,
        assistance: ModelReader | None,
        watch: Callable[[asyncio.Task[ModelReading | None]], asyncio.Task[ModelReading | None]],
    ) -> None:
        self._dialogue = dialogue
        self._synthesis = synthesis
        self._assistance = assistance
        self._watch = watch
        self._reading: tuple[CallerTurn, asyncio.Task[ModelReading | None]] | None = None

    def begin(self, turn: CallerTurn) -> None:
        """Prepare the answer to ``turn`` in the place of what was prepared before."""
        self.drop()
        question = self.wanted_from_model(turn)
        if question is not None and self._assistance is not None:
            asking = asyncio.create_task(self._assistance.read(question), name="reading-ahead")
            self._reading = (turn, self._watch(asking))
            return
        decision = self._dialogue.consider(turn)
        for sentence in self._dialogue.sentences(decision)[:MOST_PREPARED]:
            self._synthesis.prepare(sentence, decision.language)

    def drop(self) -> None:
        """Give up what was prepared."""
        self._synthesis.drop()
        if self._reading is not None:
            self._reading[1].cancel()
            self._reading = None

    async def read(self, question: ModelQuestion) -> ModelReading | None:
        """Return what the model reads, which may have been asked ahead; None for nothing usable."""
        if self._reading is None or self._reading[0] != question.turn:
            return None if self._assistance is None else await self._assistance.read(question)
        _, asking = self._reading
        self._reading = None
        try:
            return await asking
        finally:
            asking.cancel()

    def wanted_from_model(self, turn: CallerTurn) -> ModelQuestion | None:
        """Return what a model shall be asked about ``turn``; None where the rules suffice, or there is no model."""
        return None if self._assistance is None else self._dialogue.wanted_from_model(turn)
