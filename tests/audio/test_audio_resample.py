"""The filter between the models' rates and the telephone's: no aliasing, a flat pass band, no seams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio import Pcm, Resampler, resample

AMPLITUDE = 20_000


def tone(frequency: float, rate: int, seconds: float = 1.0) -> Pcm:
    times = np.arange(int(rate * seconds)) / rate
    return Pcm((AMPLITUDE * np.sin(2 * np.pi * frequency * times)).astype(np.int16), rate)


def level_db(pcm: Pcm) -> float:
    """Power of the middle of the sound against that of the tone, so that the filter's ends do not count."""
    middle = pcm.samples[len(pcm) // 4 : -len(pcm) // 4].astype(float)
    return 10 * np.log10(max(np.mean(middle**2), 1e-9) / (AMPLITUDE**2 / 2))


@pytest.mark.parametrize("frequency", [4200, 4400, 4600, 5000, 5500, 6000, 6600, 7000, 7500, 7900])
def test_a_tone_above_the_telephone_band_is_gone_and_not_folded_back(frequency: int) -> None:
    assert level_db(resample(tone(frequency, 16_000), 8_000)) < -60


@pytest.mark.parametrize("frequency", [4500, 6000, 8000, 9000, 10_500, 11_000])
def test_a_tone_of_24_khz_sound_above_the_band_is_gone_as_well(frequency: int) -> None:
    assert level_db(resample(tone(frequency, 24_000), 8_000)) < -60


@pytest.mark.parametrize("frequency", [60, 120, 300, 700, 1000, 1500, 2000, 2500, 3000, 3200, 3400])
@pytest.mark.parametrize("rates", [(16_000, 8_000), (8_000, 16_000), (24_000, 8_000)])
def test_a_tone_of_the_telephone_band_passes_unchanged(frequency: int, rates: tuple[int, int]) -> None:
    source, target = rates
    assert abs(level_db(resample(tone(frequency, source), target))) < 0.5


@pytest.mark.parametrize("frequency", [300, 1000, 2000, 3000, 3400])
def test_no_image_appears_above_the_band_when_the_rate_goes_up(frequency: int) -> None:
    louder = resample(tone(frequency, 8_000), 16_000).samples[4000:12000].astype(float)
    spectrum = np.abs(np.fft.rfft(louder * np.hanning(len(louder)))) ** 2
    frequencies = np.fft.rfftfreq(len(louder), 1 / 16_000)
    image = spectrum[frequencies > 4200].sum() / spectrum.sum()
    assert 10 * np.log10(image) < -60


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 6000), min_size=1, max_size=12),
    rates=st.sampled_from([(16_000, 8_000), (24_000, 8_000), (22_050, 8_000), (8_000, 16_000), (8_000, 8_000)]),
)
def test_chunks_of_any_length_equal_the_whole_in_one_go(cuts: list[int], rates: tuple[int, int]) -> None:
    source, target = rates
    sound = np.random.default_rng(sum(cuts)).normal(0, 5000, 16_000).clip(-30_000, 30_000).astype(np.int16)
    stream = Resampler(source, target)
    pieces, begin = [], 0
    for cut in cuts:
        pieces.append(stream.push(Pcm(sound[begin : begin + cut], source)).samples)
        begin += cut
    pieces.append(stream.push(Pcm(sound[begin:], source), last=True).samples)
    whole = resample(Pcm(sound, source), target).samples
    streamed = np.concatenate(pieces)
    assert len(streamed) == len(whole)
    # The last bit is dithered, so the two agree to one step of 16 bits.
    assert np.abs(streamed.astype(int) - whole.astype(int)).max() <= 2


def test_a_chunk_of_another_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 16000 Hz, got 8000 Hz"):
        Resampler(16_000, 8_000).push(Pcm.silence(20, 8_000))
