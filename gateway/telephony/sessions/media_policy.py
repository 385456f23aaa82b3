"""What may be negotiated about the sound of a trunk's calls: codecs and encryption."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum

from gateway.media.codecs.codec import available_codecs
from gateway.media.parameters import Codec

DEFAULT_ANSWERED = (Codec.G722, Codec.OPUS, Codec.PCMA, Codec.PCMU)
"""The codecs that offers are answered with, the one we like best first.

Wideband is understood better, and G.722 costs less than Opus; of G.711, A-law is what European trunks speak.
"""
DEFAULT_OFFERED = (Codec.G722, Codec.PCMA, Codec.PCMU)
"""The codecs of our own offers. Opus makes them longer than many a datagram may be, and few telephones have it."""


class SrtpMode(StrEnum):
    """How much we insist on encrypted sound, with keys in the session descriptions (SDES, RFC 4568)."""

    OFF = "off"
    """RTP only; an offer of nothing but SRTP is refused with 488."""
    PREFERRED = "preferred"
    """SRTP where the peer has it, else RTP."""
    REQUIRED = "required"
    """SRTP only; an offer without is refused with 488."""


@dataclass(frozen=True, slots=True)
class MediaPolicy:
    """What a trunk's calls may use; codecs in the order of our preference."""

    answered: tuple[Codec, ...] = DEFAULT_ANSWERED
    """What offers are answered with: the first that the peer has too."""
    offered: tuple[Codec, ...] = DEFAULT_OFFERED
    """What our own offers hold."""
    srtp: SrtpMode = SrtpMode.OFF


DEFAULT_POLICY = MediaPolicy()
"""That of a trunk of which nothing is said."""


@functools.cache
def usable(codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
    """Return those of ``codecs`` that this machine has, in the same order."""
    available = available_codecs()
    return tuple(codec for codec in codecs if codec in available)
