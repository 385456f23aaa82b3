"""Finds utterances in the probability of speech of each window: begun, paused, resumed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol, TypeAlias

from gateway.audio import Pcm
from gateway.media.frame import samples_in
from gateway.media.leg import Endpointing, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted

UtteranceEvent: TypeAlias = SpeechStarted | SpeechPaused | SpeechResumed | SpeechEnded

SPEECH_PROBABILITY = 0.4
"""A window at or above this begins speech.

Silero's authors say 0.5; by docs/measurements/barge-in.md 0.4 hears soft first sounds 50 ms earlier and takes no more
noise for speech.
"""

SILENCE_PROBABILITY = 0.35
"""A window below this is no speech, whatever was before it (as Silero's authors have it)."""

_SHORTEST_SPEECH = samples_in(100)
_SHORTEST_RESUMPTION = samples_in(60)
_LONGEST_GAP = samples_in(100)
# How far below its loudest window a run of speech still counts for a barge-in. A detector goes on for some 100 ms after
# a short sound, so without this a cough of 60 ms lasts as long as a word.
_FAINT = 10 ** (-25 / 10)
PRE_ROLL = samples_in(200)
"""Sound before the speech that its ``Pcm`` holds, in samples at 8 kHz."""
POST_ROLL = samples_in(200)
"""Sound after the speech that its ``Pcm`` holds, in samples at 8 kHz."""


class Sound(Protocol):
    """Where the sound of an utterance is kept."""

    def cut(self, begin: int, end: int) -> Pcm:
        """Return the sound between two positions of the leg; what lies before its first sample is left out."""


class _State(Enum):
    SILENCE = auto()
    ONSET = auto()
    SPEECH = auto()
    PAUSE = auto()


@dataclass(slots=True)
class _Run:
    """Speech without a gap of 100 ms or more: where it began, where its last voice ended, and how much is voiced.

    ``loud`` is how much of the voice was no more than 25 dB below its ``peak``, the power of the loudest window.
    """

    start: int
    end: int
    voiced: int
    loud: int
    peak: float


class Utterances:
    """The state machine of one leg. Positions are samples of the leg's clock (8 kHz); it keeps no sound itself.

    Speech counts from 100 ms on, while a playback is on from ``barge_in_ms``; anything shorter yields no event.
    """

    __slots__ = ("_end", "_floor", "_pcm", "_run", "_start", "_state", "endpointing", "position")

    def __init__(self, endpointing: Endpointing | None = None) -> None:
        self.endpointing = endpointing or Endpointing()
        """How utterances are cut; may be set at any time."""
        self.position = 0
        """End of the last window, in samples."""
        self._state = _State.SILENCE
        self._run: _Run | None = None
        self._start = 0
        self._end = 0
        self._floor = 0
        self._pcm = Pcm.silence(0)

    @property
    def idle(self) -> bool:
        """Whether silent windows change nothing: no utterance is open and no speech has set in."""
        return self._run is None and self._state in (_State.SILENCE, _State.ONSET)

    @property
    def interrupts(self) -> bool:
        """Whether the caller has been speaking for as long as it takes to stop a playback."""
        return (
            self._state is _State.SPEECH
            and self._run is not None
            and self._run.loud >= samples_in(self.endpointing.barge_in_ms)
        )

    def push(
        self, start: int, end: int, probability: float, sound: Sound, *, power: float = 1.0, playing: bool = False
    ) -> list[UtteranceEvent]:
        """Take the window from ``start`` to ``end`` with its probability of speech in; return what it decided.

        ``playing`` tells that the caller hears a playback, so that speech must last ``barge_in_ms`` to count, for which
        it must be loud as well: ``power`` is the window's mean square. ``sound`` is asked for the ``Pcm`` of an
        utterance that pauses or ends.
        """
        self.position = end
        self._follow_run(start, probability, power)
        if self._state in (_State.SILENCE, _State.ONSET):
            return self._await_start(playing)
        events: list[UtteranceEvent] = []
        if self._state is _State.PAUSE:
            events += self._await_resumption()
        if self._state is _State.SPEECH:
            events += self._await_pause(sound)
        if self._state is _State.PAUSE and self._silent_for(self.endpointing.end_ms) and not self._resuming:
            events += self._end_utterance(sound, forced=False)
        elif self._too_long:
            events += self._end_utterance(sound, forced=True)
        return events

    def close(self, sound: Sound) -> list[UtteranceEvent]:
        """End an utterance that is open because nobody listens any more; return its last events."""
        if self._state in (_State.SPEECH, _State.PAUSE):
            return self._end_utterance(sound, forced=False)
        self._state = _State.SILENCE
        self._run = None
        return []

    def _follow_run(self, start: int, probability: float, power: float) -> None:
        run = self._run
        if run is None:
            if probability < SPEECH_PROBABILITY:
                return
            run = self._run = _Run(start, start, 0, 0, power)
        if probability >= SILENCE_PROBABILITY:
            length = self.position - start
            run.end = self.position
            run.voiced += length
            run.peak = max(run.peak, power)
            if power >= run.peak * _FAINT:
                run.loud += length
        elif self.position - run.end >= _LONGEST_GAP:
            self._run = None

    def _await_start(self, playing: bool) -> list[UtteranceEvent]:
        run = self._run
        if run is None:
            self._state = _State.SILENCE
            return []
        self._state = _State.ONSET
        if run.voiced < _SHORTEST_SPEECH or (playing and run.loud < samples_in(self.endpointing.barge_in_ms)):
            return []
        self._state = _State.SPEECH
        self._start, self._end = run.start, run.end
        return [SpeechStarted(self._start)]

    def _await_pause(self, sound: Sound) -> list[UtteranceEvent]:
        if self._run is not None:
            self._end = self._run.end
        if not self._silent_for(min(self.endpointing.pause_ms, self.endpointing.end_ms)):
            return []
        return [self._pause(sound)]

    def _await_resumption(self) -> list[UtteranceEvent]:
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

    def _pause(self, sound: Sound) -> SpeechPaused:
        self._state = _State.PAUSE
        begin = max(self._start - PRE_ROLL, self._floor)
        self._pcm = sound.cut(begin, min(self._end + POST_ROLL, self.position))
        return SpeechPaused(self._start, self._end, self._pcm)

    def _end_utterance(self, sound: Sound, *, forced: bool) -> list[UtteranceEvent]:
        events: list[UtteranceEvent] = [] if self._state is _State.PAUSE else [self._pause(sound)]
        events.append(SpeechEnded(self._start, self._end, self.position, self._pcm, forced))
        # What was said in this utterance is not said again by the pre-roll of the next one.
        self._floor = min(self._end + POST_ROLL, self.position)
        self._state = _State.SILENCE
        self._run = None
        self._pcm = Pcm.silence(0)
        return events
