"""What signalling tells the media plane about one RTP session."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Codec(StrEnum):
    """Codecs by their encoding name (RFC 3551, RFC 7587)."""

    PCMA = "PCMA"
    PCMU = "PCMU"
    G722 = "G722"
    OPUS = "opus"

    @property
    def clock_rate(self) -> int:
        """Ticks per second of the RTP timestamp; G.722's is 8000 by an old mistake (RFC 3551 section 4.5.2)."""
        return 48000 if self is Codec.OPUS else 8000

    @property
    def sound_rate(self) -> int:
        """Samples per second of the sound that we decode it to and encode it from."""
        return 8000 if self in (Codec.PCMA, Codec.PCMU) else 16000


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """The keys of an SRTP stream (RFC 3711): ``suite`` by its SDES name (RFC 4568, RFC 7714).

    ``local`` protects what we send, ``remote`` what the peer sends; each is the master key followed by its salt.
    """

    suite: str
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpusParameters:
    """What the peer's format parameters ask of the Opus packets that we send (RFC 7587 section 6.1)."""

    in_band_fec: bool = False
    """Whether it makes use of forward error correction."""
    max_average_bit_rate: int | None = None
    """Bits per second; None leaves it to us."""
    max_playback_rate: int = 48000
    """Samples per second above which it plays nothing."""
    constant_bit_rate: bool = False
    discontinuous: bool = False
    """Whether it likes packets to be left out in silence (DTX)."""


@dataclass(frozen=True, slots=True)
class StreamParameters:
    """One negotiated audio stream (RFC 3264), seen from this side.

    ``remote_address`` and ``remote_port`` are where packets go; ``telephone_event_payload_type`` is None when the peer
    has no RFC 4733, and is what we send; ``receive_telephone_event_payload_type`` is what the peer sends, None where it
    is the same. ``ptime_ms`` is the length of the packets that we send. ``comfort_noise_payload_type`` is None when the
    peer has no RFC 3389. With ``rtcp_mux`` RTCP shares the RTP ports (RFC 5761); ``remote_rtcp`` is the address of an
    ``a=rtcp`` line (RFC 3605), None where it is the port above RTP's. Without ``srtp`` the stream is plain RTP.
    ``opus`` is None for every other codec.
    """

    remote_address: str
    remote_port: int
    codec: Codec
    payload_type: int
    telephone_event_payload_type: int | None = None
    ptime_ms: int = 20
    send: bool = True
    receive: bool = True
    receive_telephone_event_payload_type: int | None = None
    comfort_noise_payload_type: int | None = None
    rtcp_mux: bool = False
    remote_rtcp: tuple[str, int] | None = None
    srtp: SrtpKeys | None = None
    opus: OpusParameters | None = None

    @property
    def received_event_payload_type(self) -> int | None:
        """The payload type of the peer's telephone-events; None when it has no RFC 4733."""
        return self.receive_telephone_event_payload_type or self.telephone_event_payload_type
