"""When comfort noise packets are due."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.playout.comfort_noise_sending import ComfortNoiseSending


def test_one_is_due_as_silence_begins_and_every_400_ms_after() -> None:
    sending, slots = ComfortNoiseSending(4), np.array([2])
    due = [bool(sending.due(slots, np.array([tick >= 5]))[0]) for tick in range(60)]
    assert [tick for tick, is_due in enumerate(due) if is_due] == [5, 25, 45]


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=80))
def test_each_leg_is_counted_by_itself(story: list[list[bool]]) -> None:
    sending, slots = ComfortNoiseSending(8, interval_ms=100), np.array([1, 4, 7])
    silent_ticks = [0, 0, 0]
    for silent in story:
        due = sending.due(slots, np.array(silent))
        for leg in range(3):
            assert due[leg] == (silent[leg] and silent_ticks[leg] % 5 == 0)
            silent_ticks[leg] = silent_ticks[leg] + 1 if silent[leg] else 0


def test_a_leg_that_takes_a_used_slot_begins_anew() -> None:
    sending, slots = ComfortNoiseSending(1), np.array([0])
    sending.due(slots, np.array([True]))
    sending.reset(0)
    assert sending.due(slots, np.array([True])).all()
