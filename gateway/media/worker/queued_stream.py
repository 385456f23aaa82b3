"""The received sound of one leg whose packets have to be decoded whole (Opus), cut to the ticks' frames."""

from __future__ import annotations

from collections import deque

import numpy as np

from gateway.audio.pcm import Samples
from gateway.media.codecs.codec import FrameCodec
from gateway.media.codecs.opus_packet import packet_length
from gateway.media.frame import FRAME_MS
from gateway.media.parameters import Codec
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.packet_queue import Gap, PacketQueue

_SOUND_PER_POSITION = 2


class QueuedStream:
    """A queue of packets, their decoder, and what it has decoded beyond the frame that was taken."""

    def __init__(self, codec: FrameCodec) -> None:
        self.queue = PacketQueue(Codec.OPUS.clock_rate, packet_length)
        """Where packets go, and where they are counted."""
        self._codec = codec
        self._frame = codec.sound_rate * FRAME_MS // 1000
        self._sound: deque[Samples] = deque()
        self._waiting = 0

    def next_frame(self, row: Samples, *, quiet: bool) -> tuple[FrameKind, bool]:
        """Write the next 20 ms, int16 at the codec's rate, to ``row``; return its kind and whether it is spliced.

        What the codec makes up by itself is sound; ``row`` stays as it is for every other kind.
        """
        frame = self.queue.pop(quiet=quiet)
        for piece in frame.pieces:
            self._append(self._codec.decode(piece) if isinstance(piece, bytes) else self._made_up(piece))
        if not frame.pieces and not self._waiting:
            return frame.kind, frame.spliced
        if self._waiting < self._frame:
            self._append(self._codec.conceal(self._frame))
        row[:] = self._take()
        return FrameKind.SOUND, frame.spliced

    def _made_up(self, gap: Gap) -> Samples:
        return self._codec.conceal(gap.samples * _SOUND_PER_POSITION, gap.following)

    def _append(self, sound: Samples) -> None:
        self._sound.append(sound)
        self._waiting += len(sound)

    def _take(self) -> Samples:
        pieces: list[Samples] = []
        missing = self._frame
        while missing:
            sound = self._sound.popleft()
            if len(sound) > missing:
                self._sound.appendleft(sound[missing:])
                sound = sound[:missing]
            pieces.append(sound)
            missing -= len(sound)
        self._waiting -= self._frame
        return np.concatenate(pieces)
