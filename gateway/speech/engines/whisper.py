"""Whisper on CTranslate2, encoded once, on the CPU or on GPUs.

The stock pipeline encodes 30 seconds for the language and again for the text. Here the utterance is padded by a few
seconds, encoded once, and both are read from that one encoder output (``whisper_batch``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import ctranslate2
import structlog

from gateway.audio import Pcm
from gateway.speech.batching import Batching
from gateway.speech.engines.batch_limit import BatchLimit, is_out_of_memory
from gateway.speech.engines.devices import Device, choose_compute_type, find_devices
from gateway.speech.engines.features import QUIET_DBFS, WHISPER_RATE, loudest_dbfs, waveform
from gateway.speech.engines.whisper_batch import Batch, Measure, Stage, Utterance, nothing_heard
from gateway.speech.engines.whisper_model import LoadModel, WhisperModel
from gateway.speech.engines.whisper_options import CPU_BATCH, GPU_BATCH, WhisperOptions
from gateway.speech.interface import RecognitionHints, SpeechUnavailable, Transcript
from gateway.speech.job import Job

_log = structlog.get_logger(__name__)

SHORTEST_S = 0.1
MOST_AT_ONCE = 4
"""Utterances that a CPU recognises at the same time; further cores make each of them faster.

A second core makes one utterance hardly any faster (0.28 s for 0.29 s), but two utterances take turns on two cores in
0.15 s each."""


def _measure_nothing(_stage: Stage, _seconds: float) -> None:
    return


@dataclass(frozen=True, slots=True)
class _Worker:
    """A model that takes one more batch, and how large a batch may be there."""

    model: WhisperModel
    limit: BatchLimit


class WhisperEngine:
    """A loaded model. Blocking; to be used by ``at_once`` threads at a time.

    On a CPU all of them use one model. On GPUs each has a copy of its own and takes one batch at a time.
    """

    def __init__(
        self,
        folder: Path,
        options: WhisperOptions = WhisperOptions(),  # noqa: B008 - immutable
        *,
        devices: Sequence[Device] | None = None,
        compute_type: Callable[[str, Device], str] = choose_compute_type,
        load: LoadModel = ctranslate2.models.Whisper,
        clock: Callable[[], float] = time.monotonic,
        measure: Measure = _measure_nothing,
    ) -> None:
        """Load the model in ``folder``; ``devices`` in place of those that the options name.

        Raises:
            DeviceError: there is no such device or compute type.
            NoWhisperModel: the folder holds no such model, or it does not fit.

        """
        self.devices = tuple(devices or find_devices(options.device))
        self.threads = options.threads or len(os.sched_getaffinity(0))
        self._options = options
        self._clock = clock
        self._measure = measure
        on_cpu = self.devices[0].kind == "cpu"
        workers = min(MOST_AT_ONCE, self.threads) if on_cpu else 1
        self.at_once = workers * len(self.devices)
        self.batching = Batching(
            options.largest_batch or (1 if on_cpu else GPU_BATCH), 0.0 if on_cpu else options.window_ms / 1000
        )
        self.compute_types = tuple(compute_type(options.compute_type, device) for device in self.devices)
        most = max(CPU_BATCH, self.batching.largest)
        self._workers: list[_Worker] = []
        for device, chosen in zip(self.devices, self.compute_types, strict=True):
            model = WhisperModel(
                folder, device, chosen, threads=max(1, self.threads // workers), workers=workers, load=load
            )
            self._workers += [_Worker(model, BatchLimit(most, clock)) for _ in range(workers)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)

    def largest_batch(self) -> int:
        """Return how many utterances are worth handing over together now, less than usual after memory ran out."""
        return min(self.batching.largest, max(worker.limit.size for worker in self._workers))

    @property
    def out_of_memory(self) -> int:
        """How often memory ran out so far."""
        return sum(worker.limit.failures for worker in self._workers)

    def warm_up(self) -> None:
        """Run over silence, as often as at once, so that the first callers don't wait for memory to be allocated."""
        job = Job(Pcm.silence(1000, WHISPER_RATE), RecognitionHints())
        with ThreadPoolExecutor(self.at_once) as threads:
            for run in [threads.submit(self._transcribe, [_utterance(job)]) for _ in range(self.at_once)]:
                run.result()

    def recognise(self, jobs: Sequence[Job]) -> list[Transcript]:
        """Return what each of ``jobs`` says.

        Raises:
            SpeechUnavailable: the device's memory does not even hold one of them at the moment.

        """
        utterances = [_utterance(job) for job in jobs]
        loud = [
            each for each in utterances if each.job.pcm.seconds >= SHORTEST_S and loudest_dbfs(each.wave) > QUIET_DBFS
        ]
        heard = dict(zip(loud, self._transcribe(loud), strict=True)) if loud else {}
        return [heard.get(each) or nothing_heard(each.hints) for each in utterances]

    def _transcribe(self, utterances: Sequence[Utterance]) -> list[Transcript]:
        worker = self._idle.get()
        try:
            return self._within_memory(worker, utterances)
        finally:
            self._idle.put(worker)

    def _within_memory(self, worker: _Worker, utterances: Sequence[Utterance]) -> list[Transcript]:
        """Run the batch; where memory runs out, again in halves."""
        while True:
            batch = Batch(
                worker.model,
                utterances,
                worker.limit.size,
                decode_again=self._options.decode_again,
                clock=self._clock,
                measure=self._measure,
            )
            try:
                transcripts = batch.run()
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                again = worker.limit.ran_out(batch.rows)
                _log.warning("recognition_out_of_memory", device=str(worker.model.device), batch=batch.rows)
                if not again:
                    raise SpeechUnavailable("Recognition is out of memory.") from error
            else:
                worker.limit.fitted(batch.rows)
                return transcripts


def _utterance(job: Job) -> Utterance:
    hints = job.hints
    shares = {} if hints.language is None else {hints.language: 1.0}
    return Utterance(job, waveform(job.pcm), hints.language or hints.languages[0], shares)
