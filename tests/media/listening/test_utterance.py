"""Utterances from probabilities of speech; one window is 32 ms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio import Pcm
from gateway.media.leg import Endpointing, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.media.listening.utterance import Utterances

WINDOW = 256


class CountingSound:
    """Sound whose samples tell their own position, modulo 2**15, from position 0 on."""

    def cut(self, begin: int, end: int) -> Pcm:
        return Pcm((np.arange(max(0, begin), end) % 2**15).astype(np.int16), 8000)


SOUND = CountingSound()


def run(utterances: Utterances, pattern: str, *, playing: bool = False) -> list:
    """Push one window for each character: ``#`` is speech, ``+`` is between the thresholds, ``.`` silence.

    ``~`` is taken for speech but faint.
    """
    events = []
    for character in pattern:
        begin = utterances.position
        probability = {"#": 0.95, "~": 0.95, "+": 0.37, ".": 0.02}[character]
        power = 100.0 if character == "~" else 100_000.0
        events += utterances.push(begin, begin + WINDOW, probability, SOUND, power=power, playing=playing)
    return events


def kinds(events: list) -> list[str]:
    return [type(event).__name__.removeprefix("Speech") for event in events]


def test_an_utterance_has_exact_positions_and_brings_200_ms_from_before() -> None:
    events = run(Utterances(), "." * 20 + "#" * 30 + "." * 30)
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
    utterances = Utterances(Endpointing(pause_ms=200, end_ms=600))
    events = run(utterances, "#" * 10 + "." * 10 + "#" * 10 + "." * 25)
    assert kinds(events) == ["Started", "Paused", "Resumed", "Paused", "Ended"]
    assert events[1].end == 10 * WINDOW
    assert events[2].position == 20 * WINDOW
    assert events[3].start == 0
    assert events[3].end == events[4].end == 30 * WINDOW
    assert len(events[3].pcm) == 30 * WINDOW + 1600


@pytest.mark.parametrize("pattern", ["#", "##", "###", "##..#", "#....##....###"])
def test_a_sound_below_100_ms_yields_nothing(pattern: str) -> None:
    assert run(Utterances(), pattern + "." * 40) == []


def test_during_playback_speech_must_last_for_the_barge_in_time() -> None:
    cough = Utterances(Endpointing(barge_in_ms=160))
    assert run(cough, "####" + "." * 40, playing=True) == []
    speech = Utterances(Endpointing(barge_in_ms=160))
    assert kinds(run(speech, "." * 3 + "#####", playing=True)) == ["Started"]
    assert speech.interrupts


def test_speech_interrupts_only_while_it_lasts_and_once_it_has_lasted_for_the_barge_in_time() -> None:
    utterances = Utterances(Endpointing(barge_in_ms=160))
    told = []
    for character in "####" + "##" + "." * 8 + "######":
        run(utterances, character)
        told.append(utterances.interrupts)
    # The run of voice goes on for 100 ms of silence; a new one counts from its own beginning.
    assert "".join(".#"[flag] for flag in told) == "....##" + "###....." + "....##"


def test_it_is_idle_where_silence_changes_nothing() -> None:
    utterances = Utterances()
    told = []
    for character in "..#" + "." * 4 + "####" + "." * 20:
        run(utterances, character)
        told.append(utterances.idle)
    assert "".join("-i"[flag] for flag in told) == "ii----i" + "----" + "-" * 18 + "ii"


def test_during_playback_what_a_detector_adds_to_a_short_loud_sound_does_not_count() -> None:
    cough = Utterances(Endpointing(barge_in_ms=128))
    assert run(cough, "##~~~~~" + "." * 40, playing=True) == []
    assert kinds(run(Utterances(Endpointing(barge_in_ms=128)), "##~~~~~")) == ["Started"]


def test_during_playback_faint_sound_before_the_loud_counts_as_it_is_the_loudest_so_far() -> None:
    assert kinds(run(Utterances(Endpointing(barge_in_ms=128)), "~~##", playing=True)) == ["Started"]


def test_the_same_sound_counts_when_nothing_is_played() -> None:
    assert kinds(run(Utterances(), "####" + "." * 40)) == ["Started", "Paused", "Ended"]


def test_speech_that_wavers_between_the_thresholds_goes_on_but_does_not_begin() -> None:
    assert run(Utterances(), "+" * 50) == []
    assert kinds(run(Utterances(), "####" + "+" * 50 + "####")) == ["Started"]


def test_a_single_window_of_voice_in_a_pause_neither_resumes_nor_moves_the_end() -> None:
    events = run(Utterances(), "#" * 10 + "." * 8 + "#" + "." * 20)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    assert events[2].end == 10 * WINDOW


def test_speech_that_sets_in_just_before_the_end_is_awaited() -> None:
    events = run(Utterances(), "#" * 10 + "." * 18 + "##########" + "." * 20)
    assert kinds(events) == ["Started", "Paused", "Resumed", "Paused", "Ended"]


def test_an_utterance_of_the_longest_length_is_cut_and_nothing_is_said_twice() -> None:
    utterances = Utterances(Endpointing(longest_ms=1000))
    events = run(utterances, "#" * 70 + "." * 30)
    assert kinds(events)[:6] == ["Started", "Paused", "Ended", "Started", "Paused", "Ended"]
    ended = [event for event in events if isinstance(event, SpeechEnded)]
    assert [event.forced for event in ended] == [True, True, False]
    first, second = ended[0].pcm.samples, ended[1].pcm.samples
    assert ended[0].decided == 32 * WINDOW
    assert int(second[0]) == (int(first[-1]) + 1) % 2**15


def test_times_may_change_during_an_utterance() -> None:
    utterances = Utterances(Endpointing(end_ms=600))
    run(utterances, "#" * 10 + "." * 10)
    utterances.endpointing = Endpointing(end_ms=2000)
    assert run(utterances, "." * 30) == []
    utterances.endpointing = Endpointing(end_ms=300)
    assert kinds(run(utterances, ".")) == ["Ended"]


def test_a_pause_longer_than_the_end_is_told_together_with_the_end() -> None:
    events = run(Utterances(Endpointing(pause_ms=900, end_ms=300)), "#" * 10 + "." * 40)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    assert events[1].pcm is events[2].pcm


def test_a_line_that_goes_away_ends_the_utterance_with_what_was_said() -> None:
    utterances = Utterances()
    run(utterances, "#" * 10)
    events = utterances.close(SOUND)
    assert kinds(events) == ["Paused", "Ended"]
    assert len(events[1].pcm) == 10 * WINDOW
    assert Utterances().close(SOUND) == []


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
    utterances = Utterances(times)
    events = run(utterances, "".join(pattern), playing=playing) + utterances.close(SOUND)
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
                assert event.end == paused.end <= event.decided <= utterances.position
                state, last_end = "silence", event.end
    assert state == "silence"
