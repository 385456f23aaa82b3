"""The way of an utterance to what Whisper reads."""

import numpy as np
import pytest
from speech_fakes import tone

from gateway.audio import resample, write_wav
from gateway.speech.engines.features import waveform
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
