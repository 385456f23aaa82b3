"""What the media plane takes and gives: CPU and memory per call, exactness of its packets, its delay.

Real media workers carry legs that have what a call has in operation: jitter buffer, concealment, RTCP, voice activity
detection, recording, a prompt whenever the caller has spoken. The callers are a process of its own, ``rtp_load.c``,
compiled by ``cc`` when this starts: it sends G.711 in turns of speech and pause and measures what comes back with the
kernel's receive timestamps. CPU is counted by the kernel for each thread; what the main process (the client of the
workers) uses stands apart.

    .venv/bin/python benchmarks/media_plane.py --calls 100 --seconds 60
    .venv/bin/python benchmarks/media_plane.py --table
    .venv/bin/python benchmarks/media_plane.py --calls 50 --soak 1 --samples soak.jsonl
    .venv/bin/python benchmarks/media_plane.py --sip 5060

Prints a table and one JSON line. Two CPUs are needed, one for the worker and one for everything else, and nothing else
may run on the machine where the exactness is to mean something.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from media_calls import Calls
from media_load import Line, RtpLoad, recorded_sentences, running_load, spoken_sentences, turns
from media_process import Usage, machine_busy_s, usage
from media_report import Figures, table
from media_sip import serve
from media_soak import soak

from gateway.audio import Pcm
from gateway.logs import configure_logging
from gateway.media.client.media_worker import MediaWorker
from gateway.media.client.worker_process import Detector
from gateway.media.errors import MediaError

WORKER_PORTS = (26_000, 31_998)
CALLS_A_SECOND = 50
PAIRS = 8
"""Bridged pairs whose delay is measured: each has its own phase against the worker's tick."""
SPARE_SLOTS = 8
"""Callers beyond those that talk at a time, so that a slot rests before the next call gets it."""


@dataclass(frozen=True)
class Run:
    """What to measure; the fields are the options of the command line."""

    calls: int
    seconds: float
    talk: float
    recording: bool
    detector: Detector
    workers: int
    pairs: int
    line: Line
    settle: float
    worker_cpus: tuple[int, ...]
    load_cpu: int | None

    @property
    def legs(self) -> int:
        """How many legs the workers have."""
        return self.calls + 2 * self.pairs


@contextlib.asynccontextmanager
async def running_workers(run: Run) -> AsyncIterator[list[MediaWorker]]:
    """Start the workers, each with a share of the ports and on its CPU, and stop them afterwards."""
    share = (WORKER_PORTS[1] - WORKER_PORTS[0]) // run.workers // 2 * 2
    firsts = [WORKER_PORTS[0] + number * share for number in range(run.workers)]
    cpus = itertools.cycle(run.worker_cpus or [None])
    workers = [
        MediaWorker(port_min=first, port_max=first + share - 1, cpu=cpu, detector=run.detector)
        for first, cpu in zip(firsts, cpus, strict=False)
    ]
    try:
        for worker in workers:
            await worker.start()
        yield workers
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))


@contextlib.asynccontextmanager
async def running_calls(run: Run, sentences: list[Pcm]) -> AsyncIterator[tuple[Calls, RtpLoad, list[MediaWorker]]]:
    """Start load process and workers; yield them with the calls, of which only the bridged pairs are there yet."""
    sound = turns(sentences, run.talk)
    with running_load(run.legs + SPARE_SLOTS, sound, run.line, run.load_cpu) as load, _folder(run.recording) as folder:
        async with running_workers(run) as workers:
            yield Calls(workers, load, sentences, folder), load, workers


def pids_of(workers: list[MediaWorker]) -> list[int]:
    """Return the workers' process numbers; end the benchmark when one has died."""
    pids = [worker.pid for worker in workers if worker.pid is not None]
    if len(pids) != len(workers):
        raise SystemExit("A media worker has died.")
    return pids


async def measure(run: Run, sentences: list[Pcm]) -> Figures:
    """Hold the calls of ``run`` and return its figures."""
    async with running_calls(run, sentences) as (calls, load, workers):
        pids = pids_of(workers)
        empty = usage(pids)
        for _ in range(run.pairs):
            await calls.add_bridge()
        for _ in range(run.calls):
            await calls.add()
            await asyncio.sleep(1 / CALLS_A_SECOND)
        await asyncio.sleep(run.settle)
        before, own, began = usage(pids), time.process_time(), time.monotonic()
        load_cpu, machine = usage([load.pid]).total_cpu_s, machine_busy_s()
        load.reset()
        await asyncio.sleep(run.seconds)
        packets = load.report()
        own, elapsed = time.process_time() - own, time.monotonic() - began
        after = usage(pids_of(workers))
        load_cpu, machine = usage([load.pid]).total_cpu_s - load_cpu, machine_busy_s() - machine
        others = machine - load_cpu - own - after.total_cpu_s + before.total_cpu_s
        ticks = [await worker.telemetry() for worker in workers]
        statistics = await asyncio.gather(*(caller.leg.statistics() for caller in calls.callers))
        for caller in list(calls.callers):
            await calls.remove(caller)
    legs = max(1, len(statistics))
    return {
        "calls": run.calls,
        "pairs": run.pairs,
        "seconds": round(elapsed, 1),
        "talk": run.talk,
        "recording": run.recording,
        "detector": run.detector,
        "workers": run.workers,
        **_costs(empty, before, after, elapsed, run.legs),
        "main_cpu_percent_per_call": round(100 * own / elapsed / legs, 4),
        "others_cpu_percent": round(100 * max(0.0, others) / elapsed, 1),
        "packets": packets,
        "ticks": [{name: getattr(tick, name) for name in tick.__struct_fields__} for tick in ticks],
        "legs": {
            "lost": sum(each.packets_lost for each in statistics),
            "late": sum(each.packets_late for each in statistics),
            "delay_ms": round(sum(each.delay_ms for each in statistics) / legs, 1),
            "concealed_ms": sum(each.concealed_ms for each in statistics),
        },
        "heard": vars(calls.counts),
    }


def _costs(empty: Usage, before: Usage, after: Usage, elapsed: float, legs: int) -> dict[str, Any]:
    """Return the workers' CPU in percent of a core and their memory, for each leg."""
    spent = {name: seconds - before.cpu_s.get(name, 0.0) for name, seconds in after.cpu_s.items()}
    return {
        "cpu_percent": round(100 * sum(spent.values()) / elapsed, 2),
        "cpu_percent_per_call": round(100 * sum(spent.values()) / elapsed / legs, 4),
        "cpu_percent_by_thread": {name: round(100 * value / elapsed, 2) for name, value in sorted(spent.items())},
        "anonymous_kb_per_call": round((after.anonymous_kb - empty.anonymous_kb) / legs, 1),
        "rss_kb_per_call": round((after.rss_kb - empty.rss_kb) / legs, 1),
        "rss_mb": round(after.rss_kb / 1024, 1),
    }


@contextlib.contextmanager
def _folder(recording: bool) -> Iterator[Path | None]:
    """Yield a folder for the recordings, None without."""
    if not recording:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


async def measure_table(run: Run, sentences: list[Pcm]) -> list[Figures]:
    """Measure what is promised of the media plane, one after the other, ending with the most calls on one core."""
    figures = [
        await measure(each, sentences)
        for each in (run, replace(run, recording=False, detector="webrtc"), replace(run, calls=10, pairs=PAIRS))
    ]
    for calls in (300, 400, 500, 600, 800, 1000):
        try:
            figures.append(await measure(replace(run, calls=calls), sentences))
        except MediaError as error:
            print(f"{calls} calls: {error}", file=sys.stderr)
            break
        packets = figures[-1]["packets"]
        if packets["lost"] or packets["deviation_ms"]["p99"] >= 5:
            break
    return figures


async def measure_soak(run: Run, sentences: list[Pcm], hours: float, samples: Path) -> Figures:
    """Let calls come and go, with bridged pairs beside them whose delay is measured, and return the verdict."""
    async with running_calls(replace(run, pairs=PAIRS), sentences) as (calls, load, workers):
        for _ in range(PAIRS):
            await calls.add_bridge()
        return await soak(calls, load, workers, count=run.calls, hours=hours, samples=samples)


async def answer_sip(run: Run, sentences: list[Pcm], port: int) -> None:
    """Answer SIP calls until this process is told to end."""
    with _folder(run.recording) as folder:
        async with running_workers(run) as workers:
            await serve(port, workers, sentences, folder)


def _commit() -> str | None:
    """Return the version of the tree that is measured, where git knows it."""
    folder = Path(__file__).resolve().parent
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30, help="how long each run is measured")
    parser.add_argument("--settle", type=float, default=8, help="how long it runs before that")
    parser.add_argument("--talk", type=float, default=0.4, help="fraction of the time that the callers speak")
    parser.add_argument("--no-recording", action="store_true")
    parser.add_argument("--vad", choices=get_args(Detector), default="silero", help="what judges speech")
    parser.add_argument("--workers", type=int, default=1, help="media workers")
    parser.add_argument("--pairs", type=int, default=0, help="bridged pairs beside the calls, whose delay is measured")
    parser.add_argument("--table", action="store_true", help="measure everything that is promised")
    parser.add_argument("--soak", type=float, metavar="HOURS", help="let calls come and go for so long")
    parser.add_argument("--samples", type=Path, default=Path("soak.jsonl"), help="file for the soak's samples")
    parser.add_argument("--sip", type=int, metavar="PORT", help="answer SIP calls, for another load generator")
    parser.add_argument("--speech", type=Path, metavar="FOLDER", help="WAV files to say instead of synthesised speech")
    parser.add_argument("--jitter", type=float, default=0.0, help="ms that packets to the worker are held up, at most")
    parser.add_argument("--loss", type=float, default=0.0, help="fraction of packets to the worker that are lost")
    parser.add_argument(
        "--drift", type=float, default=0.0, help="parts per million by which the callers' clocks are fast"
    )
    parser.add_argument("--worker-cpus", type=int, nargs="*", help="CPUs of the workers; no number: not pinned")
    options = parser.parse_args()
    if not 0 < options.talk < 1:
        parser.error("--talk must lie between 0 and 1")
    if options.workers < 1 or options.calls < 0 or options.pairs < 0:
        parser.error("--calls and --pairs cannot be negative, and one worker at least is needed")
    return options


def _run(options: argparse.Namespace) -> Run:
    cpus = sorted(os.sched_getaffinity(0))
    chosen = tuple(cpus[: max(1, len(cpus) - 1)]) if options.worker_cpus is None else tuple(options.worker_cpus)
    others = [cpu for cpu in cpus if cpu not in chosen[: options.workers]]
    return Run(
        calls=options.calls,
        seconds=options.seconds,
        talk=options.talk,
        recording=not options.no_recording,
        detector=options.vad,
        workers=options.workers,
        pairs=options.pairs,
        settle=options.settle,
        line=Line(options.jitter, options.loss, options.drift),
        worker_cpus=chosen,
        load_cpu=others[-1] if chosen and others else None,
    )


def main() -> int:
    """Measure, print the table, then the JSON line; return 1 when a soak shows growth or loss."""
    options = _options()
    run = _run(options)
    configure_logging("warning", "pretty", stream=sys.stderr)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    sentences = spoken_sentences() if options.speech is None else recorded_sentences(options.speech)
    if run.load_cpu is not None:
        os.sched_setaffinity(0, {run.load_cpu})
    head = {"benchmark": "media_plane", "commit": _commit(), "python": platform.python_version()}
    if options.sip is not None:
        asyncio.run(answer_sip(run, sentences, options.sip))
        return 0
    if options.soak is not None:
        result = asyncio.run(measure_soak(run, sentences, options.soak, options.samples))
        print("\n".join(f"{name.replace('_', ' '):<32} {value}" for name, value in result.items()))
        print(json.dumps({**head, "soak": result}))
        return 0 if result["passed"] else 1
    try:
        runs = asyncio.run(measure_table(run, sentences)) if options.table else [asyncio.run(measure(run, sentences))]
    except MediaError as error:
        raise SystemExit(f"{run.calls} calls cannot be held: {error}") from error
    print(table(runs))
    print(json.dumps({**head, "runs": runs}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
