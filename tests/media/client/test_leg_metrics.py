"""The figures of legs that ended, as Prometheus reads them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.media.client.leg_metrics import LegMetrics
from gateway.media.leg import LegStatistics


def scrape(*legs: tuple[str, LegStatistics]) -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry()
    metrics = LegMetrics(registry)
    for party, statistics in legs:
        metrics.observe(party, statistics)
    samples = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            samples[(sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items())))] = sample.value
    return samples


GOOD = LegStatistics(1000, 0, 0, 0, 1000, 1.0, 160_000, 40.0, 0, 30.0, 0.0, 1.0, 4.35, "PCMA", True, 0)
POOR = LegStatistics(900, 100, 20, 5, 1000, 25.0, 160_000, 100.0, 2400, 250.0, 0.04, 9.0, 3.2, "PCMA", False, 7)
DEAF = LegStatistics(0, 0, 0, 0, 10, 0.0, 1600, codec="opus")


def test_each_leg_is_counted_once_with_its_packets() -> None:
    samples = scrape(("caller", GOOD), ("caller", POOR), ("person", DEAF))
    assert samples["gateway_legs_ended_total", "codec=PCMA", "encrypted=true", "party=caller"] == 1
    assert samples["gateway_legs_ended_total", "codec=PCMA", "encrypted=false", "party=caller"] == 1
    packets = {
        kind: samples["gateway_leg_packets_total", f"kind={kind}", "party=caller"]
        for kind in ("received", "lost", "late", "duplicated", "rejected", "sent")
    }
    assert packets == {"received": 1900, "lost": 100, "late": 20, "duplicated": 5, "rejected": 7, "sent": 2000}


def test_the_quality_of_the_legs_is_spread_over_buckets() -> None:
    samples = scrape(("caller", GOOD), ("caller", POOR))

    def bucket(name: str, limit: str) -> float:
        return samples[f"gateway_leg_{name}_bucket", "codec=PCMA", f"le={limit}", "party=caller"]

    assert (bucket("mos", "3.0"), bucket("mos", "3.3"), bucket("mos", "4.4")) == (0, 1, 2)
    assert (bucket("lost_ratio", "0.0"), bucket("lost_ratio", "0.05"), bucket("lost_ratio", "0.1")) == (1, 1, 2)
    assert (bucket("concealed_ratio", "0.1"), bucket("concealed_ratio", "0.2")) == (1, 2)
    assert (bucket("jitter_seconds", "0.002"), bucket("jitter_seconds", "0.03")) == (1, 2)
    assert (bucket("buffer_seconds", "0.05"), bucket("buffer_seconds", "0.1")) == (1, 2)
    assert (bucket("round_trip_seconds", "0.03"), bucket("round_trip_seconds", "0.3")) == (1, 2)
    assert (bucket("remote_lost_ratio", "0.03"), bucket("remote_lost_ratio", "0.05")) == (1, 2)


def test_what_is_not_known_is_not_counted_as_good() -> None:
    samples = scrape(("person", DEAF))
    for name in ("mos", "lost_ratio", "jitter_seconds", "buffer_seconds", "round_trip_seconds", "remote_lost_ratio"):
        assert (f"gateway_leg_{name}_count", "codec=opus", "party=person") not in samples
    assert samples["gateway_legs_ended_total", "codec=opus", "encrypted=false", "party=person"] == 1
