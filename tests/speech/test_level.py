import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.audio import Pcm
from gateway.speech.engines.level import level, trim


def tone(amplitude, seconds=0.5, rate=16_000):
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


def dbfs(samples):
    return 10 * np.log10(np.mean(np.square(samples / 32768)))


@pytest.mark.parametrize("amplitude", [600, 4000, 32000])
def test_speech_comes_out_at_minus_twenty_whatever_its_level(amplitude):
    assert dbfs(level(Pcm(tone(amplitude), 16_000)).samples) == pytest.approx(-20, abs=0.2)


def test_pauses_do_not_make_the_speech_louder():
    speech = tone(4000)
    paused = np.concatenate([speech, np.zeros(32_000, np.int16), speech])
    assert dbfs(level(Pcm(paused, 16_000)).samples[:8000]) == pytest.approx(-20, abs=0.2)


def test_a_peak_is_bent_and_not_cut_off():
    samples = tone(1000)
    samples[4000] = 9000
    levelled = level(Pcm(samples, 16_000)).samples
    assert 0.7 * 32767 < levelled[4000] < 32767


@given(arrays.arrays(np.int16, st.integers(0, 2000)))
def test_levelling_keeps_the_length_and_silence_stays_silence(samples):
    levelled = level(Pcm(samples, 16_000))
    assert len(levelled) == len(samples)
    assert level(Pcm(np.zeros_like(samples), 16_000)).samples.any() == np.False_


def test_trimming_leaves_the_asked_for_silence():
    samples = np.concatenate([np.zeros(16_000, np.int16), tone(4000), np.zeros(16_000, np.int16)])
    trimmed = trim(Pcm(samples, 16_000), before_ms=10, after_ms=100)
    assert len(trimmed) == pytest.approx(8000 + 160 + 1600, abs=320)
    assert len(trim(Pcm(np.zeros(8000, np.int16), 16_000), 10, 100)) == 0
