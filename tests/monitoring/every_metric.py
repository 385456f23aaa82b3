"""The real registries of a gateway and a speech server, with every metric that they can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from gateway.media.client.media_worker import WorkerStatus
from gateway.media.wire import messages as m
from gateway.monitoring.disk import DiskSpace
from gateway.monitoring.gateway_metrics import GatewayMetrics
from gateway.monitoring.part_metrics import Parts
from gateway.monitoring.sampling import Sampler
from gateway.records.action_queue import Backlog
from gateway.speech.gpu_figures import Gpu, GpuState
from gateway.speech.metrics import SpeechMetrics
from gateway.telephony.diagnostics.signalling_statistics import CallOutcome, Direction
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.telephony.user_agent import UserAgent

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TELEMETRY = m.Telemetry(1, 7, 1500, 3, 0.1, 0.5, 2.0, 4.0, 6.0, 9.0, made_up=5)


@dataclass(frozen=True)
class Family:
    """A metric as Prometheus knows it; ``name`` has the suffix of a counter."""

    name: str
    type: str
    labels: tuple[str, ...]
    documentation: str

    @property
    def series(self) -> set[str]:
        """The names that queries use."""
        return (
            {f"{self.name}_{part}" for part in ("bucket", "count", "sum")} if self.type == "histogram" else {self.name}
        )


async def nothing() -> None:
    """Read nothing."""


def sampled(name: str, value: object) -> Sampler:
    """Return a sampler that has read ``value``."""
    sampler = Sampler(name, nothing, ())
    sampler.last = value
    return sampler


def parts(**changes: object) -> Parts:
    """Return parts of a gateway that is well, with ``changes``."""
    well = Parts(
        conversations=lambda: {"sip": 2, "http": 1},
        draining=lambda: False,
        prompts_ready=lambda: True,
        prompts_found=lambda: {"memory": 3, "disk": 1, "made": 0, "passed": 9},
        records_waiting=lambda: 0,
        records_away=lambda: False,
        recordings_waiting=lambda: 0,
        retention_done=lambda: NOW,
        backlog=sampled("actions", Backlog(0, 0, None, None)),
        speech=sampled("speech", True),
        disk=sampled("disk", DiskSpace(60, 100)),
        version="1.0",
    )
    return replace(well, **changes)


def a_gateway(**changes: object) -> GatewayMetrics:
    """Return the metrics of a gateway with one trunk and two workers, one of which is down."""
    server = "sip:192.0.2.1:5060"
    fields = {"id": "provider", "servers": [server], "registration": {}, "username": "line", "password_env": "X"}
    profile = TrunkProfile.model_validate(fields | {"identity": {"number": "+41441234560"}})
    uri = parse_uri(server)
    trunk = Trunk(profile, (uri,), uri, Credentials("line", "secret"))
    agent = UserAgent((Listener("127.0.0.1", 0, "UDP"),), trunks=[trunk], max_calls=5)
    agent.statistics.calls["provider", Direction.INCOMING, CallOutcome.ANSWERED] += 1
    workers = [WorkerStatus(101, 7, 0, 2, TELEMETRY), WorkerStatus(None, 0, 4, 0, None)]
    return GatewayMetrics(user_agent=lambda: agent, workers=lambda: workers, parts=lambda: parts(**changes))


def a_speech_server() -> CollectorRegistry:
    """Return the registry of a speech server with a GPU."""
    metrics = SpeechMetrics([Gpu(0, lambda: GpuState(1, 2, 0.5))])
    metrics.watch_memory(lambda: 1)
    metrics.watch_waiting("recognition", lambda: 0)
    return metrics.registry


def families(registry: CollectorRegistry) -> Iterator[Family]:
    """Yield every metric of ``registry``, also those that have counted nothing yet."""
    for collector in list(registry._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            suffix = "_total" if collector._type == "counter" else ""
            labels = tuple(collector._labelnames)
            yield Family(collector._name + suffix, collector._type, labels, collector._documentation)
            continue
        for metric in collector.collect():
            suffix = "_total" if metric.type == "counter" else ""
            labels = tuple(metric.samples[0].labels) if metric.samples else tuple(getattr(metric, "_labelnames", ()))
            yield Family(metric.name + suffix, metric.type, labels, metric.documentation)


def every_family() -> dict[str, Family]:
    """Return every metric of both registries, by its name."""
    found = [*families(a_gateway().registry), *families(a_speech_server())]
    assert len({family.name for family in found}) == len(found)
    return {family.name: family for family in found}
