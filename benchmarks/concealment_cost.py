"""What concealment and the half-band filters cost of a tick, in microseconds a leg.

``received``: nothing is missing. ``lost 1`` and ``lost 2``: the first and the second frame of a gap that all legs have
at once, as in an outage of the network; ``returned``: the frame after it. ``pause``: comfort noise that goes on.
``down`` and ``up``: the half-band filters of wideband legs. By the thread's own CPU time; prints a table and one JSON
line:

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/concealment_cost.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable

import numpy as np

from gateway.audio.half_band import Downsampler2, Upsampler2
from gateway.media.receive.concealers import Concealers
from gateway.media.receive.frame_kind import FrameKind

LEGS = (1, 10, 100, 1000)
STORY = (
    *(("received", FrameKind.SOUND),) * 8,
    ("lost 1", FrameKind.LOST),
    ("lost 2", FrameKind.LOST),
    ("returned", FrameKind.SOUND),
    *(("received", FrameKind.SOUND),) * 8,
    ("pause begins", FrameKind.PAUSE),
    *(("pause", FrameKind.PAUSE),) * 5,
    ("sound again", FrameKind.SOUND),
)


def median_us(samples: Iterable[float], legs: int) -> float:
    """Return the median of ``samples`` in seconds as microseconds a leg."""
    return round(float(np.median(list(samples))) * 1e6 / legs, 3)


def timed(work: Callable[[], object]) -> float:
    """Return for how many seconds of CPU time ``work`` ran."""
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def concealment(legs: int, rate: int) -> dict[str, float]:
    """Return the cost of each kind of frame; every frame counts as the first one after a received one has its own."""
    bank, slots = Concealers(legs, rate), np.arange(legs)
    sound = np.random.default_rng(0).normal(0, 2000, (legs, rate // 50)).astype(np.int16)
    spliced = np.zeros(legs, np.bool_)
    times: dict[str, list[float]] = {}
    for _ in range(max(5, 400 // legs)):
        before = None
        for name, kind in STORY:
            kinds, frames = np.full(legs, kind, np.uint8), sound.copy()
            spent = timed(lambda k=kinds, f=frames: bank.apply(slots, f, k, spliced))
            if name != "received" or before == "received":
                times.setdefault(name, []).append(spent)
            before = name
    return {name: median_us(spent, legs) for name, spent in times.items()}


def half_band(legs: int) -> dict[str, float]:
    """Return the cost of a frame of each of the two filters."""
    slots = np.arange(legs)
    wide = np.random.default_rng(0).normal(0, 2000, (legs, 320)).astype(np.int16)
    down, up = Downsampler2(legs), Upsampler2(legs)
    narrow = down.convert(slots, wide)
    return {
        "down": median_us((timed(lambda: down.convert(slots, wide)) for _ in range(50)), legs),
        "up": median_us((timed(lambda: up.convert(slots, narrow)) for _ in range(50)), legs),
    }


def main() -> None:
    """Measure, print the table and the JSON line."""
    results = [
        {"legs": legs, "rate": rate, **concealment(legs, rate), **(half_band(legs) if rate == 16_000 else {})}
        for rate in (8000, 16_000)
        for legs in LEGS
    ]
    names = list(results[-1])
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for row in results:
        print("| " + " | ".join(f"{row[name]:g}" if name in row else "" for name in names) + " |")
    print()
    print(json.dumps({"benchmark": "concealment_cost", "microseconds_a_leg": results}))


if __name__ == "__main__":
    main()
