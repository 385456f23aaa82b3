"""The delay that a stream needs: what it starts with, what it learns, and that it forgets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.delay_estimates import DelayEstimates, DelayLimits

FRAME = 160


class Stream:
    def __init__(self, limits: DelayLimits | None = None, transit: int = 0) -> None:
        self.estimates = DelayEstimates(3, limits)
        for slot in range(3):
            self.estimates.reset(slot)
        self.estimates.begin(1, transit)
        self.moment = 0

    def observe(self, *transits: int) -> None:
        for transit in transits:
            self.moment += 1
            self.estimates.observe(np.array([1]), np.array([transit]), np.array([self.moment]))

    @property
    def base(self) -> int:
        return int(self.estimates.base[1])

    @property
    def delay(self) -> int:
        return int(self.estimates.wanted[1]) - self.base


def test_a_stream_starts_with_what_is_set_and_a_steady_one_needs_the_least() -> None:
    stream = Stream(DelayLimits(least_ms=20, start_ms=60))
    assert stream.delay == 3 * FRAME
    stream.observe(*[0] * 50)
    assert stream.delay == 3 * FRAME
    stream.observe(*[0] * 100)
    assert stream.delay == FRAME


def test_the_delay_covers_what_comes_late_every_now_and_then_but_not_what_hardly_ever_does() -> None:
    often = Stream()
    often.observe(*([0] * 45 + [480] * 5) * 6)
    assert often.delay == 480
    seldom = Stream()
    seldom.observe(*([0] * 399 + [480]) * 3)
    assert seldom.delay == FRAME


@pytest.mark.parametrize("transit", [10_000, 2**40])
def test_the_delay_stays_within_its_limits(transit: int) -> None:
    stream = Stream(DelayLimits(least_ms=30, start_ms=40, longest_ms=90))
    stream.observe(*[0, transit] * 100)
    assert stream.delay == 720
    assert int(stream.estimates.longest(np.array([1]))[0]) == 720
    stream.observe(*[0] * 3000)
    assert stream.delay == 240


def test_the_base_follows_packets_that_come_sooner_a_frame_a_tick() -> None:
    stream = Stream(transit=1000)
    stream.observe(100)
    assert stream.base == 840
    stream.observe(100, 100, 100, 100, 100, 100)
    assert stream.base == 100


def test_a_burst_of_early_packets_in_one_tick_moves_the_base_by_a_frame_only() -> None:
    stream = Stream()
    for transit in range(0, -5000, -FRAME):
        stream.estimates.observe(np.array([1]), np.array([transit]), np.array([7]))
    assert stream.base == -FRAME


def test_the_base_follows_a_longer_way_within_eight_seconds() -> None:
    stream = Stream()
    stream.observe(*[0] * 500)
    stream.observe(*[400] * 400)
    assert stream.base == 400
    stream.observe(*[400] * 900)
    assert stream.delay == FRAME


def test_a_new_stream_keeps_what_was_learnt_of_the_variation() -> None:
    stream = Stream()
    stream.observe(*([0] * 45 + [480] * 5) * 6)
    stream.estimates.begin(1, 77_000)
    assert (stream.base, stream.delay) == (77_000, 480)
    stream.estimates.reset(1)
    assert stream.delay == 2 * FRAME


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(-300, 3000), min_size=3, max_size=3), min_size=30, max_size=80))
def test_many_streams_at_once_are_estimated_as_each_by_itself(rounds: list[list[int]]) -> None:
    together = DelayEstimates(6)
    alone = [DelayEstimates(1) for _ in range(3)]
    slots = np.array([0, 2, 5])
    for slot in range(6):
        together.reset(slot)
    for single in alone:
        single.reset(0)
    for moment, transits in enumerate(rounds * 3):
        changed = together.observe(slots, np.array(transits), np.full(3, moment))
        for index, single in enumerate(alone):
            before = int(single.wanted[0])
            single.observe(np.zeros(1, np.intp), np.array([transits[index]]), np.array([moment]))
            assert single.base[0] == together.base[slots[index]]
            assert single.wanted[0] == together.wanted[slots[index]]
            assert single.wanted[0] == before or slots[index] in changed


@pytest.mark.parametrize("limits", [(-1, 120, 40), (50, 120, 40), (20, 30, 40), (20, 400, 40)])
def test_limits_that_cannot_be_are_refused(limits: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="least, start, longest"):
        DelayLimits(*limits)
