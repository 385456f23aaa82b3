"""The queue of sounds that go to the caller, with the position of everything that was sent."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np

from gateway.audio import TELEPHONE_RATE
from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_MS
from gateway.media.leg import Heard, PlaybackEnded, PlaybackOutcome, PlaybackStarted
from gateway.media.playout.queued_sound import QueuedSound

PlayoutEvent: TypeAlias = PlaybackStarted | PlaybackEnded

_RATES = (TELEPHONE_RATE, 2 * TELEPHONE_RATE)


class Playout:
    """Sounds are played one after the other without a gap; a sound whose next chunk is late is filled with silence.

    Each sound has a rate of its own. Positions and lengths in events are in 1/8000 s, whatever the rate. Between
    sounds of two rates the frame is filled up with silence: no frame has two rates. Numbers of playbacks that are not
    queued are ignored: they may have been stopped while the message was on its way.
    """

    __slots__ = ("_sounds",)

    def __init__(self) -> None:
        self._sounds: deque[QueuedSound] = deque()

    @property
    def empty(self) -> bool:
        """Whether no sound is queued, so that every frame would be silence."""
        return not self._sounds

    @property
    def playing(self) -> bool:
        """Whether a sound has begun and is not over."""
        return bool(self._sounds) and self._sounds[0].start is not None

    def enqueue(self, playback_id: int, *, barge_in: bool, rate: int = TELEPHONE_RATE, repeat: bool = False) -> None:
        """Open a sound behind those that are queued.

        Its chunks are int16 at ``rate``. With ``repeat`` it begins anew when its end is reached, until it is stopped.

        Raises:
            ValueError: no line sends sound of that ``rate``, only of 8000 and of 16000 samples a second.

        """
        if rate not in _RATES:
            raise ValueError(f"sound of {rate} samples a second cannot be played, only of 8000 and of 16000")
        frame = rate * FRAME_MS // 1000
        self._sounds.append(QueuedSound(playback_id, rate, frame, barge_in=barge_in, repeat=repeat))

    def append(self, playback_id: int, samples: Samples) -> None:
        """Add a chunk to a sound."""
        sound = self._find(playback_id)
        if sound is not None and len(samples):
            sound.append(samples)

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
        return [_ended(sound, PlaybackOutcome.STOPPED)]

    def barge_in(self) -> list[PlayoutEvent]:
        """Drop the first sound that the caller may interrupt and all behind it."""
        kept: deque[QueuedSound] = deque()
        while self._sounds and not self._sounds[0].barge_in:
            kept.append(self._sounds.popleft())
        dropped, self._sounds = self._sounds, kept
        return [_ended(sound, PlaybackOutcome.BARGE_IN) for sound in dropped]

    def close(self, outcome: PlaybackOutcome = PlaybackOutcome.LINE_LOST) -> list[PlayoutEvent]:
        """Drop everything, because the line is gone unless ``outcome`` says otherwise."""
        dropped, self._sounds = self._sounds, deque()
        return [_ended(sound, outcome) for sound in dropped]

    def next_frame(self, position: int) -> tuple[Samples | None, list[PlayoutEvent]]:
        """Return the 20 ms to send at ``position``, None for silence, and what began and ended with them.

        The frame's length tells its rate: 160 samples at 8 kHz, 320 at 16 kHz. It may be a view of the sound, to be
        read within the tick and not to be written to.
        """
        if not self._sounds:
            return None, []
        sound = self._sounds[0]
        begin = sound.offset
        end = begin + sound.frame
        if end < sound.chunk_length and sound.start is not None:
            sound.offset = end
            return sound.chunk[begin:end], []
        return self._assemble(position)

    def _assemble(self, position: int) -> tuple[Samples | None, list[PlayoutEvent]]:
        """Do the same where a chunk or a sound begins or ends within the frame."""
        events: list[PlayoutEvent] = []
        pieces: list[Samples] = []
        rate, frame, filled = self._sounds[0].rate, self._sounds[0].frame, 0
        while self._sounds and filled < frame:
            sound = self._sounds[0]
            if not filled:
                rate, frame = sound.rate, sound.frame
            elif sound.rate != rate:
                break
            piece = sound.take(frame - filled)
            if piece is not None:
                if sound.start is None:
                    sound.start = position + filled * TELEPHONE_RATE // rate
                    events.append(PlaybackStarted(sound.playback_id, sound.start))
                pieces.append(piece)
                filled += len(piece)
            if sound.over:
                self._sounds.popleft()
                events.append(_ended(sound, PlaybackOutcome.FINISHED))
            elif piece is None:
                break
        if not pieces:
            return None, events
        if filled < frame:
            pieces.append(np.zeros(frame - filled, np.int16))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces), events

    def _find(self, playback_id: int) -> QueuedSound | None:
        return next((sound for sound in self._sounds if sound.playback_id == playback_id), None)


def _ended(sound: QueuedSound, outcome: PlaybackOutcome) -> PlaybackEnded:
    return PlaybackEnded(sound.playback_id, Heard(outcome, sound.start, sound.sent, sound.queued))
