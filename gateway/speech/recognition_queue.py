"""The one queue in front of the recognition engine, shared by the utterances of all calls.

``Waiting`` is the queue itself: it decides who is next, who is refused and who has waited too long, and knows no clock
of its own. ``RecognitionQueue`` drives the engine with it, one batch at a time in one thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from gateway.audio import Pcm
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.job import Job

T = TypeVar("T")

LONGEST_QUEUE = 32
LARGEST_BATCH = 1
"""On a CPU a batch takes as long as its members one after the other (0.26 s each, alone or by eight), so that nobody
gains and the first waits. On a GPU larger ones pay."""

Recognise: TypeAlias = Callable[[Sequence[Job]], Sequence[Transcript]]


@dataclass(eq=False, slots=True)
class Entry(Generic[T]):
    """Something that waits; ``deadline`` in the clock's seconds."""

    item: T
    deadline: float
    partial: bool = False


class Waiting(Generic[T]):
    """Entries in the order of their turn: first those that are not partial, each kind first come, first served."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._entries: list[Entry[T]] = []

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._entries)

    def add(self, entry: Entry[T]) -> list[Entry[T]]:
        """Queue ``entry``; return those that have to leave for it.

        A full queue gives up its newest partial entry for one that is not partial.

        Raises:
            OverflowError: the queue is full.

        """
        displaced: list[Entry[T]] = []
        if len(self._entries) >= self._longest:
            last = self._entries[-1]
            if entry.partial or not last.partial:
                raise OverflowError("the queue is full")
            displaced.append(self._entries.pop())
        place = len(self._entries)
        if not entry.partial:
            place = next((index for index, other in enumerate(self._entries) if other.partial), place)
        self._entries.insert(place, entry)
        return displaced

    def discard(self, entry: Entry[T]) -> None:
        """Take ``entry`` out if it is still waiting."""
        if entry in self._entries:
            self._entries.remove(entry)

    def take(self, most: int, now: float) -> tuple[list[Entry[T]], list[Entry[T]]]:
        """Return the next entries, ``most`` at most, and all whose deadline is over; both leave the queue."""
        late = [entry for entry in self._entries if entry.deadline <= now]
        self._entries = [entry for entry in self._entries if entry.deadline > now]
        turn, self._entries = self._entries[:most], self._entries[most:]
        return turn, late


@dataclass(frozen=True, slots=True)
class _Request:
    job: Job
    answer: asyncio.Future[Transcript]


class RecognitionQueue:
    """Feeds the engine. Create and use it inside one event loop."""

    def __init__(
        self,
        recognise: Recognise,
        *,
        longest: int = LONGEST_QUEUE,
        largest_batch: int = LARGEST_BATCH,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._recognise = recognise
        self._largest_batch = largest_batch
        self._clock = clock
        self._waiting: Waiting[_Request] = Waiting(longest)
        self._wake = asyncio.Event()
        self._closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recognition")
        self._worker = asyncio.create_task(self._work(), name="recognition-queue")

    def __len__(self) -> int:
        """Return how many utterances wait."""
        return len(self._waiting)

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        """Return what ``pcm`` says; cancelling takes it out of the queue.

        Raises:
            SpeechUnavailable: the queue is full, or is being closed.
            SpeechTimeout: ``hints.deadline_ms`` passed.

        """
        answer: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        seconds = hints.deadline_ms / 1000
        entry = Entry(_Request(Job(pcm, hints), answer), self._clock() + seconds, hints.partial)
        if self._closing:
            raise SpeechUnavailable("Recognition is being stopped.")
        try:
            displaced = self._waiting.add(entry)
        except OverflowError as error:
            raise SpeechUnavailable("Recognition is overloaded.") from error
        _fail(displaced, SpeechUnavailable("Recognition is overloaded."))
        self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError as error:
            raise SpeechTimeout("Recognition did not finish before the deadline.") from error
        finally:
            self._waiting.discard(entry)

    async def close(self) -> None:
        """Refuse what waits, and return when the engine has finished what it is doing."""
        self._closing = True
        waiting, late = self._waiting.take(len(self._waiting), self._clock())
        _fail([*waiting, *late], SpeechUnavailable("Recognition is being stopped."))
        self._wake.set()
        await self._worker
        await asyncio.to_thread(self._thread.shutdown)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            turn, late = self._waiting.take(self._largest_batch, self._clock())
            _fail(late, SpeechTimeout("Recognition did not begin before the deadline."))
            if not turn:
                if self._closing:
                    return
                self._wake.clear()
                continue
            jobs = [entry.item.job for entry in turn]
            try:
                transcripts = await loop.run_in_executor(self._thread, self._recognise, jobs)
            except Exception as error:  # noqa: BLE001 - whatever the engine raises is told to those who wait for it
                _fail(turn, SpeechError(f"Recognition failed: {error}"))
                continue
            for entry, transcript in zip(turn, transcripts, strict=True):
                if not entry.item.answer.done():
                    entry.item.answer.set_result(transcript)


def _fail(entries: Sequence[Entry[_Request]], error: SpeechError) -> None:
    for entry in entries:
        if not entry.item.answer.done():
            entry.item.answer.set_exception(error)
