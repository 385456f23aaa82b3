"""What is sent while nothing is played."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.playout.silence_fill import Silence, SilenceFill


def test_silence_is_digital_silence() -> None:
    fill = SilenceFill()
    assert not any(fill.frame(position).any() for position in range(0, 160_000, 160))


@pytest.mark.parametrize("rate", [8000, 16_000])
@pytest.mark.parametrize("level", [-70.0, -65.0, -50.0])
def test_comfort_noise_has_its_level_and_no_seam(level: float, rate: int) -> None:
    fill = SilenceFill(Silence.COMFORT_NOISE, level, rate)
    assert fill.frame(0).shape == (rate // 50,)
    sound = np.concatenate([fill.frame(position) for position in range(0, 3 * 40_000, 160)]).astype(float)
    assert 20 * np.log10(np.sqrt(np.mean(sound**2)) / 32768) == pytest.approx(level, abs=0.3)
    seam = np.abs(np.diff(sound))[5 * rate - 1]
    assert seam < 5 * np.sqrt(np.mean(sound**2))


def test_a_frame_cannot_be_written_to_by_one_of_the_legs_that_share_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SilenceFill(Silence.COMFORT_NOISE).frame(0)[:] = 1
