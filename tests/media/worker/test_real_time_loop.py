"""The worker's schedule, on a clock that the test moves."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

import pytest

from gateway.media.wire import messages as m
from gateway.media.worker.real_time_loop import RealTimeLoop


class FakeTime:
    """A clock that only sleeping and working move."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakePlane:
    """Notes when it was called; each tick takes as long as the next entry of ``durations`` says."""

    def __init__(self, time: FakeTime, durations: list[float]) -> None:
        self.time = time
        self.durations = durations
        self.ticks: list[float] = []
        self.handled: list[Any] = []
        self.closed = False
        self.loop: RealTimeLoop | None = None

    def __len__(self) -> int:
        return 3

    def handle(self, command: Any, _now: float) -> None:
        self.handled.append((len(self.ticks), command))

    def tick(self, now: float) -> None:
        self.ticks.append(now)
        self.time.now += self.durations.pop(0)
        if not self.durations:
            assert self.loop is not None
            self.loop.stop()

    def close(self) -> None:
        self.closed = True


def run(durations: list[float], commands: list[Any] | None = None) -> tuple[FakePlane, list[Any]]:
    time = FakeTime()
    plane = FakePlane(time, durations)
    queue: SimpleQueue[Any] = SimpleQueue()
    for command in commands or []:
        queue.put(command)
    posted: list[Any] = []
    plane.loop = RealTimeLoop(plane, queue, posted.append, time.clock, time.sleep)  # type: ignore[arg-type]
    plane.loop.run()
    return plane, posted


def test_ticks_lie_on_a_grid_of_20_ms_however_long_their_work_takes() -> None:
    plane, _ = run([0.003, 0.018, 0.0, 0.0199, 0.001] * 100)
    expected = [100.0 + 0.02 * (number + 1) for number in range(500)]
    assert plane.ticks == pytest.approx(expected, abs=1e-6)
    assert plane.closed


def test_a_stall_is_made_up_for_so_that_no_time_is_lost() -> None:
    plane, _ = run([0.0, 0.105] + [0.0] * 10)
    assert plane.ticks[1] == pytest.approx(100.04)
    assert plane.ticks[2:7] == pytest.approx([100.145] * 5)
    assert plane.ticks[7:] == pytest.approx([100.16 + 0.02 * n for n in range(5)])


def test_a_stop_of_the_process_moves_the_schedule_and_is_counted() -> None:
    plane, posted = run([0.0, 10.0, 0.0, 0.0], [])
    assert plane.ticks[2] == pytest.approx(110.04)
    assert plane.ticks[3] == pytest.approx(110.06)
    assert posted == []


def test_commands_are_carried_out_before_the_tick_and_telemetry_is_answered() -> None:
    command = m.EndSound(1, 2)
    plane, posted = run([0.001], [command, m.GetTelemetry(9)])
    assert plane.handled == [(0, command)]
    assert len(posted) == 1
    assert (posted[0].request, posted[0].legs) == (9, 3)
