"""What the speech server counts, for Prometheus. No label takes its value from a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from gateway.speech.gpu_figures import Gpu, GpuFigures
from gateway.speech.interface import SpeechOutOfMemory, SpeechTimeout, SpeechUnavailable
from gateway.speech.recognition_queue import Turn
from gateway.speech.stages import Observe

Job: TypeAlias = Literal["recognition", "synthesis"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
_BATCHES = (1, 2, 4, 8, 16, 32, 64)


class SpeechMetrics:
    """Counters of one server in a registry of their own."""

    def __init__(self, gpus: Sequence[Gpu] = ()) -> None:
        """``gpus`` are those whose figures are shown."""
        self.registry = CollectorRegistry()
        if gpus:
            self.registry.register(GpuFigures(gpus))
        self._stages = Histogram(
            "speech_stage_seconds",
            "Seconds by job and stage: waiting, encode, generate, first_audio, whole",
            ["job", "stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._requests = Counter(
            "speech_requests",
            "Requests by job and outcome: done, refused, late, cancelled, out_of_memory, failed",
            ["job", "outcome"],
            registry=self.registry,
        )
        self._sound = Counter(
            "speech_sound_seconds", "Seconds of sound heard or spoken", ["job"], registry=self.registry
        )
        self._batches = Histogram(
            "speech_batch_size",
            "Utterances recognised together",
            buckets=_BATCHES,
            registry=self.registry,
        )
        self._waiting = Gauge("speech_waiting", "Requests that wait for an engine", ["job"], registry=self.registry)
        self._running = Gauge("speech_running", "Requests under way", ["job"], registry=self.registry)
        for job in ("recognition", "synthesis"):
            self._running.labels(job)
            self._sound.labels(job)

    def watch_waiting(self, job: Job, count: Callable[[], float]) -> None:
        """Show what ``count`` returns whenever the metrics are read."""
        self._waiting.labels(job).set_function(count)

    def watch_memory(self, failures: Callable[[], int]) -> None:
        """Show how often recognition ran out of memory and went on with a smaller batch."""
        self.registry.register(_OutOfMemory(failures))

    def stages_of(self, job: Job) -> Observe:
        """Return what takes in the stages of one job; it may be called from any thread."""
        return lambda stage, seconds: self._stages.labels(job, stage).observe(seconds)

    def recognised(self, turn: Turn) -> None:
        """Take in a batch that was recognised."""
        self._batches.observe(len(turn.sounds_s))
        self._sound.labels("recognition").inc(sum(turn.sounds_s))
        for waited_s in turn.waited_s:
            self._stages.labels("recognition", "waiting").observe(waited_s)

    def spoke(self, seconds: float) -> None:
        """Take in that so many seconds of sound were made."""
        self._sound.labels("synthesis").inc(seconds)

    @contextmanager
    def request(self, job: Job, clock: Callable[[], float]) -> Iterator[None]:
        """Count the request that is answered within the block, its length, and how it ends."""
        began = clock()
        outcome = "failed"
        self._running.labels(job).inc()
        try:
            yield
            outcome = "done"
            self._stages.labels(job, "whole").observe(clock() - began)
        except SpeechTimeout:
            outcome = "late"
            raise
        except SpeechOutOfMemory:
            outcome = "out_of_memory"
            raise
        except SpeechUnavailable:
            outcome = "refused"
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome = "cancelled"
            raise
        finally:
            self._running.labels(job).dec()
            self._requests.labels(job, outcome).inc()


class _OutOfMemory(Collector):
    def __init__(self, failures: Callable[[], int]) -> None:
        self._failures = failures

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(
            "speech_out_of_memory",
            "How often recognition ran out of memory and went on with a smaller batch",
            value=self._failures(),
        )
