"""Pitch periods and their repetition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.pitch_replication import HISTORY_FRAMES, PitchReplication, find_periods

RATES = pytest.mark.parametrize("rate", [8000, 16_000])


def vowel(rate: int, frequency: float, samples: int, phase: float = 0.0) -> np.ndarray:
    times = np.arange(samples) / rate
    harmonics = range(1, int(3400 / frequency) + 1)
    return sum(3000 / n * np.sin(2 * np.pi * frequency * n * times + n + phase * n) for n in harmonics).astype(
        np.float32
    )


def past_length(rate: int) -> int:
    return HISTORY_FRAMES * rate // 50


def slow_period(past: np.ndarray, rate: int) -> int:
    """The same search for one leg, written down as the definition has it."""
    step = rate // 8000

    def likeness(sound: np.ndarray, lag: int, template: int) -> float:
        end, before = sound[-template:], sound[-template - lag : len(sound) - lag]
        return float(end @ before / np.sqrt(max(before @ before, 1e-3)))

    coarse = past.astype(np.float64).reshape(-1, step).mean(axis=1)
    best = max(range(120, 39, -1), key=lambda lag: likeness(coarse, lag, 64))
    if step == 1:
        return best
    lags = range(step * (best + 1), step * (best - 1) - 1, -1)
    return max(lags, key=lambda lag: likeness(past.astype(np.float64), lag, 64 * step))


@RATES
@pytest.mark.parametrize("frequency", [70, 85, 110, 150, 190, 250, 330, 400])
def test_the_period_is_a_multiple_of_the_pitch_of_a_voice(rate: int, frequency: int) -> None:
    (period,) = find_periods(vowel(rate, frequency, past_length(rate))[None], rate)
    cycles = period * frequency / rate
    assert abs(cycles - round(cycles)) * rate / frequency <= 1
    assert 0.005 * rate <= period <= 0.015 * rate


@RATES
def test_the_periods_of_many_legs_are_those_of_each(rate: int) -> None:
    random = np.random.default_rng(2)
    legs = [vowel(rate, random.uniform(70, 400), past_length(rate), phase=random.uniform(0, 6)) for _ in range(40)]
    rows = np.stack(legs) + random.normal(0, 200, (40, past_length(rate))).astype(np.float32)
    assert find_periods(rows, rate).tolist() == [slow_period(row, rate) for row in rows]


@RATES
def test_silence_and_constants_have_some_period_and_continue_as_they_are(rate: int) -> None:
    past = np.stack([np.zeros(past_length(rate)), np.full(past_length(rate), 900.0)]).astype(np.float32)
    bank, slots = PitchReplication(2, rate), np.arange(2)
    bank.begin(slots, past)
    sound = bank.take(slots, rate // 50)
    assert not sound[0].any()
    assert sound[1] == pytest.approx(900)


@RATES
def test_a_steady_voice_goes_on_through_many_frames(rate: int) -> None:
    frame, frequency = rate // 50, 100.0
    whole = vowel(rate, frequency, past_length(rate) + 5 * frame)
    bank, slots = PitchReplication(1, rate), np.array([0])
    bank.begin(slots, whole[None, : past_length(rate)])
    sound = np.concatenate([bank.take(slots, frame)[0] for _ in range(5)])
    assert np.abs(sound - whole[past_length(rate) :]).max() < 10


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 160), min_size=1, max_size=6), st.integers(0, 1000))
def test_pieces_of_any_length_are_the_whole(lengths: list[int], seed: int) -> None:
    """Only the first piece is led away from the past, over a quarter of a period at most."""
    past = np.random.default_rng(seed).normal(0, 3000, (1, 320)).astype(np.float32)
    slots = np.array([3])
    pieces, whole = PitchReplication(5, 8000), PitchReplication(5, 8000)
    for bank in (pieces, whole):
        bank.begin(slots, past)
    cut = np.concatenate([pieces.take(slots, length)[0] for length in [30, *lengths]])
    assert cut == pytest.approx(whole.take(slots, 30 + sum(lengths))[0], abs=0.01)


def test_gaps_of_different_legs_go_on_by_themselves() -> None:
    past = np.random.default_rng(4).normal(0, 3000, (3, 320)).astype(np.float32)
    bank = PitchReplication(8, 8000)
    bank.begin(np.array([1, 6]), past[:2])
    first = bank.take(np.array([1]), 160)
    bank.begin(np.array([4]), past[2:])
    together = bank.take(np.array([1, 4, 6]), 160)
    for slot, row, before in ((1, 0, 1), (6, 1, 0), (4, 2, 0)):
        alone = PitchReplication(8, 8000)
        alone.begin(np.array([slot]), past[row : row + 1])
        expected = [alone.take(np.array([slot]), 160) for _ in range(before + 1)][-1][0]
        assert together[[1, 4, 6].index(slot)] == pytest.approx(expected)
    assert first.shape == (1, 160)
