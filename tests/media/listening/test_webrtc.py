"""The light detector."""

from __future__ import annotations

import numpy as np
import pytest
from media_speech import SENTENCES, telephone_speech

from gateway.media.listening.webrtc import WebRtcDetector


def windows(sound: np.ndarray) -> np.ndarray:
    return (sound[: len(sound) // 256 * 256] / 32768).astype(np.float32).reshape(-1, 256)


@pytest.mark.parametrize("voice", sorted(SENTENCES))
def test_it_tells_speech_from_silence(voice: str) -> None:
    detector = WebRtcDetector(4)
    judged = np.array([detector.probabilities(np.array([2]), window[None])[0] for window in windows(np.zeros(2560))])
    assert not judged.any()
    spoken = windows(telephone_speech(voice).samples)
    judged = np.array([detector.probabilities(np.array([2]), window[None])[0] for window in spoken])
    loud = (spoken**2).mean(axis=1) > 0.01**2
    assert (judged[loud] >= 0.5).mean() > 0.8


def test_noise_is_no_speech() -> None:
    detector = WebRtcDetector(1)
    noise = np.random.default_rng(0).normal(0, 100, 256 * 100)
    judged = [float(detector.probabilities(np.array([0]), window[None])[0]) for window in windows(noise)]
    # It needs a tenth of a second to know the noise.
    assert max(judged[3:]) == 0


def test_legs_do_not_mix_and_are_forgotten_one_by_one() -> None:
    spoken = windows(telephone_speech().samples)[:40]
    silent = np.zeros((1, 256), np.float32)
    alone, both = WebRtcDetector(3), WebRtcDetector(3)
    expected = [float(alone.probabilities(np.array([1]), window[None])[0]) for window in spoken]
    judged = [
        both.probabilities(np.array([0, 1]), np.concatenate([silent, window[None]])).tolist() for window in spoken
    ]
    assert [pair[1] for pair in judged] == expected
    assert not any(pair[0] for pair in judged)
    both.reset(np.array([1]))
    assert [float(both.probabilities(np.array([1]), window[None])[0]) for window in spoken] == expected


def test_what_exceeds_full_scale_is_clipped_not_wrapped() -> None:
    spoken = windows(telephone_speech().samples)
    judged = [float(WebRtcDetector(1).probabilities(np.array([0]), 9 * window[None])[0]) for window in spoken[20:40]]
    assert max(judged) == 1
