"""One leg's work on each 20 ms frame, whatever line it came by: utterances, barge-in, playout, recording.

A tick has two halves, so that one run of the network can serve many legs: ``receive`` takes the caller's frame and may
ask for a judgement of a window; ``advance`` takes the judgement and yields events and the frame to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.leg import Endpointing, LegEvent, PlaybackOutcome, SpeechStarted
from gateway.media.listening.energy_gate import EnergyGate
from gateway.media.listening.segmenter import UtteranceSegmenter
from gateway.media.listening.voice_activity import WINDOW_SAMPLES, VoiceLane
from gateway.media.playout.playout import Playout
from gateway.media.recording.recording_tap import RecordingTap

_SILENT_FRAME: Samples = np.zeros(FRAME_SAMPLES, np.int16)


@dataclass(frozen=True, slots=True)
class TickResult:
    """What a tick yields: the ``frame`` to send (160 samples, int16, 8 kHz) and the ``events`` in their order."""

    frame: Samples
    events: list[LegEvent]


class LegFrameProcessor:
    """Everything between the decoded frame and the frame to encode; no sockets, no clock but its own sample count."""

    def __init__(self, endpointing: Endpointing | None = None) -> None:
        self.position = 0
        """Position of the tick that comes next, in samples."""
        self.playout = Playout()
        self.recording: RecordingTap | None = None
        self._bridged = False
        self._segmenter = UtteranceSegmenter(endpointing)
        self._gate = EnergyGate()
        self._lane = VoiceLane()
        self._gate_was_open = False
        self._pending = np.zeros(0, np.int16)
        self._window: Samples | None = None
        self._received: Samples = _SILENT_FRAME

    @property
    def endpointing(self) -> Endpointing:
        """How utterances are cut; may be set at any time."""
        return self._segmenter.endpointing

    @endpointing.setter
    def endpointing(self, endpointing: Endpointing) -> None:
        self._segmenter.endpointing = endpointing

    @property
    def received(self) -> Samples:
        """The caller's last 20 ms."""
        return self._received

    def begin_bridge(self) -> list[LegEvent]:
        """Hand this leg to another party: from now on nobody listens in, and what is being played stops.

        Sounds that are queued meanwhile wait for the end of the bridge; the recording gets nothing.
        """
        self._bridged = True
        self._segmenter.close()
        return [*self.playout.close(PlaybackOutcome.STOPPED)]

    def end_bridge(self) -> None:
        """Take this leg back: listen and play again."""
        self._bridged = False

    def receive(self, frame: Samples | None) -> tuple[VoiceLane, Samples] | None:
        """Take the caller's 20 ms in, None for silence; return a window that needs judgement by the network, if any."""
        self._received = _SILENT_FRAME if frame is None else frame
        # Two people who talk with each other are not listened to; silence keeps the segmenter's clock running.
        self._pending = np.concatenate([self._pending, _SILENT_FRAME if self._bridged else self._received])
        self._window = None
        if len(self._pending) < WINDOW_SAMPLES:
            return None
        self._window, self._pending = self._pending[:WINDOW_SAMPLES], self._pending[WINDOW_SAMPLES:]
        is_open = self._gate.is_open(self._window)
        if is_open and not self._gate_was_open:
            self._lane.reset()
        self._gate_was_open = is_open
        return (self._lane, self._window) if is_open else None

    def advance(self, probability: float | None, partner: Samples | None = None) -> TickResult:
        """Finish the tick; ``probability`` of speech belongs to the window that ``receive`` returned, if it did.

        ``partner`` is what the other party of a bridge said in this tick.
        """
        events: list[LegEvent] = []
        if self._window is not None:
            decided = self._segmenter.push(self._window, probability or 0.0, playing=self.playout.playing)
            if self._interrupts(decided):
                events += self.playout.barge_in()
            events += decided
        frame = partner
        if not self._bridged:
            frame, played = self.playout.next_frame(self.position)
            events += played
        frame = _SILENT_FRAME if frame is None else frame
        if self.recording is not None and not self._bridged:
            self.recording.add(self.position, self._received, frame)
        self.position += FRAME_SAMPLES
        return TickResult(frame, events)

    def _interrupts(self, decided: Sequence[LegEvent]) -> bool:
        """Whether the caller's speech stops what is played: when it begins, and when it went on before that did."""
        if any(isinstance(event, SpeechStarted) for event in decided):
            return True
        return self._segmenter.speaking and self._segmenter.voiced >= samples_in(self.endpointing.barge_in_ms)

    def close(self) -> list[LegEvent]:
        """End what is open because the line is gone: the utterance, the playbacks, the recording's last piece."""
        events: list[LegEvent] = [*self._segmenter.close(), *self.playout.close()]
        if self.recording is not None:
            self.recording.flush()
            self.recording = None
        return events
