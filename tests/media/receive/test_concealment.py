"""Concealment of lost frames."""

from __future__ import annotations

import numpy as np

from gateway.media.receive.concealment import Concealment

TONE = (8000 * np.sin(2 * np.pi * 400 * np.arange(160) / 8000)).astype(np.int16)


def power(frame: np.ndarray) -> float:
    return float(np.mean(frame.astype(float) ** 2))


def test_received_frames_pass_unchanged() -> None:
    concealment = Concealment()
    assert concealment.received(TONE) is TONE


def test_lost_frames_fade_to_silence_within_60_ms() -> None:
    concealment = Concealment()
    concealment.received(TONE)
    powers = [power(concealment.lost()) for _ in range(4)]
    assert powers[0] > powers[1] > powers[2] > 0
    assert powers[3] == 0


def test_a_fade_goes_on_without_a_step_from_frame_to_frame() -> None:
    concealment = Concealment()
    concealment.received(TONE)
    sound = np.concatenate([TONE, *(concealment.lost() for _ in range(4))]).astype(int)
    assert np.abs(np.diff(sound)).max() <= np.abs(np.diff(TONE.astype(int))).max() + 10


def test_sound_comes_back_without_a_click_and_is_whole_after_4_ms() -> None:
    concealment = Concealment()
    concealment.received(TONE)
    for _ in range(5):
        concealment.lost()
    back = concealment.received(np.full(160, 10_000, np.int16))
    assert back[0] == 0
    assert np.abs(np.diff(back.astype(int))).max() < 500
    assert (back[32:] == 10_000).all()


def test_a_stream_that_never_began_is_silent() -> None:
    assert not Concealment().lost().any()
