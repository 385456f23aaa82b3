"""The background that is known of each caller."""

from __future__ import annotations

import numpy as np

from gateway.media.receive.noise_floor import NoiseFloors

SLOTS = np.arange(3)


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound.astype(float) ** 2)))


def hear(floors: NoiseFloors, levels: list[float], seconds: float, seed: int = 1) -> None:
    random = np.random.default_rng(seed)
    for _ in range(int(50 * seconds)):
        frames = random.normal(0, 1, (len(levels), 160)) * np.array(levels)[:, None]
        floors.listen(SLOTS[: len(levels)], frames.astype(np.int16))


def test_nothing_is_known_of_who_was_never_heard() -> None:
    assert not NoiseFloors(4, 160).backgrounds(np.array([2])).any()


def test_each_leg_has_its_own_background() -> None:
    floors = NoiseFloors(3, 160)
    hear(floors, [10, 50, 200], 3)
    for background, level in zip(floors.backgrounds(SLOTS), (10, 50, 200), strict=True):
        assert 0.7 < rms(background) / level < 1.3


def test_a_sentence_of_three_seconds_is_no_background() -> None:
    floors = NoiseFloors(3, 160)
    hear(floors, [20], 3)
    hear(floors, [3000], 3)
    assert rms(floors.backgrounds(SLOTS[:1])) < 30


def test_a_quieter_background_is_found_at_once_and_a_louder_one_in_some_seconds() -> None:
    floors = NoiseFloors(3, 160)
    hear(floors, [100], 2)
    hear(floors, [10], 0.4)
    assert rms(floors.backgrounds(SLOTS[:1])) < 20
    hear(floors, [40], 15)
    assert rms(floors.backgrounds(SLOTS[:1])) > 30


def test_a_reset_forgets_one_leg() -> None:
    floors = NoiseFloors(3, 160)
    hear(floors, [50, 50], 2)
    floors.reset(0)
    backgrounds = floors.backgrounds(SLOTS[:2])
    assert not backgrounds[0].any()
    assert backgrounds[1].any()
