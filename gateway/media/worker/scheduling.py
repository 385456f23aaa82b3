"""What the operating system is asked for so that the media clock runs when it is due (Linux).

Nothing here is needed to carry calls, and nothing here fails: each request is granted or not, and the answer is
returned, so that the worker can say with what it runs. What an operator can grant stands in docs/tuning.md.
"""

from __future__ import annotations

import ctypes
import os
import resource
from dataclasses import dataclass
from pathlib import Path

CLOCK_PRIORITY = 10
"""Real-time priority of the clock's thread: above ordinary processes, below the kernel's own threads (50)."""
HELPER_PRIORITY = 1
"""Real-time priority of the worker's other threads.

They are real-time too, only lower: the clock may have to wait for one of them to give the interpreter's lock back, and
a holder of the lock that ordinary processes push aside would make it wait for these.
"""
NICE = -10
"""What is asked for where real-time priority is not permitted."""

_LONGEST_RUN_US = 3_000_000
_PR_SET_TIMERSLACK = 29
_TIMER_SLACK_NS = 1
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14


@dataclass(frozen=True, slots=True)
class Scheduling:
    """What was granted. ``priority`` is the clock's, real-time (1 to 99), 0 without; then the ``nice`` value counts."""

    priority: int
    nice: int
    cpu: int | None
    memory_locked: bool

    def __str__(self) -> str:
        """Return it in words, for the log."""
        priority = f"real-time priority {self.priority}" if self.priority else f"nice {self.nice}"
        cpu = "any CPU" if self.cpu is None else f"CPU {self.cpu}"
        return f"{priority}, {cpu}, memory {'locked' if self.memory_locked else 'not locked'}"


def prepare_process(cpu: int | None) -> Scheduling:
    """Prepare the calling process, from its first thread and before it has others, which inherit the priority.

    Raises:
        ValueError: this machine has no such ``cpu``, or it is not one that this process may run on.

    """
    if cpu is not None:
        pin(cpu)
    _raise_descriptor_limit()
    locked = _lock_memory()
    _limit_runaways()
    priority = request_priority(CLOCK_PRIORITY)
    if priority:
        request_priority(HELPER_PRIORITY)
    else:
        _request_nice()
    return Scheduling(priority, os.getpriority(os.PRIO_PROCESS, 0), cpu, locked)


def prepare_clock() -> int:
    """Prepare the calling thread to be the clock; return its real-time priority, 0 where that is not permitted."""
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, _TIMER_SLACK_NS, 0, 0, 0)
    return request_priority(CLOCK_PRIORITY)


def pin(cpu: int) -> None:
    """Hold the calling thread, and those that it starts, to one CPU; raise ``ValueError`` when that is impossible."""
    try:
        os.sched_setaffinity(0, {cpu})
    except (OSError, OverflowError, ValueError) as error:
        raise ValueError(f"CPU {cpu} cannot be used: {error}") from error


def request_priority(priority: int) -> int:
    """Ask for a real-time priority for the calling thread; return what it has then, 0 where it is not permitted.

    SCHED_RR, so that several workers on one CPU share it. Threads that it starts inherit the priority.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    except PermissionError:
        return 0
    return priority


def _request_nice() -> None:
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        return


def _limit_runaways() -> None:
    """Let the kernel end this process when a real-time thread runs for three seconds without ever waiting.

    Such a thread would keep its CPU from all others. The process's parent starts another one.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_RTTIME)
    if hard == resource.RLIM_INFINITY or hard >= _LONGEST_RUN_US:
        resource.setrlimit(resource.RLIMIT_RTTIME, (_LONGEST_RUN_US, hard))


def _raise_descriptor_limit() -> None:
    """Allow all the descriptors there may be: a leg has two sockets and perhaps a file; 1024 would end at 340 calls."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _lock_memory() -> bool:
    """Keep the process's pages from being swapped out, as they are touched; return whether that was permitted.

    Only where the amount is not limited: a limit would not fail here but later, as memory that cannot be had.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if soft != resource.RLIM_INFINITY and not _may_lock_memory():
        return False
    locked: int = ctypes.CDLL(None).mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)
    return locked == 0


def _may_lock_memory() -> bool:
    status = Path("/proc/self/status").read_text()
    capabilities = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(capabilities, 16) >> _CAP_IPC_LOCK & 1)


def name_thread(native_id: int, name: str) -> None:
    """Show a thread of this process by ``name`` (15 characters) in ``top -H``, ``perf`` and ``/proc``."""
    Path(f"/proc/self/task/{native_id}/comm").write_text(name[:15])
