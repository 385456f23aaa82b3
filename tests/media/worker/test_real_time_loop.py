"""The worker's schedule, on a clock that the test moves."""

from __future__ import annotations

from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
        self.late: list[bool] = []
        self.handled: list[Any] = []
        self.levels: list[int] = []
        self.closed = False
        self.loop: RealTimeLoop | None = None

    def __len__(self) -> int:
        return 3

    def handle(self, command: Any, _now: float) -> None:
        self.handled.append((len(self.ticks), command))

    def tick(self, now: float, *, late: bool) -> None:
        self.ticks.append(now)
        self.late.append(late)
        self.time.now += self.durations.pop(0)
        if not self.durations:
            assert self.loop is not None
            self.loop.stop()

    def shed(self, level: int) -> None:
        self.levels.append(level)

    def close(self) -> None:
        self.closed = True

    @property
    def sent(self) -> list[float]:
        """When packets left."""
        return [now for now, late in zip(self.ticks, self.late, strict=True) if not late]


def run(durations: list[float], commands: list[Any] | None = None) -> tuple[FakePlane, list[Any]]:
    time = FakeTime()
    plane = FakePlane(time, [*durations])
    queue: SimpleQueue[Any] = SimpleQueue()
    for command in commands or []:
        queue.put(command)
    posted: list[Any] = []
    plane.loop = RealTimeLoop(plane, queue, posted.append, time.clock, time.sleep)
    plane.loop.run()
    return plane, posted


def test_ticks_lie_on_a_grid_of_20_ms_however_long_their_work_takes() -> None:
    plane, _ = run([0.003, 0.018, 0.0, 0.015, 0.001] * 100)
    expected = [100.0 + 0.02 * (number + 1) for number in range(500)]
    assert plane.ticks == pytest.approx(expected, abs=1e-3)
    assert plane.ticks[::5] == pytest.approx(expected[::5], abs=1e-6)
    assert not any(plane.late)
    assert plane.closed


def test_after_a_stall_what_was_missed_is_taken_in_at_once_and_only_the_tick_whose_moment_it_is_sends() -> None:
    plane, _ = run([0.0, 0.105] + [0.0] * 10)
    assert plane.ticks[1] == pytest.approx(100.04)
    assert plane.ticks[2:7] == pytest.approx([100.145] * 5, abs=1e-3)
    assert plane.late == [False, False, True, True, True, True] + [False] * 6
    assert plane.ticks[7:] == pytest.approx([100.16 + 0.02 * n for n in range(5)], abs=1e-6)


def test_a_tick_that_would_send_right_before_the_next_one_leaves_it_to_that() -> None:
    plane, _ = run([0.0, 0.039, 0.0, 0.0])
    assert plane.late == [False, False, True, False]
    assert plane.sent[-1] == pytest.approx(100.08)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 0.3), min_size=2, max_size=60))
def test_whatever_its_work_takes_two_ticks_never_send_within_2_ms_and_none_is_early(durations: list[float]) -> None:
    plane, _ = run(durations)
    gaps = [later - earlier for earlier, later in pairwise(plane.sent)]
    assert all(gap > 0.0018 for gap in gaps)
    for number, now in enumerate(plane.ticks):
        assert now >= 100.0 + 0.02 * (number + 1) - 1e-9


def test_a_stop_of_the_process_moves_the_schedule_and_is_counted() -> None:
    plane, posted = run([0.0, 10.0, 0.0, 0.0], [])
    assert plane.ticks[2] == pytest.approx(110.04, abs=1e-3)
    assert plane.late == [False] * 4
    assert plane.ticks[3] == pytest.approx(110.06)
    assert [type(message) for message in posted] == [m.Notice]


def test_a_stop_of_the_process_keeps_the_grid() -> None:
    plane, _ = run([0.0, 10.013, 0.0, 0.0], [])
    assert plane.ticks[3] == pytest.approx(110.06)


def test_who_has_always_too_much_to_do_goes_on_to_send() -> None:
    plane, posted = run([0.025] * 800)
    elapsed = plane.ticks[-1] - plane.ticks[0]
    assert len(plane.sent) > 0.5 * elapsed / 0.02
    assert max(later - earlier for earlier, later in pairwise(plane.sent)) < 0.25
    assert plane.levels == [1, 2, 3]
    assert [message.level for message in posted if isinstance(message, m.Load)] == [1, 2, 3]


def test_a_stall_that_cannot_be_made_up_for_within_200_ms_is_given_up() -> None:
    plane, _ = run([0.0, 0.9] + [0.012] * 60 + [0.0] * 10)
    silent = max(later - earlier for earlier, later in pairwise(plane.sent))
    assert silent < 0.9 + 0.25
    assert 5 < sum(plane.late) < 20


def test_a_single_stall_sheds_nothing() -> None:
    plane, _ = run([0.001] * 120 + [0.9] + [0.001] * 400)
    assert plane.levels == []


def test_a_tick_that_stalls_is_told_and_the_ticks_after_it_are_not_blamed_on_the_machine() -> None:
    _, posted = run([0.001, 0.5] + [0.001] * 50)
    (notice,) = posted
    assert notice.sentence.startswith("a tick took 500 ms")


def test_commands_are_carried_out_before_the_tick_and_telemetry_is_answered() -> None:
    command = m.EndSound(1, 2)
    plane, posted = run([0.001], [command, m.GetTelemetry(9)])
    assert plane.handled == [(0, command)]
    assert len(posted) == 1
    assert (posted[0].request, posted[0].legs) == (9, 3)
