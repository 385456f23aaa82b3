"""Noise of given spectra."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.receive.shaped_noise import ShapedNoise

FRAME = 160


def heard(noise: ShapedNoise, slot: int, frames: int) -> np.ndarray:
    return np.stack([noise.frames(np.array([slot]))[0] for _ in range(frames)])


def low_pass(noise: ShapedNoise, level: float) -> np.ndarray:
    return (level * (np.arange(noise.bins) < noise.bins // 4)).astype(np.float32)


def test_slots_are_silent_until_they_have_a_spectrum_and_after_a_reset() -> None:
    noise = ShapedNoise(3, FRAME)
    assert not heard(noise, 1, 5).any()
    noise.shape(np.array([1]), low_pass(noise, 100))
    assert heard(noise, 1, 5).any()
    assert not heard(noise, 2, 5).any()
    noise.reset(1)
    assert not heard(noise, 1, 5).any()


def test_the_power_lies_in_the_bands_of_the_spectrum() -> None:
    noise = ShapedNoise(1, FRAME)
    noise.shape(np.array([0]), low_pass(noise, 100))
    power = np.mean(
        np.abs(np.fft.rfft(heard(noise, 0, 300).reshape(-1, 4 * FRAME) * np.hanning(4 * FRAME))) ** 2, axis=0
    )
    assert power[90:].sum() < 0.01 * power.sum()
    assert power[5:75].max() < 3 * power[5:75].min()


def test_full_power_is_there_from_the_first_sample_and_does_not_pulse_with_the_frames() -> None:
    levels = []
    for _ in range(60):
        noise = ShapedNoise(60, FRAME)
        slots = np.arange(60)
        noise.shape(slots, np.full((60, noise.bins), 100, np.float32))
        noise.begin(slots)
        levels.append(np.concatenate([noise.frames(slots), noise.frames(slots)], axis=1))
    power = np.mean(np.concatenate(levels) ** 2, axis=0).reshape(-1, 20).mean(axis=1)
    assert power == pytest.approx(100**2, rel=0.25)


def test_what_is_made_of_a_background_has_its_level_and_its_colour() -> None:
    random = np.random.default_rng(5)
    background = np.convolve(random.normal(0, 60, 400 * FRAME), [0.5, 1, 0.5], "same").astype(np.int16)
    noise = ShapedNoise(400, FRAME)
    spectra = noise.spectra_of(background.reshape(-1, FRAME), 1000.0)
    assert np.sqrt(np.mean(spectra**2)) == pytest.approx(background.std(), rel=0.1)
    assert np.mean(spectra[:, 10:40] ** 2) > 20 * np.mean(spectra[:, -30:] ** 2)


@pytest.mark.parametrize("level", [10, 100, 3000, 30_000])
def test_a_background_is_held_to_the_loudest_that_is_allowed(level: int) -> None:
    noise = ShapedNoise(1, FRAME)
    background = np.random.default_rng(6).normal(0, level, (1, FRAME)).clip(-32768, 32767).astype(np.int16)
    (spectrum,) = noise.spectra_of(background, 104.0)
    assert np.sqrt(np.mean(spectrum**2)) == pytest.approx(min(level, 104), rel=0.3)


def test_a_constant_offset_is_no_background() -> None:
    noise = ShapedNoise(1, FRAME)
    (spectrum,) = noise.spectra_of(np.full((1, FRAME), 8, np.int16), 104.0)
    assert np.sqrt(np.mean(spectrum**2)) < 1
