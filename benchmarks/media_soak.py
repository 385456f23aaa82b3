"""Hours of calls that come and go, to see whether the media plane grows in memory, descriptors or delay."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from media_calls import Calls
from media_load import RtpLoad
from media_process import usage

from gateway.media.client.media_worker import MediaWorker

SHORTEST_CALL_S, LONGEST_CALL_S = 20.0, 120.0
BETWEEN_CALLS_S = 2.0
SAMPLE_S = 60.0
FEWEST_SAMPLES = 8

MEMORY_GROWTH_KB = 4096
DELAY_GROWTH_MS = 2.0
"""What may lie between the medians of the second and of the last quarter of the samples."""


async def soak(
    calls: Calls, load: RtpLoad, workers: Sequence[MediaWorker], *, count: int, hours: float, samples: Path
) -> dict[str, Any]:
    """Hold ``count`` calls for ``hours``, each for 20 to 120 s, and return the verdict.

    A sample a minute goes to the file ``samples`` as a line of JSON.
    """
    coming = [asyncio.create_task(_come_and_go(calls, number), name=f"line {number}") for number in range(count)]
    sampled: list[dict[str, Any]] = []
    began = time.monotonic()
    every = min(SAMPLE_S, hours * 3600 / FEWEST_SAMPLES)
    try:
        with samples.open("w") as file:
            load.reset()
            while time.monotonic() - began < hours * 3600:
                await asyncio.sleep(every)
                failed = next((task for task in coming if task.done()), None)
                if failed is not None:
                    failed.result()
                sampled.append(await _sample(calls, load, workers, time.monotonic() - began))
                load.reset()
                file.write(json.dumps(sampled[-1]) + "\n")
                file.flush()
    finally:
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
    return verdict(sampled)


async def _come_and_go(calls: Calls, number: int) -> None:
    generator = random.Random(number)
    await asyncio.sleep(generator.uniform(0, BETWEEN_CALLS_S * 5))
    while True:
        caller = await calls.add()
        try:
            await asyncio.sleep(generator.uniform(SHORTEST_CALL_S, LONGEST_CALL_S))
        finally:
            await calls.remove(caller)
        await asyncio.sleep(generator.uniform(0, BETWEEN_CALLS_S))


async def _sample(calls: Calls, load: RtpLoad, workers: Sequence[MediaWorker], at_s: float) -> dict[str, Any]:
    packets = load.report()
    used = usage([worker.pid for worker in workers if worker.pid is not None])
    ticks = [await worker.telemetry() for worker in workers]
    files = len(calls.callers) if calls.records else 0
    legs = sum(worker.legs for worker in workers)
    return {
        "at_s": round(at_s, 1),
        "legs": legs,
        "begun": calls.begun,
        "utterances": calls.counts.utterances,
        "hung_up": dict(calls.counts.hung_up),
        "cpu_s": round(used.total_cpu_s, 2),
        "rss_kb": used.rss_kb,
        "anonymous_kb": used.anonymous_kb,
        "descriptors_beyond_legs": used.descriptors - 2 * legs - files,
        "deviation_p99_ms": packets["deviation_ms"]["p99"],
        "deviation_max_ms": packets["deviation_ms"]["max"],
        "delay_p50_ms": packets["delay_ms"]["p50"],
        "delay_max_ms": packets["delay_ms"]["max"],
        "lost": packets["lost"],
        "bursts": packets["bursts"],
        "ticks_skipped": sum(tick.skipped for tick in ticks),
        "tick_busy_p99_ms": max(tick.busy_p99_ms for tick in ticks),
    }


def verdict(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what grew between the second and the last quarter of the samples, and whether that is acceptable.

    The first quarter is not judged: tables and pools fill. Raises ``SystemExit`` on fewer than 8 samples.
    """
    if len(samples) < FEWEST_SAMPLES:
        raise SystemExit(f"{len(samples)} samples are too few to judge; {FEWEST_SAMPLES} are needed")
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]

    def growth(name: str, middle: Callable[[list[float]], float] = statistics.median) -> float:
        return round(middle([each[name] for each in late]) - middle([each[name] for each in early]), 2)

    memory, delay = growth("anonymous_kb"), growth("delay_p50_ms")
    descriptors = growth("descriptors_beyond_legs", min)
    lost = sum(each["lost"] for each in samples)
    ends = samples[-1]["hung_up"]
    unwanted = sum(count for reason, count in ends.items() if reason != "gateway")
    return {
        "samples": len(samples),
        "calls": samples[-1]["begun"],
        "memory_growth_kb": memory,
        "delay_growth_ms": delay,
        "descriptor_growth": descriptors,
        "lost": lost,
        "calls_cut_off": unwanted,
        "deviation_p99_ms_worst_minute": max(each["deviation_p99_ms"] for each in samples),
        "deviation_max_ms": max(each["deviation_max_ms"] for each in samples),
        "passed": memory <= MEMORY_GROWTH_KB
        and delay <= DELAY_GROWTH_MS
        and descriptors <= 0
        and lost == 0
        and unwanted == 0,
    }
