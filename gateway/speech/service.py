"""The engines while the speech server runs: loading, ready, draining, or failed; each behind its queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import structlog

from gateway.audio import Pcm, Resampler
from gateway.speech.engine_watch import EngineWatch
from gateway.speech.interface import RecognitionHints, SpeechUnavailable, Transcript
from gateway.speech.job import Job
from gateway.speech.loaded_engines import Engines
from gateway.speech.metrics import SpeechMetrics
from gateway.speech.recognition_queue import RecognitionQueue
from gateway.speech.requests import SpeechRequest
from gateway.speech.streams import closed_after
from gateway.speech.synthesis_queue import SynthesisQueue, Utterable

_log = structlog.get_logger(__name__)

State: TypeAlias = Literal["loading", "ready", "draining", "failed", "hung"]

LOADING_RETRY_S = 5.0
DRAINING_RETRY_S = 2.0
HANGS_AFTER_DEADLINES = 3
HANGS_AFTER_AT_LEAST_S = 15.0
"""A batch that has taken so many times the longest deadline of its members, and this at least, hangs."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    engines: Engines
    recognition: RecognitionQueue
    synthesis: SynthesisQueue


class SpeechService:
    """What the routes use. Create and use it inside one event loop."""

    def __init__(
        self,
        load: Callable[[], Engines],
        *,
        metrics: SpeechMetrics | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``load`` is called once, in a thread."""
        self._load = load
        self._clock = clock
        self._loaded: _Loaded | None = None
        self._draining = False
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._told_of_hanging = False
        self.watch = EngineWatch(clock)
        self.metrics = metrics or SpeechMetrics()
        self.error: Exception | None = None
        self.settled = asyncio.Event()
        """Is set when loading is over, one way or the other."""

    @property
    def state(self) -> State:
        """How far the engines are."""
        if self.error is not None:
            return "failed"
        if self.hanging:
            return "hung"
        if self._draining:
            return "draining"
        return "loading" if self._loaded is None else "ready"

    @property
    def hanging(self) -> list[str]:
        """The jobs whose engine works on something that does not end."""
        hanging = self.watch.hung()
        if hanging and not self._told_of_hanging:
            _log.error("engine_hangs", jobs=hanging)
        self._told_of_hanging = bool(hanging)
        return hanging

    @property
    def engines(self) -> Engines | None:
        """The engines, once they are loaded."""
        return self._loaded.engines if self._loaded is not None else None

    @property
    def waiting(self) -> int:
        """How many requests wait for an engine."""
        return len(self._loaded.recognition) + len(self._loaded.synthesis) if self._loaded is not None else 0

    async def load(self) -> None:
        """Load the engines in a thread; a failure is kept in ``error``."""
        try:
            engines = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - told to the supervisor and to every request
            self.error = error
        else:
            self._loaded = self._with_queues(engines)
        finally:
            self.settled.set()

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        """Return what ``pcm`` says; cancelling withdraws it. Raise ``SpeechError``."""
        loaded = self.loaded()
        with self._under_way(), self.metrics.request("recognition", self._clock):
            return await loaded.recognition.recognise(pcm, hints)

    async def synthesise(self, request: SpeechRequest, rate: int | None) -> AsyncGenerator[Pcm]:
        """Yield the sound of a request, at ``rate`` or at the engine's own; closing the iterator withdraws it.

        Raises:
            ValueError: the voice is unknown.
            SpeechError: it can't be spoken, or not in time.

        """
        queue = self.loaded().synthesis
        what = Utterable(request.input, request.language, request.voice)
        made = queue.speak(what, deadline_s=request.deadline_ms / 1000, call=request.call, first=not request.later)
        resampler: Resampler | None = None
        with self._under_way(), self.metrics.request("synthesis", self._clock):
            async with closed_after(made) as sound:
                async for part in sound:
                    self.metrics.spoke(part.seconds)
                    if resampler is None:
                        resampler = Resampler(part.rate, rate or part.rate)
                    yield resampler.push(part)
                if resampler is not None:
                    yield resampler.push(Pcm.silence(0, resampler.source_rate), last=True)

    def loaded(self) -> _Loaded:
        """Return the engines with their queues; raise ``SpeechUnavailable`` while nothing new is taken."""
        if self._draining:
            raise SpeechUnavailable("The speech server is being stopped.", retry_after_s=DRAINING_RETRY_S)
        if self._loaded is None:
            raise SpeechUnavailable(f"The engines are {self.state}.", retry_after_s=LOADING_RETRY_S)
        return self._loaded

    @property
    def draining(self) -> bool:
        """Whether nothing new is taken any more."""
        return self._draining

    def drain(self) -> None:
        """Refuse what comes from now on; what is under way goes on."""
        self._draining = True

    async def idle(self) -> None:
        """Return when no request is under way any more."""
        await self._idle.wait()

    async def close(self) -> None:
        """Refuse what waits, and return when the engines have ended what they are doing."""
        self.drain()
        if self._loaded is not None:
            await asyncio.gather(self._loaded.recognition.close(), self._loaded.synthesis.close())

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    def _with_queues(self, engines: Engines) -> _Loaded:
        def recognise(jobs: Sequence[Job]) -> Sequence[Transcript]:
            deadline_s = max(job.hints.deadline_ms for job in jobs) / 1000
            limit_s = max(HANGS_AFTER_AT_LEAST_S, HANGS_AFTER_DEADLINES * deadline_s)
            with self.watch.working("recognition", limit_s):
                return engines.recognise(jobs)

        recognition = RecognitionQueue(
            recognise,
            at_once=engines.recognised_at_once,
            batching=engines.batching,
            largest=engines.largest_batch,
            observe=self.metrics.recognised,
        )
        synthesis = SynthesisQueue(
            engines.synthesis,
            at_once=engines.synthesised_at_once,
            watch=self.watch,
            observe=self.metrics.stages_of("synthesis"),
        )
        self.metrics.watch_waiting("recognition", recognition.__len__)
        self.metrics.watch_waiting("synthesis", synthesis.__len__)
        if engines.out_of_memory is not None:
            self.metrics.watch_memory(engines.out_of_memory)
        return _Loaded(engines, recognition, synthesis)
