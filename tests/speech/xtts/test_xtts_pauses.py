import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.engines.xtts.pauses import PauseKeeper

RATE = 24_000


def silence(seconds):
    return np.zeros(int(seconds * RATE), np.int16)


def speech(seconds):
    return np.full(int(seconds * RATE), 3000, np.int16)


def kept(*chunks, after_s=0.2):
    keeper = PauseKeeper(RATE, after_s)
    return np.concatenate([*(keeper.push(chunk) for chunk in chunks), keeper.flush()])


@pytest.mark.parametrize(
    ("before", "between", "after", "expected"),
    [
        (0.0, 0.0, 0.0, 2.0),
        (1.5, 0.0, 0.0, 2.01),
        (0.0, 0.3, 0.0, 2.3),
        (0.0, 3.0, 0.0, 2.6),
        (0.0, 0.0, 3.0, 2.2),
        (0.0, 0.0, 0.1, 2.1),
    ],
)
def test_pauses_are_no_longer_than_they_should_be(before, between, after, expected):
    sound = np.concatenate([silence(before), speech(1), silence(between), speech(1), silence(after)])
    chunks = np.array_split(sound, 9)
    assert len(kept(*chunks)) / RATE == pytest.approx(expected, abs=0.001)


@given(
    st.lists(st.sampled_from([silence(0.05), silence(0.9), speech(0.02), speech(0.3)]), max_size=8), st.integers(1, 7)
)
def test_how_the_sound_is_cut_into_chunks_loses_no_speech(parts, cuts):
    sound = np.concatenate([silence(0), *parts])
    whole, cut = kept(sound), kept(*np.array_split(sound, cuts))
    assert np.count_nonzero(whole) == np.count_nonzero(cut) == np.count_nonzero(sound)
    assert len(whole) <= len(sound)


def test_silence_alone_is_nothing():
    assert kept(silence(2), silence(1)).size == 0


def test_sound_is_passed_on_at_once_and_silence_when_speech_follows():
    keeper = PauseKeeper(RATE, 0.2)
    assert len(keeper.push(speech(0.3))) == 0.3 * RATE
    assert len(keeper.push(silence(0.3))) == 0
    assert len(keeper.push(speech(0.1))) == pytest.approx(0.4 * RATE, abs=1)
