"""What signalling tells the media plane about one RTP session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Codec(StrEnum):
    """Codecs by their encoding name (RFC 3551)."""

    PCMA = "PCMA"
    PCMU = "PCMU"


@dataclass(frozen=True, slots=True)
class StreamParameters:
    """One negotiated audio stream (RFC 3264), seen from this side.

    ``remote_address`` and ``remote_port`` are where packets go; ``telephone_event_payload_type`` is None when the peer
    has no RFC 4733, and is what we send; ``receive_telephone_event_payload_type`` is what the peer sends, None where it
    is the same. ``ptime_ms`` is the length of the packets that we send.
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

    @property
    def received_event_payload_type(self) -> int | None:
        """The payload type of the peer's telephone-events; None when it has no RFC 4733."""
        return self.receive_telephone_event_payload_type or self.telephone_event_payload_type
