"""Recognitions in flight: started at a pause, dropped when the caller goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

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


@dataclass(slots=True)
class _Work:
    """``over`` is set once the utterance is surely over."""

    over: asyncio.Event
    task: asyncio.Task[None]


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
        self._works: dict[int, _Work] = {}

    def start(self, utterance: int, pcm: Pcm, hints: RecognitionHints, *, partial: bool = False) -> None:
        """Begin to recognise ``pcm``.

        A ``partial`` one, begun at a pause that may end, only takes what nobody else needs of the recogniser. Where it
        was refused or failed, that is not reported; it is asked for again once the utterance is over (``promote``).
        """
        over = asyncio.Event()
        if not partial:
            over.set()
        work = self._recognise(utterance, pcm, hints, over)
        task = self._watch(asyncio.create_task(work, name=f"recognition-{utterance}"))
        self._works[utterance] = _Work(over, task)
        task.add_done_callback(lambda _: self._forget(utterance, task))

    def promote(self) -> None:
        """Take note that the caller's utterance is over: what is in flight and was not dropped is all of it."""
        for work in self._works.values():
            work.over.set()

    def drop(self, utterance: int) -> None:
        """Cancel the recognition of ``utterance``; its request is withdrawn from the recogniser."""
        if work := self._works.pop(utterance, None):
            work.task.cancel()

    def close(self) -> None:
        """Cancel all that is in flight."""
        for utterance in list(self._works):
            self.drop(utterance)

    def _forget(self, utterance: int, task: asyncio.Task[None]) -> None:
        work = self._works.get(utterance)
        if work is not None and work.task is task:
            del self._works[utterance]

    async def _recognise(self, utterance: int, pcm: Pcm, hints: RecognitionHints, over: asyncio.Event) -> None:
        began = time.monotonic()
        transcript: Transcript | None = None
        if not over.is_set():
            transcript = await self._attempt(pcm, replace(hints, partial=True))
        if transcript is None:
            await over.wait()
            began = time.monotonic()
            transcript = await self._attempt(pcm, hints)
        self._report(Recognised(utterance, transcript, time.monotonic() - began))

    async def _attempt(self, pcm: Pcm, hints: RecognitionHints) -> Transcript | None:
        try:
            return await self._recogniser.recognise(pcm, hints)
        except SpeechError as error:
            _log.warning("recognition_failed", error=type(error).__name__, partial=hints.partial)
            return None
