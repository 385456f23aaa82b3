"""Many legs at once, compared with the simplest thing that hears one leg."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio import Pcm
from gateway.media.leg import Endpointing, LegEvent, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.media.listening.listening import Listening
from gateway.media.listening.utterance import Utterances

FRAME = 160
WINDOW = 256
CAPACITY = 24
LOUD = 6000


class LoudnessDetector:
    """Takes for speech what is loud, and keeps what it was asked."""

    speech_dbfs = -40.0

    def __init__(self) -> None:
        self.asked: list[tuple[int, np.ndarray]] = []
        self.forgotten: list[int] = []

    def reset(self, slots: np.ndarray) -> None:
        self.forgotten += slots.tolist()

    def probabilities(self, slots: np.ndarray, windows: np.ndarray) -> np.ndarray:
        assert windows.dtype == np.float32
        assert windows.shape == (len(slots), WINDOW)
        self.asked += zip(slots.tolist(), windows.copy(), strict=True)
        return (np.abs(windows).mean(axis=1) > 0.02).astype(np.float32) * np.float32(0.9)


@dataclass
class OneLeg:
    """One leg's sound from ``start`` on, heard by the book: every window judged, the whole sound kept."""

    start: int
    lead: int
    """Samples of silence before the first frame that put the leg into its place in the pattern of windows."""
    utterances: Utterances = field(default_factory=Utterances)
    sound: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int16))
    judged: int = 0

    def cut(self, begin: int, end: int) -> Pcm:
        return Pcm(self.sound[max(0, begin - self.start) : end - self.start].copy(), 8000)

    def hear(self, frame: np.ndarray, *, playing: bool) -> list[LegEvent]:
        self.sound = np.concatenate([self.sound, frame])
        padded = np.concatenate([np.zeros(self.lead, np.int16), self.sound])
        events: list[LegEvent] = []
        while (self.judged + 1) * WINDOW <= len(padded):
            window = padded[self.judged * WINDOW :][:WINDOW]
            probability = 0.9 if np.abs(window / 32768).mean() > 0.02 else 0.0
            begin = self.judged * WINDOW - self.lead + self.start
            events += self.utterances.push(begin, begin + WINDOW, probability, self, playing=playing)
            self.judged += 1
        return events


def frame_of(rng: np.random.Generator, *, speech: bool) -> np.ndarray:
    return rng.integers(-LOUD, LOUD, FRAME).astype(np.int16) if speech else np.zeros(FRAME, np.int16)


def plain(event: LegEvent) -> tuple:
    pcm = getattr(event, "pcm", None)
    values = [getattr(event, name) for name in event.__dataclass_fields__ if name != "pcm"]
    return (type(event).__name__, *values, None if pcm is None else (pcm.rate, pcm.samples.tolist()))


class Line:
    """Drives a listening bank tick by tick for some slots."""

    def __init__(self, slots: list[int], listening: Listening | None = None, start: int = 0) -> None:
        self.detector = LoudnessDetector()
        self.listening = listening or Listening(CAPACITY, self.detector)
        self.slots = np.array(slots, np.intp)
        self.positions = np.full(len(slots), start, np.int64)
        for slot in slots:
            self.listening.reset(slot)

    def tick(
        self, frames: np.ndarray, *, playing: bool | np.ndarray = False, wide: dict[int, np.ndarray] | None = None
    ) -> tuple[list[tuple[int, LegEvent]], list[int]]:
        silent = np.zeros((len(self.slots), FRAME), np.int16)
        flags = np.broadcast_to(np.asarray(playing), len(self.slots)).copy()
        frames = np.asarray(frames, np.int16).reshape(len(self.slots), FRAME)
        hearing = self.listening.hear(self.slots, frames, self.positions.copy(), silent, flags, wide or {})
        self.positions += FRAME
        return hearing.events, hearing.interrupted

    def say(self, pattern: str, *, playing: bool = False) -> list[LegEvent]:
        """Let all slots hear one frame for each character, ``#`` loud, ``.`` silent; return the first slot's events."""
        rng = np.random.default_rng(0)
        events = []
        for character in pattern:
            frame = frame_of(rng, speech=character == "#")
            told, _ = self.tick(np.tile(frame, (len(self.slots), 1)), playing=playing)
            events += [event for slot, event in told if slot == self.slots[0]]
        return events


# Below 3.5 s in all, after which the sameness of this speech makes it steady noise.
patterns = st.lists(
    st.tuples(st.booleans(), st.integers(1, 29)).map(lambda part: [part[0]] * part[1]), min_size=1, max_size=6
).map(lambda parts: [speech for part in parts for speech in part])


@settings(deadline=None, max_examples=12)
@given(st.lists(patterns, min_size=3, max_size=3), st.booleans(), st.integers(0, 2**40), st.integers(0, 2**16))
def test_each_leg_of_many_is_heard_as_if_it_were_alone(
    spoken: list[list[bool]], playing: bool, start: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    slots = sorted(rng.choice(CAPACITY, len(spoken), replace=False).tolist())
    line = Line(slots, start=start)
    times = Endpointing(pause_ms=180, end_ms=420, barge_in_ms=200, longest_ms=2500)
    legs = [OneLeg(start, slot % 8 * FRAME, Utterances(times)) for slot in slots]
    for slot in slots:
        line.listening.set_endpointing(slot, times)
    for tick in range(max(map(len, spoken))):
        frames = np.stack([frame_of(rng, speech=tick < len(part) and part[tick]) for part in spoken])
        told, interrupted = line.tick(frames, playing=playing)
        for index, (slot, leg) in enumerate(zip(slots, legs, strict=True)):
            expected = leg.hear(frames[index], playing=playing)
            assert [plain(event) for other, event in told if other == slot] == [plain(event) for event in expected]
            if any(isinstance(event, SpeechStarted) for event in expected):
                assert slot in interrupted
    for slot, leg in zip(slots, legs, strict=True):
        expected = [plain(event) for event in leg.utterances.close(leg)]
        assert [plain(event) for event in line.listening.close(slot)] == expected


def test_windows_follow_each_other_without_a_gap_and_are_spread_over_the_ticks() -> None:
    slots = list(range(16))
    line = Line(slots)
    rng = np.random.default_rng(0)
    heard = rng.integers(-LOUD, LOUD, (80, 16, FRAME)).astype(np.int16)
    asked = []
    for frames in heard:
        line.tick(frames)
        asked.append(len(line.detector.asked))
    assert set(np.diff(asked)) == {10}
    for slot in slots:
        lead = slot % 8 * FRAME
        sound = np.concatenate([np.zeros(lead, np.int16), heard[:, slot].reshape(-1)])
        windows = [window for other, window in line.detector.asked if other == slot]
        judged = np.concatenate(windows) * 32768
        first = (lead // WINDOW) * WINDOW
        assert np.array_equal(judged, sound[first : first + len(judged)])


def test_a_silent_line_asks_nothing_of_the_detector_and_is_quiet() -> None:
    line = Line([0, 5])
    assert line.say("." * 200) == []
    assert line.detector.asked == []
    assert line.listening.quiet[[0, 5]].all()
    line.say("#")
    assert not line.listening.quiet[[0, 5]].any()


def test_what_begins_after_silence_is_judged_without_what_was_before_it() -> None:
    line = Line([3])
    line.say("." * 50 + "#" * 20 + "." * 40 + "#" * 20)
    assert line.detector.forgotten == [3, 3]


def test_speech_interrupts_a_playback_in_the_tick_that_recognises_it() -> None:
    for slot in range(8):
        line = Line([slot])
        line.listening.set_endpointing(slot, Endpointing(barge_in_ms=160))
        line.say("." * 20, playing=True)
        rng = np.random.default_rng(0)
        spoken = 0
        interrupted: list[int] = []
        while not interrupted:
            told, interrupted = line.tick(frame_of(rng, speech=True), playing=True)
            spoken += 1
        assert interrupted == [slot]
        assert [type(event) for _, event in told] == [SpeechStarted]
        # 160 ms of voice in windows of 32 ms, the first of which may have begun in silence.
        assert 7 <= spoken <= 10


def test_a_cough_leaves_the_playback_alone() -> None:
    line = Line([0])
    line.listening.set_endpointing(0, Endpointing(barge_in_ms=200))
    assert line.say("." * 10 + "#" * 6 + "." * 60, playing=True) == []


def test_a_playback_that_begins_while_the_caller_speaks_is_interrupted() -> None:
    line = Line([0])
    line.say("#" * 20)
    interrupted: list[int] = []
    rng = np.random.default_rng(0)
    for _ in range(3):
        interrupted += line.tick(frame_of(rng, speech=True), playing=True)[1]
    assert 0 in interrupted


def test_a_pause_and_its_end_hold_the_same_sound_which_later_sound_does_not_change() -> None:
    line = Line([0])
    paused, ended = line.say("." * 20 + "#" * 40 + "." * 40)[1:]
    assert isinstance(paused, SpeechPaused)
    assert isinstance(ended, SpeechEnded)
    assert paused.pcm is ended.pcm
    before = paused.pcm.samples.copy()
    line.say("#" * 60)
    assert np.array_equal(paused.pcm.samples, before)
    assert paused.pcm.samples.base is None


def test_a_suspended_leg_is_not_heard_and_what_was_being_said_ends() -> None:
    line = Line([4])
    line.say("#" * 20)
    assert [type(event) for event in line.listening.suspend(4)] == [SpeechPaused, SpeechEnded]
    assert line.say("#" * 60 + "." * 60) == []
    line.listening.resume(4)
    events = line.say("#" * 20 + "." * 60)
    assert [type(event) for event in events] == [SpeechStarted, SpeechPaused, SpeechEnded]
    # Nothing of what the two parties said is in the pre-roll.
    assert len(events[1].pcm) <= events[1].end - events[1].start + 3200


def test_what_parties_of_a_bridge_say_is_not_in_the_next_utterance() -> None:
    line = Line([0])
    line.listening.suspend(0)
    line.say("#" * 50)
    line.listening.resume(0)
    ended = line.say("#" * 30 + "." * 60)[-1]
    lead = ended.start - (ended.end - len(ended.pcm) + 1600)
    assert lead > 0
    assert not ended.pcm.samples[: lead - WINDOW].any()


def test_a_slot_that_is_given_to_a_new_leg_knows_nothing_of_the_old_one() -> None:
    line = Line([2])
    line.say("#" * 40)
    line.listening.suspend(2)
    line.listening.reset(2)
    line.positions[:] = 0
    events = line.say("." * 3 + "#" * 20 + "." * 60)
    assert [type(event) for event in events] == [SpeechStarted, SpeechPaused, SpeechEnded]
    assert not events[1].pcm.samples[: 3 * FRAME].any()
    assert line.listening.close(2) == []


def test_a_leap_of_the_position_ends_what_was_said_and_begins_anew() -> None:
    line = Line([1])
    line.say("#" * 20)
    line.positions += 8000
    events = line.say("#" * 20 + "." * 60)
    assert [type(event) for event in events] == [
        SpeechPaused,
        SpeechEnded,
        SpeechStarted,
        SpeechPaused,
        SpeechEnded,
    ]
    assert events[1].end <= 20 * FRAME
    assert events[2].position >= 20 * FRAME + 8000 - WINDOW


def test_a_leg_that_was_left_out_for_long_is_heard_from_its_first_word_on() -> None:
    line = Line([1])
    line.say("." * 50)
    others = Line([2, 3], line.listening)
    others.say("." * 400)
    line.positions += 400 * FRAME
    events = line.say("#" * 20 + "." * 60)
    assert [type(event) for event in events] == [SpeechStarted, SpeechPaused, SpeechEnded]
    assert events[0].position < 450 * FRAME + WINDOW


def test_a_wideband_leg_yields_its_utterance_at_16_khz() -> None:
    line = Line([6, 7])
    rng = np.random.default_rng(4)
    narrow, broad, events = [], [], []
    for speech in [False] * 20 + [True] * 30 + [False] * 50:
        narrow.append(np.stack([frame_of(rng, speech=speech)] * 2))
        broad.append(rng.integers(-500, 500, 2 * FRAME).astype(np.int16))
        events += line.tick(narrow[-1], wide={7: broad[-1]})[0]
    ended = {slot: event for slot, event in events if isinstance(event, SpeechEnded)}
    begin = max(0, ended[7].start - 1600)
    assert ended[6].pcm.rate == 8000
    assert ended[7].pcm.rate == 16_000
    sound = np.concatenate(broad)
    assert np.array_equal(ended[7].pcm.samples, sound[2 * begin : 2 * begin + len(ended[7].pcm)])
    assert len(ended[7].pcm) == 2 * (ended[7].end + 1600 - begin)


def test_an_utterance_keeps_the_rate_that_it_began_with_when_the_leg_changes_its_own() -> None:
    line = Line([7])
    rng = np.random.default_rng(4)
    events = []
    for tick in range(400):
        speech = tick % 100 in range(20, 60)
        frame = frame_of(rng, speech=speech)
        wide = {7: np.repeat(frame, 2)} if tick < 40 or tick >= 240 else {}
        events += [event for _, event in line.tick(frame, wide=wide)[0] if isinstance(event, SpeechEnded)]
    assert [event.pcm.rate for event in events] == [16_000, 8000, 8000, 16_000]
    for event in events:
        assert event.pcm.seconds == pytest.approx((event.end - event.start) / 8000 + 0.4)
        assert np.abs(event.pcm.samples[event.pcm.rate // 4 : -event.pcm.rate // 4]).mean() > LOUD / 4


def test_quality_one_judges_every_second_window_and_still_hears() -> None:
    line = Line([0])
    line.say("#" * 80)
    every = len(line.detector.asked)
    line.listening.quality = 1
    line.say("." * 80)
    line.detector.asked.clear()
    events = line.say("#" * 80 + "." * 60)
    assert every / 2 - 2 <= len(line.detector.asked) - 8 <= every / 2 + 6
    assert [type(event) for event in events] == [SpeechStarted, SpeechPaused, SpeechEnded]


def test_quality_two_takes_the_light_detector_afresh() -> None:
    neural, light = LoudnessDetector(), LoudnessDetector()
    line = Line([0], Listening(CAPACITY, neural, light))
    line.say("#" * 8)
    line.listening.quality = 2
    assert 0 in light.forgotten
    asked = len(neural.asked)
    line.say("#" * 8)
    assert len(neural.asked) == asked
    assert light.asked
    line.listening.quality = 0
    assert 0 in neural.forgotten
    line.say("#" * 8)
    assert len(neural.asked) > asked


def test_a_quality_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="0, 1 or 2, not 3"):
        Listening(1, LoudnessDetector()).quality = 3


def test_speech_that_goes_on_after_a_pause_is_told() -> None:
    events = Line([0]).say("#" * 20 + "." * 15 + "#" * 20 + "." * 60)
    assert [type(event) for event in events] == [
        SpeechStarted,
        SpeechPaused,
        SpeechResumed,
        SpeechPaused,
        SpeechEnded,
    ]
