"""The gate before the neural network."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.listening.energy_gate import EnergyGate


def noise(dbfs: float, samples: int = 256) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 32768 * 10 ** (dbfs / 20), samples).astype(np.int16)


@pytest.mark.parametrize(("dbfs", "is_open"), [(-72, False), (-65, False), (-55, True), (-45, True), (-10, True)])
def test_it_opens_for_sound_that_a_caller_can_make(dbfs: float, is_open: bool) -> None:
    assert EnergyGate().is_open(noise(dbfs)) is is_open


def test_an_idle_a_law_line_keeps_it_shut() -> None:
    assert not EnergyGate().is_open(np.full(256, 8, np.int16))


def test_it_stays_open_for_a_while_after_the_sound() -> None:
    gate = EnergyGate(hold_ms=320)
    assert gate.is_open(noise(-30))
    silent = np.zeros(256, np.int16)
    assert [gate.is_open(silent) for _ in range(11)] == [True] * 9 + [False] * 2
