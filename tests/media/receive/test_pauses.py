"""Pauses of discontinuous transmission: where they begin and end, across the wrap of the timestamp."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.receive.pauses import Pauses


def covered(pauses: Pauses, *timestamps: int) -> list[bool]:
    return [bool(pauses.cover(np.array([1]), np.array([t & 0xFFFFFFFF]))[0]) for t in timestamps]


@pytest.mark.parametrize("base", [5000, 2**32 - 100, 2**31])
def test_a_pause_lasts_from_its_beginning_to_the_earliest_sound_behind_it(base: int) -> None:
    pauses = Pauses(2)
    assert covered(pauses, base) == [False]
    pauses.begin(1, base & 0xFFFFFFFF)
    assert covered(pauses, base - 1, base, base + 10**6) == [False, True, True]
    pauses.end(1, base - 160 & 0xFFFFFFFF)
    assert covered(pauses, base + 10**6) == [True]
    pauses.end(1, base + 320 & 0xFFFFFFFF)
    pauses.end(1, base + 160 & 0xFFFFFFFF)
    pauses.end(1, base + 480 & 0xFFFFFFFF)
    assert covered(pauses, base + 159, base + 160) == [True, False]


def test_a_pause_that_is_announced_again_goes_on_and_one_that_is_over_begins_anew() -> None:
    pauses = Pauses(2)
    pauses.begin(1, 1000)
    pauses.begin(1, 2000)
    assert covered(pauses, 1500) == [True]
    pauses.end(1, 3000)
    pauses.begin(1, 4000)
    assert covered(pauses, 1500, 3500, 4500) == [False, False, True]


def test_a_reset_slot_has_no_pause() -> None:
    pauses = Pauses(2)
    pauses.begin(1, 0)
    pauses.reset(1)
    assert covered(pauses, 10) == [False]
