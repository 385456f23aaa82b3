"""Automatic gain for quiet lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.listening.noise_gate import power_of
from gateway.media.listening.speech_levels import NOMINAL_DBFS, RECOGNITION_DBFS, SpeechLevels, amplified

SLOTS = np.array([0, 2])
SILENT = np.zeros(2, np.float32)


def speak(levels: SpeechLevels, dbfs: float, windows: int, *, speech: bool = True) -> None:
    for _ in range(windows):
        levels.follow(SLOTS, np.full(2, power_of(dbfs), np.float32), np.array([speech, False]))


def gain_db(levels: SpeechLevels, target: float = RECOGNITION_DBFS, noise: float = 0.0) -> list[float]:
    return (20 * np.log10(levels.gains(SLOTS, np.full(2, noise, np.float32), target))).tolist()


def test_a_new_leg_counts_as_a_good_line() -> None:
    assert gain_db(SpeechLevels(4)) == pytest.approx([0, 0], abs=0.01)
    assert gain_db(SpeechLevels(4), target=NOMINAL_DBFS + 12) == pytest.approx([12, 12], abs=0.01)


@pytest.mark.parametrize(("dbfs", "gain"), [(-36, 10), (-40, 14), (-60, 18), (-20, 0)])
def test_the_gain_makes_up_for_a_quiet_line_within_bounds(dbfs: float, gain: float) -> None:
    levels = SpeechLevels(4)
    speak(levels, dbfs, 600)
    assert gain_db(levels) == pytest.approx([gain, 0], abs=0.5)


def test_it_changes_slowly_and_only_with_speech() -> None:
    levels = SpeechLevels(4)
    speak(levels, -46, 2000, speech=False)
    assert gain_db(levels) == pytest.approx([0, 0], abs=0.01)
    before = 0.0
    for _ in range(300):
        speak(levels, -46, 1)
        after = gain_db(levels)[0]
        assert -0.01 <= after - before < 0.6
        before = after


def test_noise_of_the_line_bounds_it() -> None:
    levels = SpeechLevels(4)
    speak(levels, -60, 600)
    assert gain_db(levels, noise=power_of(-50)) == pytest.approx([10, 0], abs=0.5)
    assert gain_db(levels, noise=power_of(-30)) == pytest.approx([0, 0], abs=0.01)


def test_a_slot_that_is_reset_counts_as_a_good_line_again() -> None:
    levels = SpeechLevels(4)
    speak(levels, -60, 600)
    levels.reset(0)
    assert gain_db(levels) == pytest.approx([0, 0], abs=0.01)


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=400), st.floats(1.01, 8))
def test_amplified_sound_never_overflows_and_keeps_order(samples: list[int], gain: float) -> None:
    sound = np.array(samples, np.int16)
    louder = amplified(sound, gain)
    assert louder.dtype == np.int16
    assert (np.abs(louder.astype(int)) <= 32767).all()
    order = np.argsort(sound, kind="stable")
    assert (np.diff(louder[order].astype(int)) >= 0).all()
    quiet = np.abs(sound.astype(float) * gain) < 0.7 * 32768 - 1
    assert (np.abs(louder[quiet] - sound[quiet] * gain) <= 1).all()
