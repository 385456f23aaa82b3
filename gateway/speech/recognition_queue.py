"""The one queue in front of the recognition engine, shared by the utterances of all calls.

``RecognitionSchedule`` decides who is next, who is refused and who is given up; ``RecognitionQueue`` drives the engine
with it, in as many threads as utterances may be recognised at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from gateway.audio import Pcm
from gateway.speech.batching import ONE_BY_ONE, Batching
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.job import Job
from gateway.speech.recognition_schedule import Entry, Overloaded, RecognitionSchedule

LONGEST_QUEUE = 32
BATCHES_THAT_WAIT = 4
"""Where batches are large, as many full ones may wait for each engine."""

Recognise: TypeAlias = Callable[[Sequence[Job]], Sequence[Transcript]]


@dataclass(frozen=True, slots=True)
class _Request:
    job: Job
    answer: asyncio.Future[Transcript]


@dataclass(frozen=True, slots=True)
class Turn:
    """A batch that was recognised: what it held, how long its members had waited, and how long it took."""

    sounds_s: tuple[float, ...]
    waited_s: tuple[float, ...]
    took_s: float
    failed: bool


class RecognitionQueue:
    """Feeds the engine, which is called in ``at_once`` threads. Create and use it inside one event loop.

    ``largest`` tells how many utterances the engine takes in a batch at the moment, where that changes (memory);
    ``observe`` is told of every batch.
    """

    def __init__(
        self,
        recognise: Recognise,
        *,
        at_once: int = 1,
        longest: int | None = None,
        batching: Batching = ONE_BY_ONE,
        largest: Callable[[], int] | None = None,
        observe: Callable[[Turn], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recognise = recognise
        self._largest = largest or (lambda: batching.largest)
        self._observe = observe
        self._clock = clock
        most = max(LONGEST_QUEUE, BATCHES_THAT_WAIT * batching.largest * at_once) if longest is None else longest
        self._schedule: RecognitionSchedule[_Request] = RecognitionSchedule(most, at_once, batching=batching)
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
        job = Job(pcm, hints, now + seconds, lambda: not answer.done())
        entry = Entry(_Request(job, answer), now, now + seconds, pcm.seconds, hints.partial)
        self._schedule.most = self._largest()
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
            self._schedule.most = self._largest()
            turn, late = self._schedule.take(self._clock())
            _fail(late, SpeechTimeout("Recognition could not be done before the deadline."))
            if turn:
                await self._recognise_now(turn)
            elif self._closing:
                return
            else:
                await self._until_due()

    async def _until_due(self) -> None:
        """Wait for the end of the window in which utterances are gathered, or for anything to be added."""
        due = self._schedule.due()
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - self._clock())):
                await self._wake.wait()

    async def _recognise_now(self, turn: Sequence[Entry[_Request]]) -> None:
        jobs = [entry.item.job for entry in turn]
        began = self._clock()
        failed = False
        try:
            transcripts = await asyncio.get_running_loop().run_in_executor(self._threads, self._recognise, jobs)
            answers = list(zip(turn, transcripts, strict=True))
        except SpeechUnavailable as error:
            failed = True
            _fail(turn, error)
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is told to those who wait for it
            failed = True
            _fail(turn, SpeechError(f"Recognition failed: {error}"))
        took_s = self._clock() - began
        whole = failed or not any(entry.item.answer.done() for entry in turn)
        self._schedule.done(turn, None if failed else took_s, whole=whole)
        if not failed:
            for entry, transcript in answers:
                if not entry.item.answer.done():
                    entry.item.answer.set_result(transcript)
        if self._observe is not None:
            waited_s = tuple(began - entry.came for entry in turn)
            self._observe(Turn(tuple(entry.sound_s for entry in turn), waited_s, took_s, failed))


def _fail(entries: Sequence[Entry[_Request]], error: SpeechError) -> None:
    for entry in entries:
        if not entry.item.answer.done():
            entry.item.answer.set_exception(error)
