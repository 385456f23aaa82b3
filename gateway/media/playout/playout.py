"""The queue of sounds that go to the caller, with the position of everything that was sent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.leg import Heard, PlaybackEnded, PlaybackOutcome, PlaybackStarted

PlayoutEvent: TypeAlias = PlaybackStarted | PlaybackEnded


@dataclass(slots=True)
class _Sound:
    playback_id: int
    barge_in: bool
    chunks: deque[Samples] = field(default_factory=deque)
    complete: bool = False
    start: int | None = None
    sent: int = 0
    queued: int = 0

    def ended(self, outcome: PlaybackOutcome) -> PlaybackEnded:
        return PlaybackEnded(self.playback_id, Heard(outcome, self.start, self.sent, self.queued))

    def take(self, room: int) -> Samples:
        """Remove and return up to ``room`` samples from the first chunk."""
        chunk = self.chunks.popleft()
        if len(chunk) > room:
            self.chunks.appendleft(chunk[room:])
            chunk = chunk[:room]
        self.sent += len(chunk)
        return chunk


class Playout:
    """Sounds are played one after the other without a gap; a sound whose next chunk is late is filled with silence.

    Chunks are int16 at 8 kHz. Numbers of playbacks that are not queued are ignored: they may have been stopped while
    the message was on its way.
    """

    def __init__(self) -> None:
        self._sounds: deque[_Sound] = deque()

    @property
    def playing(self) -> bool:
        """Whether a sound has begun and is not over."""
        return bool(self._sounds) and self._sounds[0].start is not None

    def enqueue(self, playback_id: int, *, barge_in: bool) -> None:
        """Open a sound behind those that are queued."""
        self._sounds.append(_Sound(playback_id, barge_in))

    def append(self, playback_id: int, samples: Samples) -> None:
        """Add a chunk to a sound."""
        sound = self._find(playback_id)
        if sound is not None and len(samples):
            sound.chunks.append(samples)
            sound.queued += len(samples)

    def complete(self, playback_id: int) -> None:
        """Declare that no chunk follows."""
        sound = self._find(playback_id)
        if sound is not None:
            sound.complete = True

    def stop(self, playback_id: int) -> list[PlayoutEvent]:
        """Drop a sound at once."""
        sound = self._find(playback_id)
        if sound is None:
            return []
        self._sounds.remove(sound)
        return [sound.ended(PlaybackOutcome.STOPPED)]

    def barge_in(self) -> list[PlayoutEvent]:
        """Drop the first sound that the caller may interrupt and all behind it."""
        kept: deque[_Sound] = deque()
        while self._sounds and not self._sounds[0].barge_in:
            kept.append(self._sounds.popleft())
        dropped, self._sounds = self._sounds, kept
        return [sound.ended(PlaybackOutcome.BARGE_IN) for sound in dropped]

    def close(self, outcome: PlaybackOutcome = PlaybackOutcome.LINE_LOST) -> list[PlayoutEvent]:
        """Drop everything, because the line is gone unless ``outcome`` says otherwise."""
        dropped, self._sounds = self._sounds, deque()
        return [sound.ended(outcome) for sound in dropped]

    def next_frame(self, position: int) -> tuple[Samples | None, list[PlayoutEvent]]:
        """Return the 160 samples to send at ``position``, None for silence, and what began and ended with them."""
        if not self._sounds:
            return None, []
        events: list[PlayoutEvent] = []
        pieces: list[Samples] = []
        filled = 0
        while self._sounds and filled < FRAME_SAMPLES:
            sound = self._sounds[0]
            if sound.chunks:
                if sound.start is None:
                    sound.start = position + filled
                    events.append(PlaybackStarted(sound.playback_id, sound.start))
                pieces.append(sound.take(FRAME_SAMPLES - filled))
                filled += len(pieces[-1])
            if not sound.chunks:
                if not sound.complete:
                    break
                self._sounds.popleft()
                events.append(sound.ended(PlaybackOutcome.FINISHED))
        if not pieces:
            return None, events
        if filled < FRAME_SAMPLES:
            pieces.append(np.zeros(FRAME_SAMPLES - filled, np.int16))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces), events

    def _find(self, playback_id: int) -> _Sound | None:
        return next((sound for sound in self._sounds if sound.playback_id == playback_id), None)
