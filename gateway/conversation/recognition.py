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

LEAST_MS = 500
"""Less than that isn't worth another attempt."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The result for ``utterance`` after ``seconds`` of work; ``transcript`` is None when recognition failed."""

    utterance: int
    transcript: Transcript | None
    seconds: float


class _End:
    """The end of an utterance, once it is certain."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._certain = asyncio.Event()

    @property
    def is_certain(self) -> bool:
        return self._at is not None

    def now(self) -> None:
        """Take note that the utterance is over."""
        if self._at is None:
            self._at = time.monotonic()
            self._certain.set()

    async def since_s(self) -> float:
        """Wait for the end; return how many seconds ago it was."""
        await self._certain.wait()
        return time.monotonic() - (self._at or 0.0)


@dataclass(slots=True)
class _Work:
    end: _End
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
        was refused or failed, that is not reported; it is asked for again once the utterance is over (``promote``),
        in what is left then of the deadline.
        """
        end = _End()
        if not partial:
            end.now()
        work = self._recognise(utterance, pcm, hints, end)
        task = self._watch(asyncio.create_task(work, name=f"recognition-{utterance}"))
        self._works[utterance] = _Work(end, task)
        task.add_done_callback(lambda _: self._forget(utterance, task))

    def promote(self) -> None:
        """Take note that the caller's utterance is over: what is in flight and was not dropped is all of it."""
        for work in self._works.values():
            work.end.now()

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

    async def _recognise(self, utterance: int, pcm: Pcm, hints: RecognitionHints, end: _End) -> None:
        began = time.monotonic()
        transcript: Transcript | None = None
        if not end.is_certain:
            transcript = await self._attempt(pcm, replace(hints, partial=True))
        if transcript is None:
            left_ms = hints.deadline_ms - round(1000 * await end.since_s())
            if left_ms >= LEAST_MS:
                began = time.monotonic()
                transcript = await self._attempt(pcm, replace(hints, deadline_ms=left_ms))
        self._report(Recognised(utterance, transcript, time.monotonic() - began))

    async def _attempt(self, pcm: Pcm, hints: RecognitionHints) -> Transcript | None:
        try:
            return await self._recogniser.recognise(pcm, hints)
        except SpeechError as error:
            if hints.partial:
                _log.info("partial_recognition_failed", error=type(error).__name__)
            else:
                _log.warning("recognition_failed", error=type(error).__name__)
            return None
