"""Where a peer's packets really come from: symmetric RTP (RFC 4961) behind address translation, without hijacking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.media.rtp.packet import wrapped_difference

Address: TypeAlias = tuple[str, int]
"""Host as an IP address, and port."""

_PROBATION = 2
_SILENT_MS = 500
_MOST_MISSING = 3000
"""Packets: RFC 3550's MAX_DROPOUT (appendix A.1), a minute of sound."""


@dataclass(frozen=True, slots=True)
class LockedStream:
    """What has been received from the locked source.

    ``ssrc`` and the ``highest`` sequence number (its lower 16 bits count), ``silent_ms`` since its last packet;
    ``authenticated`` tells that SRTP vouches for every packet, also for the one that is being judged.
    """

    ssrc: int | None
    highest: int
    silent_ms: int
    authenticated: bool = False


class SourceLatch:
    """Sends to the negotiated address until packets arrive, then locks on their source.

    The negotiated source locks with its first packet, also when another one was quicker; another one needs two in a row
    with the same SSRC. Once locked, packets from elsewhere are refused until signalling names a new address, or the
    locked stream itself goes on from a new port (see ``accept``).

    The address behind ``locked_source`` needs no question: whoever has many packets compares with it first.
    """

    def __init__(self) -> None:
        self.target: Address | None = None
        """Where to send."""
        self.locked_source: Address | None = None
        """The one source whose packets count; None until there is one."""
        self.refused = 0
        """Packets from elsewhere."""
        self._negotiated: Address | None = None
        self._heard_negotiated = False
        self._candidate: tuple[Address, int] | None = None
        self._seen = 0

    def negotiate(self, address: Address) -> None:
        """Take the address that signalling names; the one that it named before keeps its lock."""
        if address == self._negotiated:
            return
        self._negotiated = self.target = address
        self.locked_source = None
        self._heard_negotiated = False
        self._candidate, self._seen = None, 0

    def accept(self, source: Address, ssrc: int, sequence: int = 0, locked: LockedStream | None = None) -> bool:
        """Tell whether a packet from ``source`` belongs to the stream.

        With ``locked`` a stream that is locked may move, as it does when a router forgets its translation: to a source
        that goes on with its SSRC and its sequence numbers, which nobody off the path knows. Without authentication
        the locked source has to have been silent for half a second, and two packets in a row have to come.
        """
        if source == self.locked_source:
            return True
        if source == self._negotiated and not self._heard_negotiated:
            # Whatever was learnt from another source's packets, signalling knows better.
            self._heard_negotiated = True
            return self._lock(source)
        if self.locked_source is None:
            return self._proven(source, ssrc) and self._lock(source)
        if (
            locked is not None
            and _goes_on(ssrc, sequence, locked)
            and (locked.authenticated or (locked.silent_ms >= _SILENT_MS and self._proven(source, ssrc)))
        ):
            return self._lock(source)
        self.refused += 1
        return False

    def _proven(self, source: Address, ssrc: int) -> bool:
        self._seen = self._seen + 1 if self._candidate == (source, ssrc) else 1
        self._candidate = (source, ssrc)
        return self._seen >= _PROBATION

    def _lock(self, source: Address) -> bool:
        self.target = self.locked_source = source
        self._candidate, self._seen = None, 0
        return True


def _goes_on(ssrc: int, sequence: int, locked: LockedStream) -> bool:
    return ssrc == locked.ssrc and 0 < wrapped_difference(sequence, locked.highest & 0xFFFF, 16) <= _MOST_MISSING
