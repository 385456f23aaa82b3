"""What makes a stream begin anew: a second packet after a jump, or lateness that stays."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.receive.restarts import Restarts


def late(restarts: Restarts, moment: int, lateness: int = 160, **more: bool | int) -> bool:
    options = {"timestamp": 5000, "marker": False, "alone": True, **more}
    return restarts.after_late(1, options.pop("timestamp"), lateness, moment=moment, **options)


def test_a_jump_is_believed_once_a_second_packet_follows_the_first_or_nothing_else_is_there() -> None:
    restarts = Restarts(2)
    assert not restarts.after_jump(1, 9000, 9160, alone=False)
    assert not restarts.after_jump(1, 70_000, 70_160, alone=False)
    assert not restarts.after_jump(1, 9160, 9320, alone=False)
    assert restarts.after_jump(1, 9320, 9480, alone=False)
    restarts.reset(1)
    assert not restarts.after_jump(1, 9480, 9640, alone=False)
    assert restarts.after_jump(1, 100, 260, alone=True)


def test_lateness_is_believed_after_three_ticks_of_it() -> None:
    restarts = Restarts(2)
    assert [late(restarts, moment) for moment in (160, 160, 160, 320, 320, 480)] == [False] * 5 + [True]


def test_what_comes_in_time_in_between_begins_the_count_anew() -> None:
    restarts = Restarts(2)
    seen = [late(restarts, moment, alone=moment != 480) for moment in range(160, 1120, 160)]
    assert seen == [False] * 5 + [True]


def test_packets_that_are_less_and_less_late_are_the_end_of_an_outage() -> None:
    restarts = Restarts(2)
    assert not any(late(restarts, moment, 4000 - moment) for moment in range(160, 3200, 160))


@pytest.mark.parametrize(("heard_to", "believed"), [(5000, True), (5001, False)])
def test_a_marker_is_believed_at_once_but_for_what_was_heard_already(heard_to: int, believed: bool) -> None:
    restarts = Restarts(2)
    restarts.heard(np.array([1]), np.array([heard_to]))
    assert late(restarts, 160, marker=True) == believed


def test_a_stream_that_was_set_back_takes_ten_ticks() -> None:
    restarts = Restarts(2)
    restarts.heard(np.array([1]), np.array([9000]))
    assert [late(restarts, moment) for moment in range(10)] == [False] * 9 + [True]
