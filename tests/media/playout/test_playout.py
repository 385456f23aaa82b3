"""The playout queue: what is sent, where, and what was heard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.leg import Heard, PlaybackEnded, PlaybackOutcome, PlaybackStarted
from gateway.media.playout.playout import Playout

sounds = st.lists(st.lists(st.integers(1, 700), max_size=6), min_size=1, max_size=5)


def ramp(length: int, start: int = 1) -> np.ndarray:
    return np.arange(start, start + length, dtype=np.int16)


def run(playout: Playout, ticks: int, position: int = 0) -> tuple[np.ndarray, list]:
    frames, events = [], []
    for tick in range(ticks):
        frame, happened = playout.next_frame(position + tick * 160)
        frames.append(np.zeros(160, np.int16) if frame is None else frame)
        events += happened
    return np.concatenate(frames), events


@given(sounds)
def test_complete_sounds_follow_each_other_without_a_gap_and_positions_are_exact(lengths: list[list[int]]) -> None:
    playout = Playout()
    value = 1
    for number, chunks in enumerate(lengths):
        playout.enqueue(number, barge_in=True)
        for length in chunks:
            playout.append(number, ramp(length, value))
            value += length
        playout.complete(number)
    total = value - 1
    sent, events = run(playout, total // 160 + 2, position=800)
    assert np.array_equal(sent[:total], ramp(total))
    assert not sent[total:].any()
    position = 800
    expected = []
    for number, chunks in enumerate(lengths):
        length = sum(chunks)
        start = position if length else None
        if length:
            expected.append(PlaybackStarted(number, position))
        expected.append(PlaybackEnded(number, Heard(PlaybackOutcome.FINISHED, start, length, length)))
        position += length
    assert events == expected
    assert not playout.playing


def test_a_late_chunk_is_waited_for_in_silence() -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=True)
    assert playout.next_frame(0) == (None, [])
    assert not playout.playing
    assert not playout.empty
    playout.append(1, ramp(100))
    frame, events = playout.next_frame(160)
    assert frame is not None
    assert frame.tolist() == [*range(1, 101), *([0] * 60)]
    assert events == [PlaybackStarted(1, 160)]
    assert playout.playing
    assert playout.next_frame(320) == (None, [])
    playout.append(1, ramp(60, 101))
    playout.complete(1)
    frame, events = playout.next_frame(480)
    assert frame is not None
    assert frame[:60].tolist() == list(range(101, 161))
    assert events == [PlaybackEnded(1, Heard(PlaybackOutcome.FINISHED, 160, 160, 160))]


def test_stopping_tells_what_was_heard_of_what_was_queued() -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=False)
    playout.append(1, ramp(1000))
    run(playout, 3, position=160)
    assert playout.stop(1) == [PlaybackEnded(1, Heard(PlaybackOutcome.STOPPED, 160, 480, 1000))]
    assert playout.empty
    assert playout.next_frame(640) == (None, [])
    assert playout.stop(1) == []


def test_stopping_a_queued_sound_leaves_the_others() -> None:
    playout = Playout()
    for number in (1, 2, 3):
        playout.enqueue(number, barge_in=True)
        playout.append(number, np.full(160, number, np.int16))
        playout.complete(number)
    assert playout.stop(2) == [PlaybackEnded(2, Heard(PlaybackOutcome.STOPPED, None, 0, 160))]
    sent, _ = run(playout, 2)
    assert sent[::160].tolist() == [1, 3]


def test_barge_in_spares_what_may_not_be_interrupted_and_drops_all_behind_the_first_that_may() -> None:
    playout = Playout()
    for number, barge_in in ((1, False), (2, True), (3, False)):
        playout.enqueue(number, barge_in=barge_in)
        playout.append(number, np.full(320, number, np.int16))
        playout.complete(number)
    run(playout, 1)
    assert [event.playback_id for event in playout.barge_in()] == [2, 3]
    sent, events = run(playout, 2, position=160)
    assert sent[::160].tolist() == [1, 0]
    assert events == [PlaybackEnded(1, Heard(PlaybackOutcome.FINISHED, 0, 320, 320))]


@given(st.lists(st.sampled_from(["open", "chunk", "complete", "stop", "barge", "tick"]), max_size=60))
def test_every_sound_ends_exactly_once_and_is_never_heard_beyond_what_was_queued(steps: list[str]) -> None:
    playout = Playout()
    events: list = []
    opened = position = 0
    for step in steps:
        match step:
            case "open":
                opened += 1
                playout.enqueue(opened, barge_in=opened % 2 == 0)
            case "chunk":
                playout.append(opened, ramp(100))
            case "complete":
                playout.complete(opened)
            case "stop":
                events += playout.stop(max(1, opened - 1))
            case "barge":
                events += playout.barge_in()
            case "tick":
                events += playout.next_frame(position)[1]
                position += 160
    events += playout.close()
    ended = [event for event in events if isinstance(event, PlaybackEnded)]
    assert sorted(event.playback_id for event in ended) == list(range(1, opened + 1))
    for event in ended:
        assert 0 <= event.heard.samples <= event.heard.of
        assert (event.heard.start is None) == (event.heard.samples == 0)


@given(st.lists(st.tuples(st.sampled_from([8000, 16000]), st.lists(st.integers(1, 700), max_size=4)), min_size=1))
def test_sounds_of_two_rates_follow_each_other_and_no_frame_has_both(sounds: list[tuple[int, list[int]]]) -> None:
    playout = Playout()
    value = 1
    for number, (rate, chunks) in enumerate(sounds):
        playout.enqueue(number, barge_in=True, rate=rate)
        for length in chunks:
            playout.append(number, ramp(length, value))
            value += length
        playout.complete(number)
    sent, events, position = [], [], 0
    while len([event for event in events if isinstance(event, PlaybackEnded)]) < len(sounds):
        frame, happened = playout.next_frame(position)
        if frame is not None:
            assert len(frame) in {160, 320}
            sent.append(frame)
        events += happened
        position += 160
    # Silence that fills up a frame is the only thing between the sounds.
    whole = np.concatenate(sent) if sent else np.zeros(0)
    assert whole[whole != 0].tolist() == list(range(1, value))
    ended = [event.heard for event in events if isinstance(event, PlaybackEnded)]
    for (rate, chunks), heard in zip(sounds, ended, strict=True):
        lasts = -(-sum(chunks) * 8000 // rate)
        assert (heard.samples, heard.of) == (lasts, lasts)
    placed = [heard for heard in ended if heard.start is not None]
    for one, other in itertools.pairwise(placed):
        assert one.start + one.samples - 1 <= other.start <= one.start + one.samples + 160


def test_what_was_heard_of_a_wide_sound_is_counted_like_any_other() -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=True, rate=16_000)
    playout.append(1, ramp(1000))
    frame, events = playout.next_frame(800)
    assert frame is not None
    assert frame.tolist() == list(range(1, 321))
    assert events == [PlaybackStarted(1, 800)]
    playout.next_frame(960)
    assert playout.stop(1) == [PlaybackEnded(1, Heard(PlaybackOutcome.STOPPED, 800, 320, 500))]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(1, 40), st.sampled_from([8000, 16000]))
def test_a_repeated_sound_begins_anew_without_a_gap_until_it_is_stopped(
    chunks: list[int], ticks: int, rate: int
) -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=False, rate=rate, repeat=True)
    value = 1
    for length in chunks:
        playout.append(1, ramp(length, value))
        value += length
    playout.complete(1)
    period = ramp(value - 1)
    frames = [playout.next_frame(tick * 160)[0] for tick in range(ticks)]
    assert np.array_equal(np.concatenate(frames), np.resize(period, ticks * rate // 50))
    assert playout.barge_in() == []
    heard = Heard(PlaybackOutcome.STOPPED, 0, ticks * 160, -(-len(period) * 8000 // rate))
    assert playout.stop(1) == [PlaybackEnded(1, heard)]


def test_an_empty_sound_that_is_repeated_is_over() -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=True, repeat=True)
    playout.complete(1)
    assert playout.next_frame(0) == (None, [PlaybackEnded(1, Heard(PlaybackOutcome.FINISHED, None, 0, 0))])


def test_a_sound_behind_a_repeated_one_waits_until_that_is_stopped() -> None:
    playout = Playout()
    playout.enqueue(1, barge_in=True, repeat=True)
    playout.append(1, np.full(100, 1, np.int16))
    playout.complete(1)
    playout.enqueue(2, barge_in=True)
    playout.append(2, np.full(160, 2, np.int16))
    playout.complete(2)
    run(playout, 10)
    playout.stop(1)
    sent, _ = run(playout, 1, position=1600)
    assert set(sent.tolist()) == {2}


@pytest.mark.parametrize("rate", [0, -8000, 8001, 11_025, 24_000, 48_000])
def test_a_rate_that_no_line_sends_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="only of 8000 and of 16000"):
        Playout().enqueue(1, barge_in=True, rate=rate)
