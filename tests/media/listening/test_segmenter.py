"""Utterances from probabilities of speech; one window is 32 ms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.leg import Endpointing, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.media.listening.segmenter import UtteranceSegmenter

WINDOW = 256


def window(number: int) -> np.ndarray:
    """A window whose samples tell their own position, modulo 2**15."""
    return ((np.arange(WINDOW) + number * WINDOW) % 2**15).astype(np.int16)


def run(segmenter: UtteranceSegmenter, pattern: str, *, playing: bool = False) -> list:
    """Push one window for each character: ``#`` is speech, ``+`` is between the thresholds, ``.`` silence."""
    events = []
    for character in pattern:
        number = segmenter.position // WINDOW
        probability = {"#": 0.95, "+": 0.4, ".": 0.02}[character]
        events += segmenter.push(window(number), probability, playing=playing)
    return events


def kinds(events: list) -> list[str]:
    return [type(event).__name__.removeprefix("Speech") for event in events]


def test_an_utterance_has_exact_positions_and_brings_200_ms_from_before() -> None:
    events = run(UtteranceSegmenter(), "." * 20 + "#" * 30 + "." * 30)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    started, paused, ended = events
    assert started.position == paused.start == ended.start == 20 * WINDOW
    assert paused.end == ended.end == 50 * WINDOW
    first = int(paused.pcm.samples[0])
    assert first == 20 * WINDOW - 1600
    assert len(paused.pcm) == 1600 + 30 * WINDOW + 1600
    assert np.array_equal(paused.pcm.samples, ((np.arange(len(paused.pcm)) + first) % 2**15).astype(np.int16))
    assert ended.pcm is paused.pcm
    assert not ended.forced
    # 600 ms of silence are 18.75 windows, so the nineteenth decides.
    assert ended.decided == (50 + 19) * WINDOW


def test_a_pause_is_told_after_its_length_and_speech_that_goes_on_voids_it() -> None:
    segmenter = UtteranceSegmenter(Endpointing(pause_ms=200, end_ms=600))
    events = run(segmenter, "#" * 10 + "." * 10 + "#" * 10 + "." * 25)
    assert kinds(events) == ["Started", "Paused", "Resumed", "Paused", "Ended"]
    assert events[1].end == 10 * WINDOW
    assert events[2].position == 20 * WINDOW
    assert events[3].start == 0
    assert events[3].end == events[4].end == 30 * WINDOW
    assert len(events[3].pcm) == 30 * WINDOW + 1600


@pytest.mark.parametrize("pattern", ["#", "##", "###", "##..#", "#....##....###"])
def test_a_sound_below_100_ms_yields_nothing(pattern: str) -> None:
    assert run(UtteranceSegmenter(), pattern + "." * 40) == []


def test_during_playback_speech_must_last_for_the_barge_in_time() -> None:
    cough = UtteranceSegmenter(Endpointing(barge_in_ms=160))
    assert run(cough, "####" + "." * 40, playing=True) == []
    speech = UtteranceSegmenter(Endpointing(barge_in_ms=160))
    assert kinds(run(speech, "." * 3 + "#####", playing=True)) == ["Started"]
    assert speech.voiced == 5 * WINDOW


def test_the_same_sound_counts_when_nothing_is_played() -> None:
    assert kinds(run(UtteranceSegmenter(), "####" + "." * 40)) == ["Started", "Paused", "Ended"]


def test_speech_that_wavers_between_the_thresholds_goes_on_but_does_not_begin() -> None:
    assert run(UtteranceSegmenter(), "+" * 50) == []
    assert kinds(run(UtteranceSegmenter(), "####" + "+" * 50 + "####")) == ["Started"]


def test_a_single_window_of_voice_in_a_pause_neither_resumes_nor_moves_the_end() -> None:
    events = run(UtteranceSegmenter(), "#" * 10 + "." * 8 + "#" + "." * 20)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    assert events[2].end == 10 * WINDOW


def test_speech_that_sets_in_just_before_the_end_is_awaited() -> None:
    events = run(UtteranceSegmenter(), "#" * 10 + "." * 18 + "##########" + "." * 20)
    assert kinds(events) == ["Started", "Paused", "Resumed", "Paused", "Ended"]


def test_an_utterance_of_the_longest_length_is_cut_and_nothing_is_said_twice() -> None:
    segmenter = UtteranceSegmenter(Endpointing(longest_ms=1000))
    events = run(segmenter, "#" * 70 + "." * 30)
    assert kinds(events)[:6] == ["Started", "Paused", "Ended", "Started", "Paused", "Ended"]
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    assert [event.forced for event in ended] == [True, True, False]
    first, second = ended[0].pcm.samples, ended[1].pcm.samples
    assert ended[0].decided == 32 * WINDOW
    assert int(second[0]) == (int(first[-1]) + 1) % 2**15


def test_times_may_change_during_an_utterance() -> None:
    segmenter = UtteranceSegmenter(Endpointing(end_ms=600))
    run(segmenter, "#" * 10 + "." * 10)
    segmenter.endpointing = Endpointing(end_ms=2000)
    assert run(segmenter, "." * 30) == []
    segmenter.endpointing = Endpointing(end_ms=300)
    assert kinds(run(segmenter, ".")) == ["Ended"]


def test_a_pause_longer_than_the_end_is_told_together_with_the_end() -> None:
    events = run(UtteranceSegmenter(Endpointing(pause_ms=900, end_ms=300)), "#" * 10 + "." * 40)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    assert events[1].pcm is events[2].pcm


def test_a_line_that_goes_away_ends_the_utterance_with_what_was_said() -> None:
    segmenter = UtteranceSegmenter()
    run(segmenter, "#" * 10)
    events = segmenter.close()
    assert kinds(events) == ["Paused", "Ended"]
    assert len(events[1].pcm) == 10 * WINDOW
    assert UtteranceSegmenter().close() == []


@given(
    st.lists(st.sampled_from("#+."), max_size=300),
    st.builds(
        Endpointing,
        pause_ms=st.integers(0, 800),
        end_ms=st.integers(0, 1500),
        barge_in_ms=st.integers(0, 400),
        longest_ms=st.integers(200, 4000),
    ),
    st.booleans(),
)
def test_any_sound_gives_well_formed_utterances(pattern: list[str], times: Endpointing, playing: bool) -> None:
    segmenter = UtteranceSegmenter(times)
    events = run(segmenter, "".join(pattern), playing=playing) + segmenter.close()
    state = "silence"
    last_end = 0
    paused: SpeechPaused | None = None
    for event in events:
        match event:
            case SpeechStarted():
                assert state == "silence"
                assert event.position >= last_end
                state, start = "speech", event.position
            case SpeechPaused():
                assert state == "speech"
                assert start == event.start < event.end
                assert len(event.pcm) <= event.end - event.start + 3200
                state, paused = "pause", event
            case SpeechResumed():
                assert state == "pause"
                assert paused is not None
                assert event.position >= paused.end
                state = "speech"
            case SpeechEnded():
                assert state == "pause"
                assert paused is not None
                assert event.pcm is paused.pcm
                assert event.start == start
                assert event.end == paused.end <= event.decided <= segmenter.position
                state, last_end = "silence", event.end
    assert state == "silence"
