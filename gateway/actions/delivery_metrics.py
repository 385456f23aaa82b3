"""How the delivery of actions goes, as Prometheus metrics."""

from __future__ import annotations

from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.actions.kinds import ActionKind

Result: TypeAlias = Literal["delivered", "refused", "unavailable", "given_up", "interrupted"]
"""``unavailable`` is tried again, ``refused`` and ``given_up`` wait for a person.

``interrupted``: the gateway stopped, or could not record what came of the attempt.
"""

_KINDS = frozenset(map(str, ActionKind))
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)


class DeliveryMetrics:
    """Counts each attempt to deliver an action by its kind and what came of it, and how long it took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "gateway_action_attempts", "Attempts to deliver an action.", ["kind", "result"], registry=registry
        )
        self._seconds = Histogram(
            "gateway_action_attempt_seconds",
            "How long attempts to deliver an action took.",
            ["result"],
            buckets=_SECONDS,
            registry=registry,
        )

    def observe(self, kind: str, result: Result, seconds: float) -> None:
        """Count an attempt."""
        self._attempts.labels(kind if kind in _KINDS else "other", result).inc()
        self._seconds.labels(result).observe(seconds)
