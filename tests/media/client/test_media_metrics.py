"""The media workers in the metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from gateway.media.client.media_metrics import MediaWorkerMetrics
from gateway.media.client.media_worker import WorkerStatus
from gateway.media.wire import messages as m

TELEMETRY = m.Telemetry(1, 7, 1500, 3, 0.1, 0.5, 2.0, 4.0, 6.0, 9.0, made_up=5)


def test_each_worker_has_its_own_figures_and_one_that_is_down_says_so() -> None:
    workers = [WorkerStatus(101, 7, 0, 2, TELEMETRY), WorkerStatus(None, 0, 4, 0, None)]
    registry = CollectorRegistry()
    registry.register(MediaWorkerMetrics(lambda: workers))

    def value(name: str, worker: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"gateway_media_worker_{name}", {"worker": worker, **labels})

    assert (value("up", "0"), value("up", "1")) == (1, 0)
    assert (value("legs", "0"), value("legs", "1")) == (7, 0)
    assert (value("shedding", "0"), value("restarts_total", "1")) == (2, 4)
    assert value("late_seconds", "0", quantile="0.99") == 0.0005
    assert value("busy_seconds", "0", quantile="1") == 0.009
    assert (value("ticks_total", "0"), value("skipped_ticks_total", "0")) == (1500, 3)
    assert value("made_up_ticks_total", "0") == 5
    assert value("ticks_total", "1") is None


def test_without_workers_there_is_nothing_to_tell() -> None:
    registry = CollectorRegistry()
    registry.register(MediaWorkerMetrics(list))
    assert all(not family.samples for family in registry.collect())
