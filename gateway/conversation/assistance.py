"""Asks a language model about a turn, within a deadline; whatever goes wrong, the rules go on without it."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import structlog

from gateway.conversation.assistance_metrics import AssistanceMetrics, Outcome
from gateway.dialogue.assistance import AnswerStream, ModelQuestion, ModelReading, QuestionKind, parse_reading
from gateway.language_model.errors import (
    LanguageModelError,
    ModelRejected,
    ModelRubbish,
    ModelTimeout,
    ModelUnavailable,
)
from gateway.language_model.interface import ChatModel

_log = structlog.get_logger(__name__)

_MARGIN_MS = 20
"""Kept of a deadline to use what has come of an answer."""
_OUTCOMES: dict[type[LanguageModelError], Outcome] = {
    ModelUnavailable: "unavailable",
    ModelTimeout: "timeout",
    ModelRejected: "rejected",
    ModelRubbish: "rubbish",
}


class ModelAssistance:
    """The help of ``model`` for any number of calls; each question has ``deadline_ms`` from asking to the last word."""

    def __init__(self, model: ChatModel, *, deadline_ms: int, metrics: AssistanceMetrics | None = None) -> None:
        self._model = model
        self._deadline_ms = deadline_ms
        self._metrics = metrics

    async def read(self, question: ModelQuestion) -> ModelReading | None:
        """Return what the model adds to the turn, checked; None when it adds nothing, or not in time.

        Never raises but when it is cancelled. The deadline holds whatever the model does.
        """
        began = time.monotonic()
        ask = self._read if question.kind is QuestionKind.READ else self._answer
        try:
            async with asyncio.timeout(self._deadline_ms / 1000):
                reading, outcome = await ask(question)
        except TimeoutError:
            reading, outcome = None, "timeout"
        except LanguageModelError as error:
            reading, outcome = None, _OUTCOMES.get(type(error), "unavailable")
            _log.warning("language_model_failed", kind=str(question.kind), error=str(error))
        if reading is not None and reading.is_empty:
            reading, outcome = None, "empty" if outcome == "answered" else outcome
        if self._metrics is not None:
            self._metrics.observe(question.kind, outcome, time.monotonic() - began)
        return reading

    async def _read(self, question: ModelQuestion) -> tuple[ModelReading, Outcome]:
        text = await self._model.complete(question.request(self._deadline_ms))
        return parse_reading(text, question), "answered"

    async def _answer(self, question: ModelQuestion) -> tuple[ModelReading, Outcome]:
        """Take sentences as they come; those that were checked when the stream breaks off are still an answer."""
        answer = AnswerStream(question)
        outcome: Outcome = "answered"
        # The margin lets what has come be used: the deadline outside would throw it away.
        deadline_ms = max(1, self._deadline_ms - _MARGIN_MS)
        try:
            async with (
                asyncio.timeout(deadline_ms / 1000),
                aclosing(self._model.stream(question.request(deadline_ms))) as pieces,
            ):
                async for piece in pieces:
                    answer.feed(piece)
                    if answer.done:
                        break
        except TimeoutError:
            outcome = "timeout"
        except LanguageModelError as error:
            outcome = _OUTCOMES.get(type(error), "unavailable")
            _log.warning("language_model_failed", kind=str(question.kind), error=str(error))
        if answer.fault is not None:
            outcome = "refused"
        return ModelReading(question.turn, known=answer.known), outcome
