"""What processes use, as the kernel counts it: CPU by thread, memory, descriptors."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What some processes have used up to a moment: CPU seconds by the threads' names, memory in kB, descriptors.

    ``anonymous_kb`` is memory that is no file's: unlike the proportional set size it does not move when other processes
    of the same program start or end.
    """

    cpu_s: dict[str, float]
    anonymous_kb: int
    rss_kb: int
    descriptors: int

    @property
    def total_cpu_s(self) -> float:
        """CPU seconds of all threads."""
        return sum(self.cpu_s.values())


def usage(pids: Iterable[int]) -> Usage:
    """Return what ``pids`` have used until now, all together."""
    cpu: dict[str, float] = defaultdict(float)
    anonymous = rss = descriptors = 0
    for pid in pids:
        process = Path(f"/proc/{pid}")
        for task in process.joinpath("task").iterdir():
            name = task.joinpath("comm").read_text().strip()
            cpu["control" if task.name == str(pid) else name] += int(task.joinpath("schedstat").read_text().split()[0])
        rollup = process.joinpath("smaps_rollup").read_text()
        anonymous += _kilobytes(rollup, "Anonymous:")
        rss += _kilobytes(rollup, "Rss:")
        descriptors += len(os.listdir(process / "fd"))  # noqa: PTH208 - one listing, no Path for each
    return Usage({name: nanoseconds * 1e-9 for name, nanoseconds in cpu.items()}, anonymous, rss, descriptors)


def machine_busy_s() -> float:
    """Return the CPU seconds of the whole machine that were not idle, time that a host took away included."""
    user, nice, system, _idle, _waiting, *interrupts_and_stolen = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts_and_stolen)) / os.sysconf("SC_CLK_TCK")


def _kilobytes(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))
