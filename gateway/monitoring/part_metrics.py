"""How the gateway's own parts are, as Prometheus metrics: what they know, or samples; nothing is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.monitoring.disk import DiskSpace
from gateway.monitoring.sampling import Sampler
from gateway.records.action_queue import Backlog


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the figures come from. Functions are called whenever metrics are read and return at once.

    ``conversations`` by line; ``prompts_found`` as ``CachingSynthesiser.found``; ``retention_done`` is None before the
    first run.
    """

    conversations: Callable[[], Mapping[str, int]]
    draining: Callable[[], bool]
    prompts_ready: Callable[[], bool]
    prompts_found: Callable[[], Mapping[str, int]]
    records_waiting: Callable[[], int]
    records_away: Callable[[], bool]
    recordings_waiting: Callable[[], int]
    retention_done: Callable[[], datetime | None]
    backlog: Sampler[Backlog]
    speech: Sampler[bool]
    disk: Sampler[DiskSpace]
    version: str


class PartMetrics(Collector):
    """Reads the parts that ``parts`` returns whenever it is asked; None: they have not been started."""

    def __init__(self, parts: Callable[[], Parts | None]) -> None:
        self._parts = parts

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the metrics are known once they are collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        parts = self._parts()
        if parts is None:
            return
        yield from _service(parts)
        yield from _speech(parts)
        yield from _records(parts)
        yield from _actions(parts)
        yield from _disk(parts)
        yield _ages(parts)


def _service(parts: Parts) -> Iterator[Metric]:
    info = GaugeMetricFamily("gateway_build_info", "1; the label tells which version runs.", labels=["version"])
    info.add_metric([parts.version], 1)
    yield info
    held = GaugeMetricFamily("gateway_conversations", "Conversations being held now.", labels=["line"])
    for line, count in parts.conversations().items():
        held.add_metric([line], count)
    yield held
    yield _gauge("draining", "1 while the gateway is being stopped and takes no new call.", parts.draining())


def _speech(parts: Parts) -> Iterator[Metric]:
    if parts.speech.last is not None:
        yield _gauge("speech_ready", "1 while recognition and synthesis answer.", parts.speech.last)
    yield _gauge("prompts_ready", "1 once the fixed prompts have been made.", parts.prompts_ready())
    found = CounterMetricFamily("gateway_prompts", "Texts spoken, by where their sound came from.", labels=["source"])
    for source, count in parts.prompts_found().items():
        found.add_metric([source], count)
    yield found


def _records(parts: Parts) -> Iterator[Metric]:
    yield _gauge("records_waiting", "Writes to the database that are not committed yet.", parts.records_waiting())
    yield _gauge("records_away", "1 while the database's server cannot be reached.", parts.records_away())
    yield _gauge("recordings_waiting", "Recordings to be compressed or encrypted.", parts.recordings_waiting())
    done = parts.retention_done()
    if done is not None:
        name = "retention_last_success_timestamp_seconds"
        yield _gauge(name, "When all that was due had last been deleted.", done.timestamp())


def _actions(parts: Parts) -> Iterator[Metric]:
    backlog = parts.backlog.last
    if backlog is None:
        return
    yield _gauge("actions_pending", "Actions that wait to be delivered.", backlog.waiting)
    yield _gauge("actions_failed", "Dead letters: actions that need a person and have had none.", backlog.failed)
    oldest = GaugeMetricFamily(
        "gateway_action_oldest_seconds",
        "Age of the oldest action that waits to be delivered, 0 where none does.",
        labels=["urgency"],
    )
    now = datetime.now(UTC)
    for urgency, since in (("emergency", backlog.oldest_urgent), ("other", backlog.oldest)):
        oldest.add_metric([urgency], 0.0 if since is None else max(0.0, (now - since).total_seconds()))
    yield oldest


def _disk(parts: Parts) -> Iterator[Metric]:
    if (disk := parts.disk.last) is not None:
        yield _gauge("disk_free_bytes", "Room on the disk of DATA_DIR.", disk.free)
        yield _gauge("disk_size_bytes", "Size of the disk of DATA_DIR.", disk.size)


def _ages(parts: Parts) -> Metric:
    ages = GaugeMetricFamily(
        "gateway_sample_age_seconds", "How old figures are that are read beside the metrics.", labels=["of"]
    )
    for sampler in (parts.backlog, parts.speech, parts.disk):
        ages.add_metric([sampler.name], sampler.age_s)
    return ages


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gateway_{name}", text, value=value)
