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
    assert dbfs(level(Pcm(tone(amplitude, 1.0), 16_000)).samples) == pytest.approx(-20, abs=0.2)


@pytest.mark.parametrize("pause_s", [2, 10])
def test_pauses_do_not_make_the_speech_louder(pause_s):
    speech = tone(4000, 5.0)
    paused = np.concatenate([speech, np.zeros(16_000 * pause_s, np.int16), speech])
    # P.56 counts 200 ms behind each stretch of speech as speech.
    assert dbfs(level(Pcm(paused, 16_000)).samples[:80_000]) == pytest.approx(-20, abs=0.2)


@pytest.mark.parametrize("after_s", [0.0, 0.08, 0.22, 1.0])
def test_how_much_silence_a_sentence_ends_with_does_not_change_its_level(after_s):
    word = tone(4000, 0.4)
    alone = level(Pcm(word, 16_000)).samples
    ended = level(Pcm(np.concatenate([word, np.zeros(int(16_000 * after_s), np.int16)]), 16_000)).samples
    assert dbfs(ended[:6400]) == pytest.approx(dbfs(alone), abs=0.01)


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


def with_hum(pause_s, hum=300, seconds=0.05):
    silence = np.zeros(int(16_000 * pause_s), np.int16)
    return np.concatenate([silence, tone(9000, 1.0), silence, tone(hum, seconds), np.zeros(8000, np.int16)])


def test_a_faint_hum_far_behind_the_last_word_is_no_speech():
    trimmed = trim(Pcm(with_hum(0.6), 16_000), before_ms=0, after_ms=0)
    assert trimmed.seconds == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("pause_s", "hum"), [(0.2, 300), (0.6, 3000)])
def test_a_faint_ending_and_a_word_behind_a_pause_are_speech(pause_s, hum):
    trimmed = trim(Pcm(with_hum(pause_s, hum), 16_000), before_ms=0, after_ms=0)
    assert trimmed.seconds == pytest.approx(1.05 + pause_s, abs=0.02)


@given(arrays.arrays(np.int16, st.integers(0, 2000)))
def test_trimming_cuts_off_ends_only(samples):
    trimmed = trim(Pcm(samples, 16_000), 10, 10).samples
    assert trimmed.tobytes() in samples.tobytes()
    loudest = np.abs(samples.astype(int)).max(initial=0)
    if loudest > 200:
        assert np.abs(trimmed.astype(int)).max() == loudest
