"""What the media plane asks of a codec that keeps state from frame to frame, and which ones this machine has.

G.711 keeps none and is not here: its tables (``gateway.media.codecs.g711``) serve the frames of all legs at once.
"""

from __future__ import annotations

from typing import Protocol

from gateway.audio.pcm import Samples
from gateway.media.codecs.g711 import SILENCE
from gateway.media.codecs.g722 import SILENCE_OCTET, G722Codec
from gateway.media.codecs.opus import OpusCodec
from gateway.media.codecs.opus_library import OpusUnavailable, load_opus
from gateway.media.parameters import Codec, OpusParameters


class FrameCodec(Protocol):
    """Both directions of one stream; to be used by one thread.

    Sound is int16 mono at ``sound_rate``. A call costs 10 to 100 microseconds and never waits.
    """

    @property
    def sound_rate(self) -> int:
        """Samples per second of what is decoded to and encoded from."""

    def configure(self, opus: OpusParameters | None) -> None:
        """Take what the peer asks of Opus packets from now on; it is nothing to other codecs."""

    def decode(self, payload: bytes) -> Samples:
        """Return the sound of a packet, however long that is; what is no packet of this codec counts as lost."""

    def conceal(self, samples: int, following: bytes | None = None) -> Samples:
        """Return ``samples`` in place of a packet that is lost, silence where the codec cannot conceal.

        ``following`` is the packet after it, when that is here already: it may bring a copy of what was lost.
        """

    def encode(self, samples: Samples) -> bytes:
        """Return the payload for 20 ms of sound."""

    def expect_loss(self, fraction: float) -> None:
        """Take note of the share of our packets that the peer has lost (0 to 1), whenever a report of it comes."""


def make_codec(codec: Codec, opus: OpusParameters | None = None) -> FrameCodec | None:
    """Return a new stream's codec; None for G.711, which needs none. ``opus`` is what the peer asks of Opus.

    Raises:
        OpusUnavailable: this machine has no libopus; ``available_codecs`` tells before.

    """
    match codec:
        case Codec.PCMA | Codec.PCMU:
            return None
        case Codec.G722:
            return G722Codec()
        case Codec.OPUS:
            return OpusCodec(opus)


def filling_octet(codec: Codec) -> int:
    """Return what fills gaps in a stream of the codec's octets; 0 for Opus, whose packets are no such stream."""
    if codec is Codec.G722:
        return SILENCE_OCTET
    return SILENCE.get(codec, 0)


def available_codecs() -> frozenset[Codec]:
    """Return the codecs that can be used on this machine.

    All of them, but for Opus where libopus is missing. The first call loads the library, so a worker calls this once
    before its clock starts, and a codec made in a tick finds everything in memory.
    """
    codecs = set(Codec)
    try:
        load_opus()
    except OpusUnavailable:
        codecs.remove(Codec.OPUS)
    return frozenset(codecs)
