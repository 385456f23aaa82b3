"""The gates before the detector, many legs at once."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.listening.noise_gate import NoiseGates, power_of

SLOTS = np.array([1, 4, 6])


def noise(dbfs: float, ticks: int, seed: int = 0) -> np.ndarray:
    """Powers of 20 ms frames of white noise."""
    sound = np.random.default_rng(seed).normal(0, 32768 * 10 ** (dbfs / 20), (ticks, 160)).round()
    return (sound**2).mean(axis=1).astype(np.float32)


def follow(gates: NoiseGates, powers: np.ndarray) -> np.ndarray:
    """Give all slots the same powers tick by tick; return whether the last slot's gate was open in each."""
    opened = []
    for power in powers:
        gates.tick()
        opened.append(gates.follow(SLOTS, np.full(3, power, np.float32))[1][-1])
    return np.array(opened)


@pytest.mark.parametrize(("dbfs", "is_open"), [(-72, False), (-65, False), (-55, True), (-45, True), (-10, True)])
def test_a_gate_opens_for_sound_that_a_caller_can_make(dbfs: float, is_open: bool) -> None:
    assert follow(NoiseGates(8), noise(dbfs, 1)).tolist() == [is_open]


def test_an_idle_a_law_line_keeps_it_shut() -> None:
    assert not follow(NoiseGates(8), np.full(100, 64.0)).any()


def test_it_stays_open_for_a_while_after_the_sound_and_tells_when_it_opens() -> None:
    gates = NoiseGates(8, hold_ms=320)
    told = []
    for power in [0.0, 1e6, *[0.0] * 20, 1e6]:
        gates.tick()
        loud, is_open, opened = gates.follow(SLOTS, np.full(3, power, np.float32))
        told.append((bool(loud[0]), bool(is_open[0]), bool(opened[0])))
    assert told[1] == (True, True, True)
    assert told[2:17] == [(False, True, False)] * 15
    assert told[17:22] == [(False, False, False)] * 5
    assert told[22] == (True, True, True)


@pytest.mark.parametrize("dbfs", [-55, -40, -25])
def test_steady_noise_shuts_it_after_four_seconds_and_speech_above_it_opens_it_again(dbfs: float) -> None:
    gates = NoiseGates(8)
    heard = follow(gates, noise(dbfs, 500))
    assert heard[:150].all()
    assert not heard[250:].any()
    assert follow(gates, noise(dbfs + 6, 1)).all()
    assert gates.noise[SLOTS] == pytest.approx(power_of(dbfs), rel=0.5)


def test_speech_with_its_gaps_is_not_taken_for_noise() -> None:
    # Syllables of 160 ms 4 times a second: 12 s without a pause.
    syllables = np.where(np.arange(600) % 12 < 8, power_of(-26), power_of(-45)).astype(np.float32)
    assert follow(NoiseGates(8), syllables).all()


def test_noise_that_ends_is_forgotten() -> None:
    gates = NoiseGates(8)
    follow(gates, noise(-30, 300))
    assert not follow(gates, noise(-50, 10)).any()
    follow(gates, noise(-70, 12))
    assert follow(gates, np.full(1, power_of(-50))).all()


def test_a_slot_that_is_reset_knows_no_noise_and_the_others_do() -> None:
    gates = NoiseGates(8)
    follow(gates, noise(-40, 300))
    gates.reset(4)
    gates.tick()
    loud, _, opened = gates.follow(SLOTS, np.full(3, power_of(-40), np.float32))
    assert loud.tolist() == opened.tolist() == [False, True, False]
    assert gates.noise[4] == 0
