"""The figures of the media benchmark, for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Figures: TypeAlias = dict[str, Any]

COLUMNS: Sequence[tuple[str, Callable[[Figures], object]]] = (
    ("calls", lambda run: run["calls"]),
    ("rec", lambda run: "yes" if run["recording"] else "no"),
    ("vad", lambda run: run["detector"]),
    ("CPU/call", lambda run: f"{run['cpu_percent_per_call']:.3f} %"),
    ("CPU", lambda run: f"{run['cpu_percent']:.1f} %"),
    ("main/call", lambda run: f"{run['main_cpu_percent_per_call']:.3f} %"),
    ("others", lambda run: f"{run['others_cpu_percent']:.0f} %"),
    ("p50", lambda run: run["packets"]["deviation_ms"]["p50"]),
    ("p99", lambda run: run["packets"]["deviation_ms"]["p99"]),
    ("p99.9", lambda run: run["packets"]["deviation_ms"]["p999"]),
    ("max ms", lambda run: run["packets"]["deviation_ms"]["max"]),
    (">40ms", lambda run: run["packets"]["gaps_40_ms"]),
    ("<2ms", lambda run: run["packets"]["bursts"]),
    ("lost", lambda run: run["packets"]["lost"] + run["legs"]["lost"]),
    ("late", lambda run: run["legs"]["late"]),
    ("tick p50", lambda run: max(tick["busy_p50_ms"] for tick in run["ticks"])),
    ("tick p99", lambda run: max(tick["busy_p99_ms"] for tick in run["ticks"])),
    ("delay", lambda run: run["packets"]["delay_ms"]["p50"] if run["packets"]["delay_ms"]["count"] else "-"),
    ("kB/call", lambda run: run["anonymous_kb_per_call"]),
    ("heard", lambda run: run["heard"]["utterances"]),
)


def table(runs: Sequence[Figures]) -> str:
    """Return one line a run and what the columns mean."""
    rows = [[title for title, _ in COLUMNS], *([str(value(run)) for _, value in COLUMNS] for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += [f"CPU by thread at {run['calls']} calls: {run['cpu_percent_by_thread']}" for run in runs]
    lines.append(
        "CPU is of one core, kernel time included; main is the process that the conversations run in, others what else"
        " the machine did.\n"
        "p50 to max: by how many ms the distance of two packets that were sent differs from 20. >40ms, <2ms: such"
        " distances. lost: packets, both ways; late: packets that the jitter buffer had to drop.\n"
        "tick: ms of work in one. delay: ms from a packet's arrival to its sound's departure on a bridge, median."
        " heard: utterances."
    )
    return "\n".join(lines)
