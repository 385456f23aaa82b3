"""The registry of a gateway's metrics: the one place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector

from gateway.actions.delivery_metrics import DeliveryMetrics
from gateway.conversation.assistance_metrics import AssistanceMetrics
from gateway.conversation.call_metrics import CallMetrics
from gateway.media.client.leg_metrics import LegMetrics
from gateway.media.client.media_metrics import MediaWorkerMetrics
from gateway.media.client.media_worker import WorkerStatus
from gateway.monitoring.part_metrics import PartMetrics, Parts
from gateway.telephony.diagnostics.sip_metrics import SipMetrics
from gateway.telephony.user_agent import UserAgent


class GatewayMetrics:
    """What is counted as it happens, in ``registry``, which also reads the parts that exist when it is asked."""

    def __init__(
        self,
        *,
        user_agent: Callable[[], UserAgent | None],
        workers: Callable[[], Sequence[WorkerStatus]],
        parts: Callable[[], Parts | None],
    ) -> None:
        registry = self.registry = CollectorRegistry()
        self.calls = CallMetrics(registry)
        self.legs = LegMetrics(registry)
        self.assistance = AssistanceMetrics(registry)
        self.deliveries = DeliveryMetrics(registry)
        registry.register(SipMetrics(user_agent))
        registry.register(MediaWorkerMetrics(workers))
        registry.register(PartMetrics(parts))
        ProcessCollector(registry=registry)
