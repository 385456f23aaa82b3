"""Cuts a leg's sound into utterances from the probability of speech in each 32 ms window."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.audio.pcm import Samples
from gateway.media.frame import samples_in
from gateway.media.leg import Endpointing, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted

SegmentEvent: TypeAlias = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded

SPEECH_PROBABILITY = 0.5
"""A window at or above this begins speech, which goes on down to 0.15 below it (the hysteresis of Silero's authors)."""

_SILENCE_PROBABILITY = SPEECH_PROBABILITY - 0.15
_SHORTEST_SPEECH = samples_in(100)
_SHORTEST_RESUMPTION = samples_in(60)
_LONGEST_GAP = samples_in(100)
_PRE_ROLL = samples_in(200)
_POST_ROLL = samples_in(200)


class _State(Enum):
    SILENCE = auto()
    ONSET = auto()
    SPEECH = auto()
    PAUSE = auto()


@dataclass(slots=True)
class _Run:
    """Speech without a gap of 100 ms or more: where it began, where its last voice ended, and how much is voiced."""

    start: int
    end: int
    voiced: int


class UtteranceSegmenter:
    """The state machine; positions are samples of the leg's clock, counted by the windows that were pushed.

    Speech counts from 100 ms on, while a playback is on from ``barge_in_ms``; anything shorter yields no event.
    """

    def __init__(self, endpointing: Endpointing | None = None) -> None:
        self.endpointing = endpointing or Endpointing()
        self.position = 0
        """End of the last window, in samples."""
        self._state = _State.SILENCE
        self._run: _Run | None = None
        self._start = 0
        self._end = 0
        self._pcm_floor = 0
        self._pcm = Pcm.silence(0)
        self._history: list[Samples] = []
        self._history_start = 0

    @property
    def speaking(self) -> bool:
        """Whether an utterance is being spoken right now: begun, neither paused nor over."""
        return self._state is _State.SPEECH

    @property
    def voiced(self) -> int:
        """Samples of voice in the present run of speech; 0 when there is none."""
        return self._run.voiced if self._run else 0

    def push(self, window: Samples, probability: float, *, playing: bool = False) -> list[SegmentEvent]:
        """Take the next window with its probability of speech in; return what it decided.

        ``playing`` tells that the caller hears a playback, so that speech must last ``barge_in_ms`` to count.
        """
        start = self.position
        self.position += len(window)
        self._history.append(window)
        self._follow_run(start, probability)
        events = self._decide(playing)
        self._forget()
        return events

    def close(self) -> list[SegmentEvent]:
        """End an utterance that is open because the leg is going away; return its last events."""
        if self._state in (_State.SPEECH, _State.PAUSE):
            return self._end_utterance(forced=False)
        return []

    def _follow_run(self, start: int, probability: float) -> None:
        threshold = SPEECH_PROBABILITY if self._run is None else _SILENCE_PROBABILITY
        if probability >= threshold:
            if self._run is None:
                self._run = _Run(start, self.position, 0)
            self._run.end = self.position
            self._run.voiced += self.position - start
        elif self._run is not None and self.position - self._run.end >= _LONGEST_GAP:
            self._run = None

    def _decide(self, playing: bool) -> list[SegmentEvent]:
        if self._state in (_State.SILENCE, _State.ONSET):
            return self._await_start(playing)
        events: list[SegmentEvent] = []
        if self._state is _State.PAUSE:
            events += self._await_resumption()
        if self._state is _State.SPEECH:
            events += self._await_pause()
        if self._state is _State.PAUSE and self._silent_for(self.endpointing.end_ms) and not self._resuming:
            events += self._end_utterance(forced=False)
        elif self._too_long:
            events += self._end_utterance(forced=True)
        return events

    def _await_start(self, playing: bool) -> list[SegmentEvent]:
        if self._run is None:
            self._state = _State.SILENCE
            return []
        self._state = _State.ONSET
        needed = max(_SHORTEST_SPEECH, samples_in(self.endpointing.barge_in_ms) if playing else 0)
        if self._run.voiced < needed:
            return []
        self._state = _State.SPEECH
        self._start, self._end = self._run.start, self._run.end
        return [SpeechStarted(self._start)]

    def _await_pause(self) -> list[SegmentEvent]:
        if self._run is not None:
            self._end = self._run.end
        if not self._silent_for(min(self.endpointing.pause_ms, self.endpointing.end_ms)):
            return []
        return [self._pause()]

    def _await_resumption(self) -> list[SegmentEvent]:
        if self._run is None or self._run.start < self._end or self._run.voiced < _SHORTEST_RESUMPTION:
            return []
        self._state = _State.SPEECH
        self._end = self._run.end
        return [SpeechResumed(self._run.start)]

    @property
    def _resuming(self) -> bool:
        """Whether voice was heard after the pause began that may yet become speech."""
        return self._run is not None and self._run.start >= self._end

    @property
    def _too_long(self) -> bool:
        return self.position - self._start >= samples_in(self.endpointing.longest_ms)

    def _silent_for(self, milliseconds: int) -> bool:
        return self.position - self._end >= max(1, samples_in(milliseconds))

    def _pause(self) -> SpeechPaused:
        self._state = _State.PAUSE
        begin = max(self._start - _PRE_ROLL, self._pcm_floor)
        end = min(self._end + _POST_ROLL, self.position)
        self._pcm = Pcm(self._cut(begin, end), TELEPHONE_RATE)
        return SpeechPaused(self._start, self._end, self._pcm)

    def _end_utterance(self, *, forced: bool) -> list[SegmentEvent]:
        events: list[SegmentEvent] = [] if self._state is _State.PAUSE else [self._pause()]
        events.append(SpeechEnded(self._start, self._end, self.position, self._pcm, forced))
        # What was said in this utterance is not said again by the pre-roll of the next one.
        self._pcm_floor = min(self._end + _POST_ROLL, self.position)
        self._state = _State.SILENCE
        self._run = None
        self._pcm = Pcm.silence(0)
        return events

    def _cut(self, begin: int, end: int) -> Samples:
        if not self._history:
            return np.zeros(0, np.int16)
        sound = np.concatenate(self._history)
        first = max(0, begin - self._history_start)
        return sound[first : end - self._history_start].copy()

    def _forget(self) -> None:
        """Drop the history that no pre-roll can reach any more."""
        oldest = self._run.start if self._run else self.position
        if self._state in (_State.SPEECH, _State.PAUSE):
            oldest = self._start
        while self._history and self._history_start + len(self._history[0]) <= oldest - _PRE_ROLL:
            self._history_start += len(self._history.pop(0))
