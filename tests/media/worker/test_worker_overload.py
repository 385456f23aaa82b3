"""When work is shed and when it is taken up again, second by second."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gateway.media.worker.overload import LoadLevel, OverloadControl


def seconds(control: OverloadControl, count: int, busy_ms: float, late_ms: float = 0.1) -> list[int]:
    """Let ``count`` seconds pass and return the level after each."""
    levels = []
    for _ in range(count):
        for _ in range(50):
            control.add(late_ms / 1000, busy_ms / 1000)
        levels.append(int(control.level))
    return levels


@pytest.mark.parametrize(
    ("busy_ms", "late_ms", "levels"),
    [
        (5.0, 0.1, [0, 0, 0, 0, 0]),
        (17.9, 19.9, [0, 0, 0, 0, 0]),
        (18.1, 0.1, [0, 0, 1, 2, 3]),
        (5.0, 20.1, [0, 0, 1, 2, 3]),
        (20.1, 0.1, [1, 2, 3, 3, 3]),
    ],
)
def test_load_takes_one_level_after_the_other_in_the_set_order(
    busy_ms: float, late_ms: float, levels: list[int]
) -> None:
    assert seconds(OverloadControl(), 5, busy_ms, late_ms) == levels


def test_two_seconds_in_three_over_the_limit_are_no_load() -> None:
    control = OverloadControl()
    for _ in range(10):
        assert seconds(control, 2, 19) == [0, 0]
        assert seconds(control, 1, 12) == [0]


def test_two_long_ticks_in_a_second_are_no_load_and_three_are() -> None:
    for long, expected in ((2, 0), (3, 1)):
        control = OverloadControl()
        for tick in range(150):
            control.add(0.0, 0.019 if tick % 50 < long else 0.001)
        assert control.level == expected


def test_after_ten_calm_seconds_it_comes_back_one_level_at_a_time() -> None:
    control = OverloadControl()
    seconds(control, 5, 19)
    assert control.level is LoadLevel.NO_NEW_CALLS
    assert seconds(control, 30, 8) == [3] * 9 + [2] * 10 + [1] * 10 + [0]


def test_between_both_limits_the_level_stays() -> None:
    control = OverloadControl()
    seconds(control, 3, 19)
    assert seconds(control, 100, 13) == [1] * 100
    assert seconds(control, 100, 5, 15) == [1] * 100


def test_calm_counts_only_without_a_break() -> None:
    control = OverloadControl()
    seconds(control, 3, 19)
    assert seconds(control, 9, 8) == [1] * 9
    assert seconds(control, 1, 12) == [1]
    assert seconds(control, 10, 8) == [1] * 9 + [0]


def swings(control: OverloadControl, full_ms: float, light_ms: float, length_s: int) -> list[int]:
    """Simulate a worker whose ticks take ``full_ms`` with everything and ``light_ms`` with less."""
    levels: list[int] = []
    for _ in range(length_s):
        levels += seconds(control, 1, full_ms if control.level == 0 else light_ms)
    return levels


def test_calls_do_not_swing_between_two_qualities_while_the_load_lasts() -> None:
    levels = swings(OverloadControl(), full_ms=19, light_ms=9, length_s=1800)
    changes = sum(a != b for a, b in pairwise(levels))
    assert max(levels) == 1
    assert changes < 22
    assert levels.count(0) < 60


def test_the_calm_that_is_asked_for_is_short_again_after_a_minute_at_the_normal_level() -> None:
    control = OverloadControl()
    swings(control, full_ms=19, light_ms=9, length_s=600)
    seconds(control, 400, 5)
    assert control.level is LoadLevel.NORMAL
    seconds(control, 3, 19)
    assert seconds(control, 10, 5)[-1] == 0


def test_it_tells_that_the_level_changed_exactly_when_it_did() -> None:
    control = OverloadControl()
    told = [control.add(0.0, 0.019) for _ in range(300)]
    assert [number for number, changed in enumerate(told) if changed] == [149, 199, 249]
    assert control.busy_p95_s == pytest.approx(0.019)
