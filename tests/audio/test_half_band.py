"""The half-band filter between 16 kHz and 8 kHz: its figures, its delay, and many streams at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio.half_band import DOWN_DELAY, UP_DELAY, Downsampler2, Upsampler2, half_band_filter

AMPLITUDE = 10_000


def response_db(frequencies: np.ndarray) -> np.ndarray:
    taps = half_band_filter()
    kernel = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(taps))) / 16_000)
    return 20 * np.log10(np.abs(kernel @ taps) + 1e-12)


def tone(frequency: float, rate: int, frames: int, delay: int = 0) -> np.ndarray:
    times = (np.arange(frames * rate // 50) - delay) / rate
    return AMPLITUDE * np.sin(2 * np.pi * frequency * times)


def run(converter: Downsampler2 | Upsampler2, slot: int, sound: np.ndarray, frame: int) -> np.ndarray:
    rows = np.rint(sound).astype(np.int16).reshape(-1, 1, frame)
    return np.concatenate([converter.convert(np.array([slot]), row)[0] for row in rows]).astype(float)


def test_the_telephone_band_is_flat_within_a_hundredth_of_a_decibel() -> None:
    assert np.abs(response_db(np.arange(0, 3401, 5))).max() < 0.01


def test_what_would_fold_into_the_telephone_band_is_70_db_down() -> None:
    assert response_db(np.arange(4600, 8001, 5)).max() < -70


@pytest.mark.parametrize("frequency", [50, 300, 1000, 2500, 3400])
def test_a_tone_going_down_is_the_same_tone_late_by_the_stated_delay(frequency: int) -> None:
    heard = run(Downsampler2(3), 1, tone(frequency, 16_000, 20), 320)
    assert np.abs(heard - tone(frequency, 8000, 20, DOWN_DELAY))[160:].max() < 3


@pytest.mark.parametrize("frequency", [50, 300, 1000, 2500, 3400])
def test_a_tone_going_up_is_the_same_tone_late_by_the_stated_delay(frequency: int) -> None:
    heard = run(Upsampler2(3), 1, tone(frequency, 8000, 20), 160)
    assert np.abs(heard - tone(frequency, 16_000, 20, UP_DELAY))[320:].max() < 4


@pytest.mark.parametrize("frequency", [4600, 5000, 6000, 7000, 7900])
def test_a_tone_above_the_band_leaves_nothing_at_8_khz(frequency: int) -> None:
    assert np.abs(run(Downsampler2(1), 0, tone(frequency, 16_000, 20), 320)[160:]).max() < 5


def test_the_loudest_sound_is_clipped_and_does_not_wrap() -> None:
    square = np.where(np.arange(3200) // 40 % 2, 32767, -32768).astype(float)
    heard = run(Downsampler2(1), 0, square, 320)
    assert (
        np.sign(heard[200:220]).tolist()
        == np.sign(square[2 * (200 - DOWN_DELAY) : 2 * (220 - DOWN_DELAY) : 2]).tolist()
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=8),
    st.sampled_from([Downsampler2, Upsampler2]),
)
def test_each_stream_of_a_batch_is_what_it_is_alone(
    ticks: list[set[int]], kind: type[Downsampler2 | Upsampler2]
) -> None:
    random = np.random.default_rng(1)
    batch, alone = kind(6), [kind(6) for _ in range(6)]
    length = 160 if kind is Upsampler2 else 320
    for tick in ticks:
        slots = np.array(sorted(tick))
        frames = random.integers(-32768, 32768, (len(slots), length)).astype(np.int16)
        together = batch.convert(slots, frames)
        single = [alone[slot].convert(np.array([slot]), frames[row : row + 1])[0] for row, slot in enumerate(slots)]
        # Sums in another order may differ in the last bit.
        assert np.abs(together.astype(int) - np.stack(single)).max() <= 1


def test_a_slot_begins_anew_from_silence() -> None:
    down, slots = Downsampler2(2), np.array([1])
    down.convert(slots, np.full((1, 320), 9000, np.int16))
    down.reset(1)
    assert not down.convert(slots, np.zeros((1, 320), np.int16)).any()
