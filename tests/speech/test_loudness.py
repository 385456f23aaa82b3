import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.audio import Pcm
from gateway.speech.loudness import speech_level


def sine(dbov, seconds=2.0, rate=16_000, hertz=440):
    amplitude = 32768 * np.sqrt(2) * 10 ** (dbov / 20)
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


def silence(seconds, rate=16_000):
    return np.zeros(int(seconds * rate), np.int16)


def voice(seconds=3.0, rate=16_000, seed=1):
    """Return noise with syllables: 4 Hz swells, as speech has."""
    time = np.arange(int(seconds * rate)) / rate
    swell = np.clip(np.sin(2 * np.pi * 4 * time), 0.02, None) ** 2
    return np.random.default_rng(seed).normal(0, 3000, len(time)) * swell


@pytest.mark.parametrize("dbov", [-60, -40, -26, -20, -10, -4])
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000])
def test_a_steady_tone_is_as_loud_as_its_power(dbov, rate):
    level = speech_level(Pcm(sine(dbov, rate=rate), rate))
    assert level.dbov == pytest.approx(dbov, abs=0.3)
    assert level.activity == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("pause_s", [1.0, 3.0, 10.0])
def test_pauses_do_not_count(pause_s):
    speech = voice()
    alone = speech_level(Pcm(speech.astype(np.int16), 16_000))
    paused = np.concatenate([speech, silence(pause_s), speech, silence(pause_s)]).astype(np.int16)
    level = speech_level(Pcm(paused, 16_000))
    # The hangover of 200 ms behind each stretch counts as speech (P.56).
    assert level.dbov == pytest.approx(alone.dbov, abs=0.6)
    assert level.activity == pytest.approx(alone.activity * 3 / (3 + pause_s), abs=0.08)


@given(st.floats(-30, 10))
def test_a_gain_raises_the_level_by_itself(gain_db):
    quiet = voice(1.0) / 8
    before = speech_level(Pcm(np.rint(quiet).astype(np.int16), 16_000))
    after = speech_level(Pcm(np.rint(quiet * 10 ** (gain_db / 20)).astype(np.int16), 16_000))
    assert after.dbov - before.dbov == pytest.approx(gain_db, abs=0.6)


def test_noise_of_the_line_between_the_words_hardly_counts():
    speech = voice()
    hiss = np.random.default_rng(2).normal(0, 10, 2 * len(speech))
    paused = np.concatenate([speech, silence(3.0)]) + hiss
    clean = speech_level(Pcm(speech.astype(np.int16), 16_000))
    assert speech_level(Pcm(paused.astype(np.int16), 16_000)).dbov == pytest.approx(clean.dbov, abs=0.5)


@pytest.mark.parametrize("samples", [silence(0), silence(1), np.array([1], np.int16), np.ones(16_000, np.int16)])
def test_silence_has_no_level(samples):
    assert speech_level(Pcm(samples, 16_000)) is None


@given(arrays.arrays(np.int16, st.integers(0, 3000)), st.sampled_from([8_000, 16_000, 24_000]))
def test_every_sound_has_a_level_that_can_be(samples, rate):
    level = speech_level(Pcm(samples, rate))
    if level is not None:
        assert -100 < level.dbov < 0.1
        assert 0 <= level.activity <= 1
