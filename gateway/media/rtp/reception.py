"""Reception statistics of one RTP source (RFC 3550 appendices A.1, A.3 and A.8)."""

from __future__ import annotations

from gateway.media.rtp.packet import wrapped_difference

_MAX_DROPOUT = 3000
_MAX_MISORDER = 100
_REMEMBERED = 256


class Reception:
    """Counts packets of one source; ``arrival`` times are in samples at 8 kHz on any clock that does not jump."""

    def __init__(self) -> None:
        self.received = 0
        self.duplicated = 0
        self.jitter = 0.0
        """Interarrival jitter in samples."""
        self.highest = 0
        """Extended highest sequence number."""
        self._base: int | None = None
        self._expected_before = 0
        self._seen = 0
        self._transit: float | None = None

    @property
    def expected(self) -> int:
        """How many packets the sequence numbers promise."""
        if self._base is None:
            return 0
        return self._expected_before + self.highest - self._base + 1

    @property
    def lost(self) -> int:
        """How many of them never came."""
        return max(0, self.expected - self.received)

    def receive(self, sequence: int, timestamp: int, arrival: float) -> bool:
        """Count a packet; return False when it is a duplicate."""
        if self._base is None:
            self._restart(sequence)
        step = wrapped_difference(sequence, self.highest & 0xFFFF, 16)
        if step > _MAX_DROPOUT or step < -_MAX_MISORDER:
            self._expected_before = self.expected
            self._restart(sequence)
            step = 0
        if step > 0:
            self.highest += step
            self._seen = (self._seen << step) & ((1 << _REMEMBERED) - 1)
            step = 0
        if self._seen >> -step & 1:
            self.duplicated += 1
            return False
        self._seen |= 1 << -step
        self.received += 1
        self._measure_jitter(timestamp, arrival)
        return True

    def _restart(self, sequence: int) -> None:
        self._base = self.highest = sequence
        self._seen = 0
        self._transit = None

    def _measure_jitter(self, timestamp: int, arrival: float) -> None:
        transit = arrival - timestamp
        if self._transit is not None:
            # The timestamp wraps, so the difference is taken within half a cycle.
            change = (transit - self._transit + 2**31) % 2**32 - 2**31
            self.jitter += (abs(change) - self.jitter) / 16
        self._transit = transit
