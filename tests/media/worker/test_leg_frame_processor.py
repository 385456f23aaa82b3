"""One leg's frames: utterances, barge-in, playout and recording tick by tick, with the network's judgement given."""

from __future__ import annotations

import numpy as np

from gateway.media.leg import (
    Endpointing,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.media.recording.recording_tap import RecordingPiece, RecordingTap
from gateway.media.worker.leg_frame_processor import LegFrameProcessor

LOUD = (6000 * np.sin(2 * np.pi * 200 * np.arange(160) / 8000)).astype(np.int16)


def tick(processor: LegFrameProcessor, *, speech: bool) -> tuple[np.ndarray, list]:
    """One tick in which the caller speaks or is silent."""
    window = processor.receive(LOUD if speech else None)
    result = processor.advance(None if window is None else 0.9 if speech else 0.01)
    return result.frame, result.events


def play(processor: LegFrameProcessor, number: int, samples: int, *, barge_in: bool = True) -> None:
    processor.playout.enqueue(number, barge_in=barge_in)
    processor.playout.append(number, np.full(samples, 1000 + number, np.int16))
    processor.playout.complete(number)


def test_a_silent_line_yields_silence_and_asks_nothing_of_the_network() -> None:
    processor = LegFrameProcessor()
    for _ in range(50):
        assert processor.receive(None) is None
        result = processor.advance(None)
        assert not result.frame.any()
        assert result.events == []
    assert processor.position == 8000


def test_windows_follow_each_other_without_a_gap() -> None:
    processor = LegFrameProcessor()
    sound = np.random.default_rng(0).integers(-8000, 8000, 160 * 40).astype(np.int16)
    windows = []
    for number in range(40):
        asked = processor.receive(sound[number * 160 : (number + 1) * 160])
        if asked is not None:
            windows.append(asked[1])
        processor.advance(0.0)
    joined = np.concatenate(windows)
    assert len(windows) == 25
    assert np.array_equal(joined, sound[: len(joined)])


def test_speech_stops_the_playback_in_the_tick_that_recognises_it() -> None:
    processor = LegFrameProcessor(Endpointing(barge_in_ms=160))
    play(processor, 1, 80_000)
    play(processor, 2, 80_000)
    for _ in range(10):
        tick(processor, speech=False)
    spoken = 0
    while True:
        frame, events = tick(processor, speech=True)
        spoken += 1
        if events:
            break
        assert frame.all()
    first, second, started = events
    assert isinstance(started, SpeechStarted)
    assert [event.heard.outcome for event in (first, second)] == [PlaybackOutcome.BARGE_IN] * 2
    assert not frame.any()
    # Heard is what was sent in all ticks before this one.
    assert first.heard.start == 0
    assert first.heard.samples == (10 + spoken - 1) * 160
    assert second.heard.samples == 0
    # 160 ms of voice in windows of 32 ms, the first of which may have begun in silence.
    assert 8 <= spoken <= 10


def test_a_cough_leaves_the_playback_alone() -> None:
    processor = LegFrameProcessor(Endpointing(barge_in_ms=200))
    play(processor, 1, 16_000)
    events = []
    for speech in [False] * 10 + [True] * 6 + [False] * 90:
        events += tick(processor, speech=speech)[1]
    assert [type(event) for event in events] == [PlaybackStarted, PlaybackEnded]
    assert events[1].heard.outcome is PlaybackOutcome.FINISHED


def test_a_playback_that_allows_no_barge_in_goes_on_while_the_utterance_is_cut_out() -> None:
    processor = LegFrameProcessor()
    play(processor, 1, 16_000, barge_in=False)
    events = []
    for speech in [False] * 10 + [True] * 30 + [False] * 70:
        events += tick(processor, speech=speech)[1]
    kinds = [type(event) for event in events]
    assert kinds == [PlaybackStarted, SpeechStarted, SpeechPaused, SpeechEnded, PlaybackEnded]
    assert events[-1].heard.outcome is PlaybackOutcome.FINISHED


def test_a_playback_that_begins_while_the_caller_speaks_is_stopped() -> None:
    processor = LegFrameProcessor()
    for _ in range(20):
        tick(processor, speech=True)
    play(processor, 1, 8000)
    events = []
    for _ in range(3):
        events += tick(processor, speech=True)[1]
    ended = [event for event in events if isinstance(event, PlaybackEnded)]
    assert [event.heard.outcome for event in ended] == [PlaybackOutcome.BARGE_IN]
    assert ended[0].heard.samples <= 320


def test_a_recording_holds_what_was_received_and_sent_at_the_same_positions() -> None:
    pieces: list[RecordingPiece] = []
    processor = LegFrameProcessor()
    for _ in range(7):
        tick(processor, speech=False)
    processor.recording = RecordingTap(pieces.append)
    play(processor, 1, 1000, barge_in=False)
    sent = [tick(processor, speech=number % 2 == 0)[0] for number in range(23)]
    processor.close()
    assert [piece.position for piece in pieces] == [7 * 160, 17 * 160, 27 * 160]
    stereo = np.frombuffer(b"".join(piece.interleaved() for piece in pieces), "<i2").reshape(-1, 2)
    assert np.array_equal(stereo[:, 1], np.concatenate(sent))
    silent = np.zeros(160, np.int16)
    assert np.array_equal(stereo[:, 0], np.concatenate([silent if n % 2 else LOUD for n in range(23)]))


def test_a_line_that_goes_away_ends_the_utterance_and_the_playbacks() -> None:
    processor = LegFrameProcessor()
    play(processor, 1, 80_000, barge_in=False)
    for _ in range(30):
        tick(processor, speech=True)
    events = processor.close()
    assert [type(event) for event in events] == [SpeechPaused, SpeechEnded, PlaybackEnded]
    assert events[-1].heard.outcome is PlaybackOutcome.LINE_LOST
    assert events[-1].heard.samples == 30 * 160
