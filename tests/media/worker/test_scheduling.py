"""What a process gets of what it asks the system for, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PRELUDE = """
import os, resource, signal, sys, threading
from gateway.media.worker import scheduling
"""

may_be_real_time = pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to real-time priorities")
WITHOUT_RIGHTS = """
resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
os.setuid(65534)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + program], capture_output=True, text=True, check=False, timeout=60
    )


@may_be_real_time
def test_the_clock_is_above_the_other_threads_and_all_are_above_ordinary_processes() -> None:
    done = run(
        """
print(scheduling.prepare_process(None))
def clock():
    print(scheduling.prepare_clock(), os.sched_getparam(0).sched_priority)
def other():
    print(os.sched_getscheduler(0) == os.SCHED_RR, os.sched_getparam(0).sched_priority)
for target in (clock, other):
    thread = threading.Thread(target=target); thread.start(); thread.join()
"""
    )
    granted, *priorities = done.stdout.splitlines()
    assert granted == "real-time priority 10, any CPU, memory locked"
    assert priorities == ["10 10", "True 1"], done.stderr


@may_be_real_time
def test_without_the_rights_it_goes_on_without_and_says_so() -> None:
    done = run(WITHOUT_RIGHTS + "print(scheduling.prepare_process(None), '/', scheduling.prepare_clock())")
    own = os.nice(0)
    assert done.stdout.strip() == f"nice {own}, any CPU, memory not locked / 0", done.stderr


def test_it_runs_on_the_cpu_that_it_was_given_with_all_its_threads() -> None:
    cpu = max(os.sched_getaffinity(0))
    done = run(
        f"""
print(scheduling.prepare_process({cpu}).cpu)
thread = threading.Thread(target=lambda: print(*os.sched_getaffinity(0))); thread.start(); thread.join()
"""
    )
    assert done.stdout.split() == [str(cpu), str(cpu)], done.stderr


@pytest.mark.parametrize("cpu", [-1, 1000, 10**30])
def test_a_cpu_that_does_not_exist_is_refused_in_one_sentence(cpu: int) -> None:
    done = run(f"scheduling.prepare_process({cpu})")
    assert f"ValueError: CPU {cpu} cannot be used: " in done.stderr


def test_the_limit_of_descriptors_is_raised_as_far_as_it_goes() -> None:
    done = run(
        """
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
scheduling.prepare_process(None)
print(resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard))
"""
    )
    assert done.stdout.strip() == "True", done.stderr


@may_be_real_time
@pytest.mark.timeout(60)
def test_a_thread_that_never_waits_does_not_keep_its_cpu_for_ever_and_says_where_it_was() -> None:
    done = run(
        """
from gateway.media.worker.__main__ import _tell_of_crashes
scheduling._LONGEST_RUN_US = 300_000
_tell_of_crashes()
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
scheduling.prepare_process(None)
def runaway():
    while True: pass
runaway()
"""
    )
    assert done.returncode < 0
    assert "in runaway" in done.stderr


def test_a_thread_is_shown_by_its_name() -> None:
    done = run(
        """
scheduling.name_thread(threading.get_native_id(), "media clock and more")
print(open("/proc/self/comm").read())
"""
    )
    assert done.stdout.strip() == "media clock and", done.stderr
