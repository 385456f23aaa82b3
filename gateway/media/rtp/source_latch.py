"""Where a peer's packets really come from: symmetric RTP (RFC 4961) behind address translation, without hijacking."""

from __future__ import annotations

from typing import TypeAlias

Address: TypeAlias = tuple[str, int]
"""Host as an IP address, and port."""

_PROBATION = 2


class SourceLatch:
    """Sends to the negotiated address until packets arrive, then locks on their source.

    The negotiated source locks with its first packet; another one needs two in a row with the same SSRC. Once locked,
    packets from elsewhere are refused until signalling names a new address.
    """

    def __init__(self) -> None:
        self.target: Address | None = None
        """Where to send."""
        self.refused = 0
        """Packets from elsewhere."""
        self._negotiated: Address | None = None
        self._locked = False
        self._candidate: tuple[Address, int] | None = None
        self._seen = 0

    def negotiate(self, address: Address) -> None:
        """Take the address that signalling names; the one that it named before keeps its lock."""
        if address == self._negotiated:
            return
        self._negotiated = self.target = address
        self._locked = False
        self._candidate, self._seen = None, 0

    def accept(self, source: Address, ssrc: int) -> bool:
        """Tell whether a packet from ``source`` belongs to the stream."""
        if self._locked or source == self._negotiated:
            self._locked = self._locked or source == self._negotiated
            if source == self.target:
                return True
            self.refused += 1
            return False
        self._seen = self._seen + 1 if self._candidate == (source, ssrc) else 1
        self._candidate = (source, ssrc)
        if self._seen < _PROBATION:
            return False
        self.target, self._locked = source, True
        return True
