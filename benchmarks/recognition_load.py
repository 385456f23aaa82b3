"""How many utterances a recogniser takes, and how long callers wait, when many speak at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gateway.audio import Pcm
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.interface import RecognitionHints, SpeechError
from gateway.speech.recognition_queue import RecognitionQueue, Turn

DEADLINE_MS = 120_000
"""Long enough that nobody is refused: what is measured is the wait, not who is sent away."""


@dataclass(frozen=True)
class Load:
    """What so many callers got, each of whom speaks again as soon as the last utterance was recognised."""

    callers: int
    utterances: int
    failed: int
    a_second: float
    sound_a_second: float
    wait_p50_ms: float
    wait_p95_ms: float
    """In the queue, until the engine begins."""
    total_p50_ms: float
    total_p95_ms: float
    mean_batch: float


async def under_load(engine: WhisperEngine, sounds: Sequence[Pcm], callers: int, rounds: int) -> Load:
    """Let ``callers`` each have ``rounds`` utterances recognised, one after the other."""
    turns: list[Turn] = []
    totals: list[float] = []
    failed = 0
    queue = RecognitionQueue(
        engine.recognise,
        at_once=engine.at_once,
        longest=10_000,
        batching=engine.batching,
        largest=engine.largest_batch,
        observe=turns.append,
    )

    async def call(number: int) -> None:
        nonlocal failed
        for each in range(rounds):
            sound = sounds[(number + each * callers) % len(sounds)]
            began = time.perf_counter()
            try:
                await queue.recognise(sound, RecognitionHints(deadline_ms=DEADLINE_MS))
            except SpeechError:
                failed += 1
            totals.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(call(number) for number in range(callers)))
    took = time.perf_counter() - began
    await queue.close()
    waits = [1000 * wait for turn in turns for wait in turn.waited_s]
    sound_s = sum(sound for turn in turns for sound in turn.sounds_s)
    return Load(
        callers=callers,
        utterances=len(totals),
        failed=failed,
        a_second=len(totals) / took,
        sound_a_second=sound_s / took,
        wait_p50_ms=float(np.percentile(waits, 50)),
        wait_p95_ms=float(np.percentile(waits, 95)),
        total_p50_ms=float(np.percentile(totals, 50)) * 1000,
        total_p95_ms=float(np.percentile(totals, 95)) * 1000,
        mean_batch=len(waits) / len(turns),
    )
