"""How the media workers are, as Prometheus metrics; as of their last heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.media.client.media_worker import WorkerStatus
from gateway.media.wire import messages as m

_QUANTILES = ("0.5", "0.99", "1")


class MediaWorkerMetrics(Collector):
    """Reads what ``workers`` returns whenever it is asked; workers are labelled by their number, from 0."""

    def __init__(self, workers: Callable[[], Sequence[WorkerStatus]]) -> None:
        self._workers = workers

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the metrics are known once they are collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        workers = list(enumerate(self._workers()))
        up = _gauge("up", "1 while the worker's process runs.")
        legs = _gauge("legs", "Legs that the worker carries now.")
        shedding = _gauge("shedding", "1: no neural voice activity; 2: no recording either; 3: no new calls either.")
        restarts = CounterMetricFamily(
            "gateway_media_worker_restarts", "Processes that took the place of one that died.", labels=["worker"]
        )
        for number, status in workers:
            up.add_metric([str(number)], status.pid is not None)
            legs.add_metric([str(number)], status.legs)
            shedding.add_metric([str(number)], status.shedding)
            restarts.add_metric([str(number)], status.restarts)
        yield from (up, legs, shedding, restarts)
        yield from _clocks([(str(number), status.telemetry) for number, status in workers if status.telemetry])


def _clocks(workers: Sequence[tuple[str, m.Telemetry]]) -> Iterator[Metric]:
    late = _gauge("late_seconds", "How late ticks of 20 ms began in the last minute.", "quantile")
    busy = _gauge("busy_seconds", "How long ticks of 20 ms took in the last minute.", "quantile")
    ticks = CounterMetricFamily("gateway_media_worker_ticks", "Ticks since the process began.", labels=["worker"])
    made_up = CounterMetricFamily(
        "gateway_media_worker_made_up_ticks",
        "Ticks made up for after a standstill, without sending.",
        labels=["worker"],
    )
    skipped = CounterMetricFamily(
        "gateway_media_worker_skipped_ticks", "Ticks given up after a standstill.", labels=["worker"]
    )
    for number, told in workers:
        late_ms = (told.late_p50_ms, told.late_p99_ms, told.late_max_ms)
        busy_ms = (told.busy_p50_ms, told.busy_p99_ms, told.busy_max_ms)
        for gauge, figures in ((late, late_ms), (busy, busy_ms)):
            for quantile, milliseconds in zip(_QUANTILES, figures, strict=True):
                gauge.add_metric([number, quantile], milliseconds / 1000)
        ticks.add_metric([number], told.ticks)
        made_up.add_metric([number], told.made_up)
        skipped.add_metric([number], told.skipped)
    yield from (late, busy, ticks, made_up, skipped)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gateway_media_worker_{name}", text, labels=["worker", *labels])
