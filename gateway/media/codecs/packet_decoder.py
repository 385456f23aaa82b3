"""From packets of any length to frames of 20 ms, for codecs whose packets have to be decoded whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gateway.audio import TELEPHONE_RATE
from gateway.audio.pcm import Samples
from gateway.media.codecs.codec import FrameCodec
from gateway.media.frame import FRAME_MS
from gateway.media.receive.packet_queue import Piece

_NONE: Samples = np.zeros(0, np.int16)


class PacketDecoder:
    """Decodes what a ``PacketQueue`` hands out, and keeps what a packet has beyond the tick."""

    def __init__(self, codec: FrameCodec) -> None:
        self._codec = codec
        self._frame = codec.sound_rate * FRAME_MS // 1000
        self._rest = _NONE

    def frame(self, pieces: Sequence[Piece]) -> Samples:
        """Return the tick's 20 ms at the codec's rate, with silence where the pieces do not reach.

        What is missing is made up by the codec: such a frame needs no concealment any more.
        """
        sounds = [self._sound(piece) for piece in pieces]
        if len(sounds) == 1 and len(sounds[0]) == self._frame and not len(self._rest):
            return sounds[0]
        sound = np.concatenate([self._rest, *sounds])
        if len(sound) < self._frame:
            sound = np.pad(sound, (0, self._frame - len(sound)))
        # A copy: a view would keep the whole packet.
        self._rest = sound[self._frame :].copy()
        return sound[: self._frame]

    def _sound(self, piece: Piece) -> Samples:
        if isinstance(piece, bytes):
            return self._codec.decode(piece)
        return self._codec.conceal(piece.samples * self._codec.sound_rate // TELEPHONE_RATE, piece.following)
