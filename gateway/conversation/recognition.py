"""Recognitions in flight: started at a pause, dropped when the caller goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateway.audio import Pcm
from gateway.speech.interface import Recogniser, RecognitionHints, SpeechError, Transcript

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The result for ``utterance`` after ``seconds`` of work; ``transcript`` is None when recognition failed."""

    utterance: int
    transcript: Transcript | None
    seconds: float


class Recognitions:
    """Runs one task an utterance and reports its result to ``report``; a dropped one reports nothing.

    ``watch`` is handed every task, to learn of faults.
    """

    def __init__(
        self,
        recogniser: Recogniser,
        report: Callable[[Recognised], None],
        watch: Callable[[asyncio.Task[None]], asyncio.Task[None]],
    ) -> None:
        self._recogniser = recogniser
        self._report = report
        self._watch = watch
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def start(self, utterance: int, pcm: Pcm, hints: RecognitionHints) -> None:
        """Begin to recognise ``pcm``."""
        work = self._recognise(utterance, pcm, hints)
        task = self._watch(asyncio.create_task(work, name=f"recognition-{utterance}"))
        self._tasks[utterance] = task
        task.add_done_callback(lambda _: self._tasks.pop(utterance, None))

    def drop(self, utterance: int) -> None:
        """Cancel the recognition of ``utterance``; its request is withdrawn from the recogniser."""
        if task := self._tasks.pop(utterance, None):
            task.cancel()

    def close(self) -> None:
        """Cancel all that is in flight."""
        for utterance in list(self._tasks):
            self.drop(utterance)

    async def _recognise(self, utterance: int, pcm: Pcm, hints: RecognitionHints) -> None:
        began = time.monotonic()
        try:
            transcript: Transcript | None = await self._recogniser.recognise(pcm, hints)
        except SpeechError as error:
            _log.warning("recognition_failed", error=type(error).__name__)
            transcript = None
        self._report(Recognised(utterance, transcript, time.monotonic() - began))
