"""What happens to the sound of many legs at once, whatever line they came by: playout, listening, recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES, Flags, Positions, Slots
from gateway.media.leg import Endpointing, LegEvent, PlaybackOutcome
from gateway.media.listening.listening import Listening
from gateway.media.playout.playout import Playout
from gateway.media.recording.recordings import Recordings

SlotEvent: TypeAlias = tuple[int, LegEvent]
"""What happened on the leg in a slot."""

_FULL_DETECTION, _LIGHT_DETECTION = 0, 2
"""Qualities of listening."""

_QUIET_POWER = np.float32((32768 * 10 ** (-50 / 20)) ** 2)
"""Mean square below which a frame of a bridged leg counts as silence: -50 dBFS."""


class FrameEngine:
    """No sockets and no clock but the positions that it is given.

    A leg is ``open`` once it has a slot, and runs from ``start`` on. In a tick, ``next_frames`` gives what to send and
    ``listen`` takes what was heard and sent; both tell what happened.
    """

    def __init__(self, capacity: int, listening: Listening, recordings: Recordings) -> None:
        self.recordings = recordings
        """The files; each slot's is opened and closed there."""
        self._listening = listening
        self._playouts: dict[int, Playout] = {}
        self._queued: dict[int, Playout] = {}
        self._running: set[int] = set()
        self._playing: Flags = np.zeros(capacity, np.bool_)

    @property
    def quiet(self) -> Flags:
        """Whether each slot's last frame was silence, [capacity]."""
        return self._listening.quiet

    def open(self, slot: int) -> None:
        """Take a leg in."""
        self._playouts[slot] = Playout()
        self._listening.reset(slot)
        self._playing[slot] = False

    def start(self, slot: int) -> None:
        """Let the leg's clock run: its queued sounds begin."""
        self._running.add(slot)

    def close(self, slot: int) -> list[LegEvent]:
        """End what is open because the line is gone: the utterance and the playbacks. The recording is the owner's."""
        self._running.discard(slot)
        self._queued.pop(slot, None)
        return [*self._listening.close(slot), *self._playouts.pop(slot).close()]

    def playout(self, slot: int) -> Playout:
        """Return the leg's queue of sounds; whoever changes it calls ``changed`` then."""
        return self._playouts[slot]

    def changed(self, slot: int) -> None:
        """Take note that sounds were queued or stopped."""
        playout = self._playouts[slot]
        if playout.empty:
            self._queued.pop(slot, None)
        else:
            self._queued[slot] = playout
        self._playing[slot] = playout.playing

    def hand_over(self, slot: int) -> list[LegEvent]:
        """Let another party have the leg: what is being played stops, and nobody listens, plays or records.

        Sounds that are queued meanwhile wait.
        """
        self._running.discard(slot)
        stopped = self._playouts[slot].close(PlaybackOutcome.STOPPED)
        self.changed(slot)
        self.recordings.suspend(slot)
        return [*self._listening.suspend(slot), *stopped]

    def take_back(self, slot: int, *, running: bool) -> None:
        """Listen, play and record again; ``running`` tells whether the leg's clock runs."""
        if running:
            self._running.add(slot)
        self._listening.resume(slot)
        self.recordings.resume(slot)

    def set_endpointing(self, slot: int, endpointing: Endpointing) -> None:
        """Cut the leg's utterances by these times from now on."""
        self._listening.set_endpointing(slot, endpointing)

    def next_frames(self, positions: Positions) -> tuple[list[tuple[int, Samples]], list[SlotEvent]]:
        """Return the slots that are played to with their 20 ms, at the sound's rate, and what began or ended.

        ``positions`` [capacity] are those of the tick by slot. The frames may be views of the sounds: not to be kept.
        """
        frames: list[tuple[int, Samples]] = []
        events: list[SlotEvent] = []
        for slot, playout in list(self._queued.items()):
            if slot not in self._running:
                continue
            frame, happened = playout.next_frame(positions.item(slot))
            if frame is not None:
                frames.append((slot, frame))
            if happened:
                events += [(slot, event) for event in happened]
                self.changed(slot)
        return frames, events

    def listen(
        self, slots: Slots, positions: Positions, heard: Samples, sent: Samples, wide: Mapping[int, Samples]
    ) -> list[SlotEvent]:
        """Take in what was heard and sent at ``positions`` [n], int16 [n, 160]; return what that decides.

        ``wide`` has the 16 kHz form of what wideband legs heard. Speech stops playbacks from the next tick on.
        """
        hearing = self._listening.hear(slots, heard, positions, sent, self._playing[slots], wide)
        events: list[SlotEvent] = []
        for slot in hearing.interrupted:
            if slot in self._queued:
                events += [(slot, event) for event in self._playouts[slot].barge_in()]
                self.changed(slot)
        return events + hearing.events

    def overhear(self, slots: Slots, heard: Samples) -> None:
        """Take in what legs heard that talk with another party: only whether it was silence."""
        sound = heard.astype(np.float32)
        self._listening.quiet[slots] = np.vecdot(sound, sound) < _QUIET_POWER * np.float32(FRAME_SAMPLES)

    def record(self, slots: Slots, positions: Positions, heard: Samples, sent: Samples) -> None:
        """Record what was heard and sent, of those legs that are recorded; to be called in each tick."""
        recorded = self.recordings.recording[slots]
        if recorded.all():
            self.recordings.add(slots, positions, heard, sent)
        else:
            self.recordings.add(slots[recorded], positions[recorded], heard[recorded], sent[recorded])

    def rest(self) -> None:
        """Let a tick pass without any leg: what was recorded last still goes to the disk."""
        none = np.zeros(0, np.intp)
        silence = np.zeros((0, FRAME_SAMPLES), np.int16)
        self.recordings.add(none, none.astype(np.int64), silence, silence)

    def shed(self, *, light_detection: bool, no_recording: bool) -> None:
        """Do less for all legs: the light detector listens, or nothing is recorded."""
        self._listening.quality = _LIGHT_DETECTION if light_detection else _FULL_DETECTION
        self.recordings.shed(no_recording)
