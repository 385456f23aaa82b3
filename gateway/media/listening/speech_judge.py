"""Judges windows of sound for many legs: echo taken out, quiet lines amplified, the detector asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import Samples
from gateway.media.listening.detectors import VoiceDetector
from gateway.media.listening.echo_guard import SEARCH_SAMPLES, EchoGuard
from gateway.media.listening.frame_history import WINDOW_SAMPLES, Flags, FrameHistory, Slots
from gateway.media.listening.noise_gate import NoiseGates, Powers
from gateway.media.listening.speech_levels import RECOGNITION_DBFS, SpeechLevels
from gateway.media.listening.utterance import SPEECH_PROBABILITY

_FULL_SCALE = np.float32(1 / 32768)
_EVERY_SECOND = 1
_LIGHT = 2
_MOST_SEARCHES = 4


@dataclass(frozen=True, slots=True)
class Completed:
    """Windows that this tick's frames have made whole, one a leg: ``numbers`` are their places in the history, [n].

    ``beyond`` is by how many samples each frame goes on behind its window, ``exposed`` whose window may hold an echo.
    """

    slots: Slots
    numbers: npt.NDArray[np.intp]
    beyond: npt.NDArray[np.int64]
    exposed: Flags

    def chosen(self, which: Flags) -> Completed:
        """Return those for which ``which`` is true."""
        return Completed(self.slots[which], self.numbers[which], self.beyond[which], self.exposed[which])


class SpeechJudge:
    """The detector of ``capacity`` legs with all that is done to a window before it and all that is learned from it.

    ``detector`` judges, ``light`` takes its place at quality 2.
    """

    def __init__(
        self,
        capacity: int,
        detector: VoiceDetector,
        light: VoiceDetector | None,
        history: FrameHistory,
        gates: NoiseGates,
    ) -> None:
        self._capacity = capacity
        self._full = detector
        self._light = light
        self._detector = detector
        self._history = history
        self._gates = gates
        self._guard = EchoGuard(capacity)
        self._levels = SpeechLevels(capacity)
        self._last = np.zeros(capacity, np.float32)
        self._last_power = np.zeros(capacity, np.float32)
        self._quality = 0
        self._searches = 0
        self._searched = np.zeros(capacity, np.int64)

    @property
    def quality(self) -> int:
        """How much the detection may cost: 0 all, 1 every second window, 2 the light detector if there is one."""
        return self._quality

    @quality.setter
    def quality(self, level: int) -> None:
        if level not in (0, _EVERY_SECOND, _LIGHT):
            raise ValueError(f"quality of listening is 0, 1 or 2, not {level}")
        self._quality = level
        before = self._detector
        self._detector = self._light if level == _LIGHT and self._light is not None else self._full
        if self._detector is not before:
            self._detector.reset(np.arange(self._capacity))

    def reset(self, slot: int) -> None:
        """Make the slot that of a new leg."""
        self._guard.reset(slot)
        self._levels.reset(slot)
        self._last[slot] = 0

    def begin_afresh(self, slots: Slots) -> None:
        """Let the windows of these legs that follow be judged without those before."""
        self._detector.reset(slots)
        self._last[slots] = 0

    def follow_sent(self, slots: Slots, sent: Samples, playing: Flags) -> Flags:
        """Take what was sent in this tick in, int16 [n, 160]; return whose sound may hold an echo of it, [n]."""
        return self._guard.follow(slots, sent, playing)

    def recognition_gain(self, slot: int) -> float:
        """Return by what the leg's speech is to be multiplied for recognition, 1 or more."""
        slots = np.array([slot])
        return float(self._levels.gains(slots, self._gates.noise[slots], RECOGNITION_DBFS)[0])

    def judge(self, completed: Completed) -> tuple[npt.NDArray[np.float32], Powers]:
        """Return the probability of speech in each window, [n], and its mean square without a known echo, [n]."""
        slots = completed.slots
        judged = np.ones(len(slots), np.bool_)
        if self._quality >= _EVERY_SECOND and self._detector is self._full:
            judged = completed.numbers % 2 == 0
        if judged.all():
            self._last[slots], self._last_power[slots] = self._ask(completed)
        elif judged.any():
            chosen = completed.chosen(judged)
            self._last[chosen.slots], self._last_power[chosen.slots] = self._ask(chosen)
        return self._last[slots], self._last_power[slots]

    def _ask(self, completed: Completed) -> tuple[npt.NDArray[np.float32], Powers]:
        slots = completed.slots
        windows = self._history.windows(slots, completed.numbers).astype(np.float32)
        probabilities = np.zeros(len(slots), np.float32)
        worth = ~self._only_echo(completed, windows)
        powers = np.vecdot(windows, windows) / np.float32(WINDOW_SAMPLES)
        heard = slots[worth]
        if not len(heard):
            return probabilities, powers
        if len(heard) < len(slots):
            windows = windows[worth]
        gains = self._levels.gains(heard, self._gates.noise[heard], self._detector.speech_dbfs)
        windows *= (gains * _FULL_SCALE)[:, None]
        probabilities[worth] = self._detector.probabilities(heard, windows)
        # What the line's coding leaves of an echo that was taken away still sounds like speech, far below any caller.
        probabilities[completed.exposed & ~self._gates.passes(slots, powers)] = 0
        self._unmask(completed, probabilities)
        self._levels.follow(slots, powers, probabilities >= SPEECH_PROBABILITY)
        return probabilities, powers

    def _only_echo(self, completed: Completed, windows: npt.NDArray[np.float32]) -> Flags:
        """Take known echoes out of the windows, in place; return which hold nothing else that is worth a judgement."""
        only_echo = np.zeros(len(windows), np.bool_)
        exposed = completed.exposed
        if exposed.any():
            slots = completed.slots[exposed]
            cleaned = windows[exposed]
            echoes = self._guard.clean(slots, cleaned, completed.beyond[exposed])
            windows[exposed] = cleaned
            only_echo[exposed] = echoes
            if echoes.any():
                self._detector.reset(slots[echoes])
        return only_echo

    def _unmask(self, completed: Completed, probabilities: npt.NDArray[np.float32]) -> None:
        """Look for an echo in what was taken for speech while one may be there; what proves to be one is none.

        A tick has time for a few searches only: those legs come first whose last search is longest ago.
        """
        suspects = np.flatnonzero(completed.exposed & (probabilities >= SPEECH_PROBABILITY))
        if len(suspects) > _MOST_SEARCHES:
            suspects = suspects[np.argsort(self._searched[completed.slots[suspects]], kind="stable")[:_MOST_SEARCHES]]
        for index in suspects:
            slot = int(completed.slots[index])
            self._searches += 1
            self._searched[slot] = self._searches
            heard = self._history.ending_with(slot, int(completed.numbers[index]), SEARCH_SAMPLES)
            if self._guard.find(slot, heard, int(completed.beyond[index])):
                probabilities[index] = 0
                self._detector.reset(completed.slots[index : index + 1])
