"""The worker's process as the system sees it: its threads, its CPU, and how it begins and ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.media.client.media_worker import MediaWorker
from gateway.media.errors import MediaError

PORTS = {"port_min": 28_900, "port_max": 28_907}


def threads(pid: int) -> dict[str, int]:
    """Return the threads' numbers by their names."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {task.joinpath("comm").read_text().strip(): int(task.name) for task in tasks}


async def test_its_threads_have_names_and_the_clock_has_the_highest_priority() -> None:
    worker = MediaWorker(**PORTS)
    await worker.start()
    try:
        assert worker.pid is not None
        found = threads(worker.pid)
        assert {"media control", "media clock", "tick watchdog"} <= found.keys()
        priority = {name: os.sched_getparam(number).sched_priority for name, number in found.items()}
        may_be_real_time = os.geteuid() == 0
        assert priority["media clock"] == (10 if may_be_real_time else 0)
        assert all(
            value == (1 if may_be_real_time else 0) for name, value in priority.items() if name.startswith("tick")
        )
    finally:
        await worker.stop()


async def test_its_threads_run_on_the_cpu_that_was_chosen() -> None:
    cpu = min(os.sched_getaffinity(0))
    worker = MediaWorker(**PORTS, cpu=cpu)
    await worker.start()
    try:
        assert worker.pid is not None
        found = threads(worker.pid)
        for name in ("media control", "media clock", "tick watchdog"):
            assert os.sched_getaffinity(found[name]) == {cpu}
    finally:
        await worker.stop()


async def test_a_cpu_that_does_not_exist_stops_the_start_with_a_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    worker = MediaWorker(**PORTS, cpu=4000)
    with pytest.raises(MediaError, match="ended while it started"):
        await worker.start()
    await worker.stop()
    assert "media worker: CPU 4000 cannot be used: " in capfd.readouterr().err
