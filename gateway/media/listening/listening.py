"""Hears all legs of a worker at once: whose caller speaks, what was said, and whose playback that interrupts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES, Positions
from gateway.media.leg import Endpointing, LegEvent, SpeechStarted
from gateway.media.listening.detectors import VoiceDetector
from gateway.media.listening.frame_history import BLOCK_FRAMES, WINDOW_SAMPLES, Flags, FrameHistory, Slots
from gateway.media.listening.noise_gate import NoiseGates
from gateway.media.listening.speech_judge import Completed, SpeechJudge
from gateway.media.listening.utterance import SPEECH_PROBABILITY, Utterances
from gateway.media.listening.utterance_sound import UtteranceSound

_NEVER = np.int64(-1)


@dataclass(slots=True)
class Hearing:
    """What a tick of listening brought: events by slot, in order, and the slots whose playback is to be interrupted."""

    events: list[tuple[int, LegEvent]] = field(default_factory=list)
    interrupted: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Window:
    """A leg's window of sound as it was judged; ``end`` is its position, ``power`` its mean square."""

    slot: int
    end: int
    probability: float
    power: float
    playing: bool


class Listening:
    """The bank that listens to up to ``capacity`` legs; nothing in it waits, and silent legs share a few array steps.

    ``detector`` judges what is loud enough, ``light`` takes its place at quality 2.
    """

    def __init__(self, capacity: int, detector: VoiceDetector, light: VoiceDetector | None = None) -> None:
        self._history = FrameHistory(capacity)
        self._gates = NoiseGates(capacity)
        self._judge = SpeechJudge(capacity, detector, light, self._history, self._gates)
        self._utterances = [Utterances() for _ in range(capacity)]
        self._sounds: dict[int, UtteranceSound] = {}
        self._open = np.zeros(capacity, np.bool_)
        """Legs that have an utterance open or speech setting in."""
        self._suspended = np.zeros(capacity, np.bool_)
        self._expected = np.full(capacity, _NEVER)
        self._began = np.zeros(capacity, np.int64)
        self.quiet: Flags = np.ones(capacity, np.bool_)
        """Whether each leg's last frame was below its gate, bool [capacity]."""

    @property
    def quality(self) -> int:
        """How much the detection may cost: 0 all, 1 every second window, 2 the light detector if there is one."""
        return self._judge.quality

    @quality.setter
    def quality(self, level: int) -> None:
        self._judge.quality = level

    def reset(self, slot: int) -> None:
        """Make the slot that of a new leg."""
        self._history.reset(slot)
        self._gates.reset(slot)
        self._judge.reset(slot)
        self._utterances[slot] = Utterances()
        self._sounds.pop(slot, None)
        self._open[slot] = False
        self._suspended[slot] = False
        self._expected[slot] = _NEVER
        self.quiet[slot] = True

    def set_endpointing(self, slot: int, endpointing: Endpointing) -> None:
        """Cut the leg's utterances by these times from now on."""
        self._utterances[slot].endpointing = endpointing

    def suspend(self, slot: int) -> list[LegEvent]:
        """Stop listening to a leg, for instance because it is bridged; return the end of an utterance that is open."""
        self._suspended[slot] = True
        return self.close(slot)

    def resume(self, slot: int) -> None:
        """Listen to the leg again."""
        self._suspended[slot] = False

    def close(self, slot: int) -> list[LegEvent]:
        """End an utterance that is open because nobody listens any more; return its last events."""
        sound = self._sounds.pop(slot, None)
        self._open[slot] = False
        return [] if sound is None else [*self._utterances[slot].close(sound)]

    def hear(  # noqa: PLR0917 - the parallel arrays of one tick, in the order in which it makes them
        self,
        slots: Slots,
        frames: Samples,
        positions: Positions,
        sent: Samples,
        playing: Flags,
        wide: Mapping[int, Samples],
    ) -> Hearing:
        """Take a tick's frames in and return what they decide.

        ``frames`` is what each leg heard and ``sent`` what was sent to it in the same tick, int16 [n, 160] at 8 kHz;
        ``positions`` are those of the frames' first samples, [n]; ``playing`` tells who hears a playback, [n]; ``wide``
        maps slots of wideband legs to the frame's 320 samples at 16 kHz. A leg whose position is not the one that
        followed its last frame begins anew there; what it was saying ends.
        """
        hearing = Hearing()
        self._begin(slots, positions, hearing)
        if self._suspended[slots].any():
            frames = np.where(self._suspended[slots, None], np.int16(0), frames)
        sound = frames.astype(np.float32)
        self._gates.tick()
        loud, is_open, opened = self._gates.follow(slots, np.vecdot(sound, sound) / np.float32(FRAME_SAMPLES))
        self.quiet[slots] = ~loud
        if opened.any():
            self._judge.begin_afresh(slots[opened])
        columns = self._history.add(slots, frames)
        self._add_wide(slots, wide)
        self._collect(slots, columns)
        exposed = self._judge.follow_sent(slots, sent, playing)
        numbers, beyond = self._history.completed(columns)
        complete = numbers >= 0
        probabilities = np.zeros(len(slots), np.float32)
        powers = np.zeros(len(slots), np.float32)
        judged = complete & is_open
        if judged.any():
            completed = Completed(slots[judged], numbers[judged], beyond[judged], exposed[judged])
            probabilities[judged], powers[judged] = self._judge.judge(completed)
        rows = (complete & (self._open[slots] | (probabilities >= SPEECH_PROBABILITY))).nonzero()[0]
        ends = positions[rows] + FRAME_SAMPLES - beyond[rows]
        # Listed field by field: numpy takes many times as long to hand out element by element.
        fields = (slots[rows], ends, probabilities[rows], powers[rows], playing[rows])
        for window in map(_Window, *(each.tolist() for each in fields)):
            self._push(window, hearing)
        return hearing

    def _begin(self, slots: Slots, positions: Positions, hearing: Hearing) -> None:
        """Follow the legs' positions, and begin anew where one does not go on from the last."""
        begins = positions != self._expected[slots]
        self._expected[slots] = positions + FRAME_SAMPLES
        for index in begins.nonzero()[0].tolist():
            slot = int(slots[index])
            hearing.events += [(slot, event) for event in self.close(slot)]
            self._history.reset(slot)
            self._gates.reset(slot)
            self._began[slot] = positions[index]

    def _add_wide(self, slots: Slots, wide: Mapping[int, Samples]) -> None:
        for slot, frame in wide.items():
            self._history.add_wide(slot, None if self._suspended[slot] else frame)
        for slot in self._history.wide_slots(slots).tolist():
            if slot not in wide:
                self._history.add_wide(slot, None)

    def _collect(self, slots: Slots, columns: npt.NDArray[np.intp]) -> None:
        """Take over the blocks that are whole of the legs that have an utterance."""
        for slot in slots[self._open[slots] & (columns % BLOCK_FRAMES == BLOCK_FRAMES - 1)].tolist():
            self._sounds[slot].add_block()

    def _push(self, window: _Window, hearing: Hearing) -> None:
        """Tell a leg's utterances of a window."""
        slot = window.slot
        utterances = self._utterances[slot]
        sound = self._sounds.get(slot)
        if sound is None:
            position = int(self._expected[slot])
            gain = partial(self._judge.recognition_gain, slot)
            sound = self._sounds[slot] = UtteranceSound(self._history, slot, position, int(self._began[slot]), gain)
        events = utterances.push(
            window.end - WINDOW_SAMPLES,
            window.end,
            window.probability,
            sound,
            power=window.power,
            playing=window.playing,
        )
        if events:
            hearing.events += [(slot, event) for event in events]
        if utterances.interrupts or (events and any(isinstance(event, SpeechStarted) for event in events)):
            hearing.interrupted.append(slot)
        idle = utterances.idle
        self._open[slot] = not idle
        if idle:
            del self._sounds[slot]
