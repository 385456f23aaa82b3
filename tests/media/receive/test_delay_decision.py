"""When the delay changes: case by case."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.receive.delay_decision import LAST_PATIENCE, PATIENCE, leaves_out, waits


def one(value: bool) -> np.ndarray:
    return np.array([value])


@pytest.mark.parametrize(
    ("excess", "beyond", "quiet", "fading", "waited", "expected"),
    [
        (159, True, True, True, 999, False),
        (160, False, True, True, 0, True),
        (160, False, True, False, 0, False),
        (160, False, False, True, PATIENCE - 1, False),
        (160, False, False, True, PATIENCE, True),
        (160, False, False, False, PATIENCE, False),
        (160, False, False, False, LAST_PATIENCE, True),
        (160, True, False, False, 0, True),
        (-500, True, True, True, 0, False),
    ],
)
def test_a_frame_is_left_out(
    *, excess: int, beyond: bool, quiet: bool, fading: bool, waited: int, expected: bool
) -> None:
    decided = leaves_out(
        np.array([excess]), beyond=one(beyond), quiet=one(quiet), fading=one(fading), waited=np.array([waited])
    )
    assert decided.tolist() == [expected]


@pytest.mark.parametrize(
    ("excess", "room", "silent", "dry", "expected"),
    [
        (-80, True, True, False, True),
        (-79, True, True, False, False),
        (-500, True, False, False, False),
        (-500, False, True, False, False),
        (0, True, False, True, True),
        (500, True, False, True, True),
        (0, False, False, True, False),
    ],
)
def test_a_tick_is_waited_for(excess: int, room: bool, silent: bool, dry: bool, expected: bool) -> None:
    decided = waits(np.array([excess]), room=one(room), silent=one(silent), dry=one(dry))
    assert decided.tolist() == [expected]
