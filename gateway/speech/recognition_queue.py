"""The one queue in front of the recognition engine, shared by the utterances of all calls.

``RecognitionSchedule`` decides who is next, who is refused and who is given up; ``RecognitionQueue`` drives the engine
with it, in as many threads as utterances may be recognised at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from gateway.audio import Pcm
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.job import Job
from gateway.speech.recognition_schedule import Entry, Overloaded, RecognitionSchedule

LONGEST_QUEUE = 32
LARGEST_BATCH = 1
"""On a CPU a batch takes as long as its members one after the other (0.26 s each, alone or by eight), so that nobody
gains and the first waits. On a GPU larger ones pay."""

Recognise: TypeAlias = Callable[[Sequence[Job]], Sequence[Transcript]]


@dataclass(frozen=True, slots=True)
class _Request:
    job: Job
    answer: asyncio.Future[Transcript]


class RecognitionQueue:
    """Feeds the engine, which is called in ``at_once`` threads. Create and use it inside one event loop."""

    def __init__(
        self,
        recognise: Recognise,
        *,
        at_once: int = 1,
        longest: int = LONGEST_QUEUE,
        largest_batch: int = LARGEST_BATCH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recognise = recognise
        self._largest_batch = largest_batch
        self._clock = clock
        self._schedule: RecognitionSchedule[_Request] = RecognitionSchedule(longest, at_once)
        self._wake = asyncio.Event()
        self._closing = False
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="recognition")
        self._workers = [
            asyncio.create_task(self._work(), name=f"recognition-{number}") for number in range(1, at_once + 1)
        ]

    def __len__(self) -> int:
        """Return how many utterances wait."""
        return len(self._schedule)

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        """Return what ``pcm`` says; cancelling takes it out of the queue.

        Raises:
            SpeechUnavailable: it could not be done in time, the queue is full, or is being closed.
            SpeechTimeout: ``hints.deadline_ms`` passed.

        """
        if self._closing:
            raise SpeechUnavailable("Recognition is being stopped.")
        answer: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        seconds, now = hints.deadline_ms / 1000, self._clock()
        entry = Entry(_Request(Job(pcm, hints), answer), now, now + seconds, pcm.seconds, hints.partial)
        try:
            displaced = self._schedule.add(entry)
        except Overloaded as error:
            raise SpeechUnavailable("Recognition is overloaded.") from error
        _fail(displaced, SpeechUnavailable("Recognition is overloaded."))
        self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError as error:
            raise SpeechTimeout("Recognition did not finish before the deadline.") from error
        finally:
            self._schedule.discard(entry)

    async def close(self) -> None:
        """Refuse what waits, and return when the engine has finished what it is doing."""
        self._closing = True
        _fail(self._schedule.clear(), SpeechUnavailable("Recognition is being stopped."))
        self._wake.set()
        await asyncio.gather(*self._workers)
        await asyncio.to_thread(self._threads.shutdown)

    async def _work(self) -> None:
        while True:
            turn, late = self._schedule.take(self._largest_batch, self._clock())
            _fail(late, SpeechTimeout("Recognition could not be done before the deadline."))
            if turn:
                await self._recognise_now(turn)
            elif self._closing:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _recognise_now(self, turn: Sequence[Entry[_Request]]) -> None:
        jobs = [entry.item.job for entry in turn]
        began = self._clock()
        try:
            transcripts = await asyncio.get_running_loop().run_in_executor(self._threads, self._recognise, jobs)
            answers = list(zip(turn, transcripts, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is told to those who wait for it
            self._schedule.done(turn, None)
            _fail(turn, SpeechError(f"Recognition failed: {error}"))
            return
        self._schedule.done(turn, self._clock() - began)
        for entry, transcript in answers:
            if not entry.item.answer.done():
                entry.item.answer.set_result(transcript)


def _fail(entries: Sequence[Entry[_Request]], error: SpeechError) -> None:
    for entry in entries:
        if not entry.item.answer.done():
            entry.item.answer.set_exception(error)
