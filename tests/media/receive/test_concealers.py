"""Concealment of all legs in one array."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.comfort_noise import ComfortNoiseError, comfort_noise_payload
from gateway.media.receive.concealers import Concealers
from gateway.media.receive.frame_kind import FrameKind

RATES = pytest.mark.parametrize("rate", [8000, 16_000])
Sound = np.ndarray


def voice(rate: int, frames: int = 12, frequency: float = 130.0, level: float = 6000.0) -> Sound:
    """A vowel-like sound: harmonics of ``frequency`` that fall by 6 dB an octave; int16 [frames, frame]."""
    times = np.arange(frames * rate // 50) / rate
    harmonics = sum(np.sin(2 * np.pi * frequency * n * times + n) / n for n in range(1, 16))
    return (level / 2 * harmonics).astype(np.int16).reshape(frames, -1)


def noise(rate: int, frames: int, level: float) -> Sound:
    return np.random.default_rng(7).normal(0, level, (frames, rate // 50)).astype(np.int16)


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound.astype(float) ** 2)))


class Line:
    """One slot of a bank, fed frame by frame."""

    def __init__(self, rate: int = 8000, slot: int = 3, capacity: int = 5) -> None:
        self.bank = Concealers(capacity, rate)
        self.slot = slot
        self.frame = rate // 50

    def hear(self, frame: Sound | None, kind: FrameKind = FrameKind.SOUND, *, spliced: bool = False) -> Sound:
        row = np.full((1, self.frame), 77, np.int16) if frame is None else frame[None].copy()
        self.bank.apply(np.array([self.slot]), row, np.array([kind], np.uint8), np.array([spliced]))
        return row[0]

    def hear_all(self, sound: Sound, lost: set[int] = frozenset(), kind: FrameKind = FrameKind.LOST) -> Sound:
        return np.stack([self.hear(None, kind) if n in lost else self.hear(frame) for n, frame in enumerate(sound)])


def steepest(sound: Sound) -> int:
    return int(np.abs(np.diff(sound.astype(int).reshape(-1))).max())


@RATES
def test_received_frames_pass_unchanged(rate: int) -> None:
    sound = voice(rate)
    assert (Line(rate).hear_all(sound) == sound).all()


@RATES
@pytest.mark.parametrize("frequency", [90.0, 130.0, 205.0, 333.0])
def test_a_lost_frame_of_a_steady_voice_is_continued_in_its_pitch(rate: int, frequency: float) -> None:
    sound = voice(rate, frequency=frequency)
    heard = Line(rate).hear_all(sound, {8})
    faded = rate // 100
    error = rms(heard[8][:faded].astype(float) - sound[8][:faded])
    assert error < 0.3 * rms(sound[8])  # A period is a whole number of samples, so up to half of one is missed.


@RATES
def test_neither_the_gap_nor_the_return_clicks(rate: int) -> None:
    sound = voice(rate, frames=20)
    heard = Line(rate).hear_all(sound, {6, 10, 11, 15, 16, 17, 18})
    assert steepest(heard) < 1.6 * steepest(sound)


@RATES
def test_a_long_loss_fades_to_nothing_by_80_ms_when_there_was_no_background(rate: int) -> None:
    heard = Line(rate).hear_all(np.concatenate([np.zeros((16, rate // 50), np.int16), voice(rate)]), set(range(20, 28)))
    levels = [rms(frame) for frame in heard[19:25]]
    assert all(before > after for before, after in pairwise(levels[:-1]))
    assert levels[1] > 0.6 * levels[0]
    assert not heard[24:28].any()


@RATES
def test_below_a_long_loss_comes_up_the_background_of_the_caller(rate: int) -> None:
    background = noise(rate, 60, 30.0)
    heard = Line(rate).hear_all(np.concatenate([background, voice(rate, 40)]), set(range(70, 100)))
    assert 15 < rms(heard[75:100]) < 60


def test_a_loud_background_is_held_to_50_db_below_overload() -> None:
    heard = Line().hear_all(noise(8000, 100, 2000.0), set(range(70, 100)))
    assert 60 < rms(heard[75:100]) < 150


@RATES
def test_an_inserted_frame_keeps_the_level_of_the_voice(rate: int) -> None:
    sound = voice(rate)
    heard = Line(rate).hear_all(sound, {8}, FrameKind.STRETCHED)
    assert rms(heard[8]) == pytest.approx(rms(sound[7]), rel=0.15)
    assert steepest(heard) < 1.6 * steepest(sound)


@RATES
def test_sound_that_is_waited_for_long_fades_like_lost_sound(rate: int) -> None:
    sound = voice(rate)
    heard = Line(rate).hear_all(sound, set(range(4, 10)), FrameKind.STRETCHED)
    assert rms(heard[9]) < 0.02 * rms(heard[4])


def test_sound_that_was_spliced_is_blended_in_and_whole_after_5_ms() -> None:
    sound = voice(8000, frames=20)
    line = Line()
    line.hear_all(sound[:8])
    shifted = np.roll(sound.reshape(-1), 31).reshape(sound.shape)
    heard = line.hear(shifted[9], spliced=True)
    assert steepest(np.concatenate([sound[7], heard])) < 1.6 * steepest(sound)
    assert (heard[40:] == shifted[9][40:]).all()
    assert (line.hear(shifted[10]) == shifted[10]).all()


@RATES
def test_a_pause_sounds_at_the_level_that_the_peer_described(rate: int) -> None:
    line = Line(rate)
    line.hear_all(voice(rate))
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-50))
    pause = np.stack([line.hear(None, FrameKind.PAUSE) for _ in range(60)])
    assert rms(pause[1:]) == pytest.approx(32768 * 10 ** (-50 / 20), rel=0.1)
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-70))
    line.hear(None, FrameKind.PAUSE)
    pause = np.stack([line.hear(None, FrameKind.PAUSE) for _ in range(60)])
    assert rms(pause) == pytest.approx(32768 * 10 ** (-70 / 20), rel=0.1)


def test_a_pause_begins_and_ends_without_a_click() -> None:
    sound = voice(8000, frames=20)
    line = Line()
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-60))
    heard = [line.hear(None, FrameKind.PAUSE) if 6 <= n < 12 else line.hear(frame) for n, frame in enumerate(sound)]
    assert steepest(np.stack(heard)) < 1.6 * steepest(sound)


def test_a_pause_of_a_peer_that_describes_none_sounds_like_its_background() -> None:
    line = Line()
    line.hear_all(noise(8000, 60, 30.0))
    pause = np.stack([line.hear(None, FrameKind.PAUSE) for _ in range(40)])
    assert 15 < rms(pause) < 60


def test_a_loss_inside_a_pause_is_more_of_the_pause() -> None:
    line = Line()
    line.hear_all(voice(8000))
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-50))
    line.hear(None, FrameKind.PAUSE)
    lost = np.stack([line.hear(None, FrameKind.LOST) for _ in range(40)])
    assert rms(lost) == pytest.approx(32768 * 10 ** (-50 / 20), rel=0.1)


def test_comfort_noise_without_a_level_is_refused_and_changes_nothing() -> None:
    line = Line()
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-50))
    with pytest.raises(ComfortNoiseError, match="without a level"):
        line.bank.comfort_noise(line.slot, b"")
    line.hear(None, FrameKind.PAUSE)
    assert rms(np.stack([line.hear(None, FrameKind.PAUSE) for _ in range(40)])) > 80


def test_a_stream_that_never_began_or_is_over_is_silent() -> None:
    line = Line()
    assert not line.hear(None, FrameKind.NOTHING).any()
    assert not line.hear(None, FrameKind.LOST).any()
    line.hear_all(voice(8000))
    line.hear(None, FrameKind.LOST)
    assert not line.hear(None, FrameKind.NOTHING).any()
    sound = voice(8000)[0]
    assert (line.hear(sound) == sound).all()


def test_a_reset_slot_remembers_nothing_of_the_leg_before() -> None:
    line = Line()
    line.hear_all(noise(8000, 60, 50.0))
    line.bank.comfort_noise(line.slot, comfort_noise_payload(-40))
    line.hear(None, FrameKind.PAUSE)
    line.bank.reset(line.slot)
    assert not line.hear(None, FrameKind.LOST).any()
    assert not np.stack([line.hear(None, FrameKind.PAUSE) for _ in range(5)]).any()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(FrameKind), st.booleans()), min_size=4, max_size=4), min_size=1, max_size=30
    )
)
def test_what_one_leg_hears_does_not_depend_on_the_others(story: list[list[tuple[FrameKind, bool]]]) -> None:
    """Each leg of a bank hears what it would hear alone; where there is noise, only its level is the same."""
    sound = voice(8000, frames=len(story))
    bank, slots = Concealers(9), np.array([0, 2, 5, 8])
    alone = [Line(slot=slot, capacity=9) for slot in slots]
    for tick, cells in enumerate(story):
        frames = np.stack([np.roll(sound[tick], 10 * n) for n in range(4)])
        expected = [
            line.hear(frame, kind, spliced=spliced)
            for line, frame, (kind, spliced) in zip(alone, frames, cells, strict=True)
        ]
        kinds = np.array([kind for kind, _ in cells], np.uint8)
        bank.apply(slots, frames, kinds, np.array([spliced for _, spliced in cells]))
        # The banks draw their noise in another order; it is at most 50 dB below overload, six times that at its peaks.
        assert np.abs(frames.astype(int) - np.stack(expected)).max() < 800
        quiet = kinds == FrameKind.NOTHING
        assert not frames[quiet].any()


@RATES
@pytest.mark.parametrize("sample", [8, -8, 32767, -32768])
def test_the_silence_of_a_codec_and_the_loudest_sound_are_continued_like_any_other(rate: int, sample: int) -> None:
    line = Line(rate)
    line.hear_all(np.full((9, rate // 50), sample, np.int16))
    assert np.abs(line.hear(None, FrameKind.LOST).astype(int) - sample)[: rate // 200].max() <= 1
    assert np.abs(line.hear(None, FrameKind.LOST).astype(int)).max() <= abs(sample)
