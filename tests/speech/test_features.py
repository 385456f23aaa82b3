"""The way of an utterance to what Whisper reads."""

import numpy as np
import pytest
from speech_fakes import tone

from gateway.audio import resample, write_wav
from gateway.speech.engines.features import (
    HOP,
    PADDING_S,
    WHISPER_RATE,
    WINDOW_S,
    extractor,
    frames_for,
    log_mel,
    waveform,
)
from gateway.speech.requests import _sound


def test_wideband_sound_reaches_the_model_sample_by_sample():
    sound = tone(500, 16_000)
    received = _sound(write_wav(sound))
    assert received.rate == 16_000
    assert np.array_equal(waveform(received) * 32768, sound.samples)


@pytest.mark.parametrize("rate", [8_000, 24_000])
def test_sound_of_another_rate_is_resampled_once(rate):
    sound = tone(500, rate)
    wave = waveform(sound)
    assert len(wave) == 8_000
    assert np.allclose(wave * 32768, resample(sound, 16_000).samples, atol=1.5)


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("milliseconds", [100, 733, 3000])
def test_silence_that_is_not_calculated_is_what_it_would_have_been(bands, milliseconds):
    rng = np.random.default_rng(milliseconds)
    wave = rng.normal(0, 0.1, 16 * milliseconds).astype(np.float32)
    frames = frames_for([wave])
    whole = extractor(bands)(np.pad(wave, (0, frames * HOP - len(wave))), padding=0)[:, :frames]
    assert np.allclose(log_mel(wave, frames, bands), whole, rtol=0, atol=1e-6)


def test_a_batch_is_as_long_as_its_longest_and_never_longer_than_the_window():
    short, long = np.zeros(WHISPER_RATE, np.float32), np.zeros(29 * WHISPER_RATE, np.float32)
    assert frames_for([short]) == 100 * (1 + PADDING_S)
    assert frames_for([short, long]) == 100 * WINDOW_S
    assert log_mel(short, 3000, 80).shape == (80, 3000)
    assert np.isfinite(log_mel(short, 900, 80)).all()


def test_a_sound_that_fills_the_window_is_calculated_whole():
    wave = np.random.default_rng(1).normal(0, 0.1, WINDOW_S * WHISPER_RATE).astype(np.float32)
    assert log_mel(wave, 3000, 80).shape == (80, 3000)
