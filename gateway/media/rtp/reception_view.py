"""What RTCP and a call's figures need to know of the packets received from one source (RFC 3550 section 6.4.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReceptionView:
    """What a leg has received; ``ssrc`` is the source of now, None before the first packet.

    ``expected`` is how many packets the sequence numbers promise, ``received`` how many of them came, each counted once
    (appendix A.3, but duplicates stand in ``duplicated``); ``late`` of the received came after their moment and were
    not played; ``bursts`` is how often numbers were missing when a packet came. These counts carry over when another
    source takes over. ``highest`` is that source's extended highest sequence number in 32 bits, ``jitter`` the
    interarrival jitter (appendix A.8) in units of the RTP timestamp, that is of the codec's clock rate.
    """

    ssrc: int | None = None
    received: int = 0
    expected: int = 0
    highest: int = 0
    duplicated: int = 0
    late: int = 0
    jitter: float = 0.0
    bursts: int = 0

    @property
    def lost(self) -> int:
        """How many of the expected packets never came."""
        return max(0, self.expected - self.received)
