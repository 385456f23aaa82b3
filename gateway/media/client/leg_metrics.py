"""How the legs that ended sounded, as Prometheus metrics; no label tells one call from another."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.audio import TELEPHONE_RATE
from gateway.media.leg import LegStatistics

_RATIOS = (0.0, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
_SCORES = (1.5, 2.0, 2.5, 3.0, 3.3, 3.6, 3.8, 4.0, 4.1, 4.2, 4.3, 4.4)
_PACKETS = ("received", "lost", "late", "duplicated", "rejected", "sent")


class LegMetrics:
    """Counts each leg once, when it has ended, by whose it was (``party``) and its codec."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._legs = Counter(
            "gateway_legs_ended", "Legs that ended.", ["party", "codec", "encrypted"], registry=registry
        )
        self._packets = Counter(
            "gateway_leg_packets",
            "RTP packets of legs that ended; rejected: from elsewhere, or forged or replayed under SRTP.",
            ["party", "kind"],
            registry=registry,
        )
        self._score = self._histogram("mos", "Estimated opinion score (ITU-T G.107) of a leg.", _SCORES)
        self._lost = self._histogram("lost_ratio", "Of a leg's packets those that never came.", _RATIOS)
        self._concealed = self._histogram("concealed_ratio", "Of a leg's sound what had to be made up.", _RATIOS)
        self._jitter = self._histogram("jitter_seconds", "Interarrival jitter at a leg's end (RFC 3550).", _SECONDS)
        self._buffered = self._histogram("buffer_seconds", "What the jitter buffer held back at the end.", _SECONDS)
        self._round_trip = self._histogram(
            "round_trip_seconds", "Round trip by RTCP, where the peer reports.", _SECONDS
        )
        self._remote_lost = self._histogram("remote_lost_ratio", "Of our packets those that the peer missed.", _RATIOS)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"gateway_leg_{name}", text, ["party", "codec"], buckets=buckets, registry=self._registry)

    def observe(self, party: str, statistics: LegStatistics) -> None:
        """Count a leg that has ended."""
        codec = statistics.codec
        self._legs.labels(party, codec, str(statistics.encrypted).lower()).inc()
        for kind in _PACKETS:
            self._packets.labels(party, kind).inc(getattr(statistics, f"packets_{kind}"))
        expected = statistics.packets_received + statistics.packets_lost
        seconds = statistics.position / TELEPHONE_RATE
        figures = (
            (self._score, statistics.mos),
            (self._lost, statistics.packets_lost / expected if expected else None),
            (self._concealed, statistics.concealed_ms / 1000 / seconds if seconds else None),
            (self._jitter, statistics.jitter_ms / 1000 if expected else None),
            (self._buffered, statistics.delay_ms / 1000 if expected else None),
            (self._round_trip, None if statistics.round_trip_ms is None else statistics.round_trip_ms / 1000),
            (self._remote_lost, statistics.remote_fraction_lost),
        )
        for histogram, figure in figures:
            if figure is not None:
                histogram.labels(party, codec).observe(figure)
