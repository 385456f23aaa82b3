"""How a language model helps, as Prometheus metrics; no label tells one call from another."""

from __future__ import annotations

from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram

Outcome: TypeAlias = Literal["answered", "empty", "refused", "timeout", "unavailable", "rejected", "rubbish"]
"""``empty``: the answer added nothing that could be checked. ``refused``: what the model worded was not said."""

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class AssistanceMetrics:
    """Counts questions to the language model by their kind and what came of them, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._questions = Counter(
            "gateway_language_model_questions",
            "Questions to the language model, by what came of them.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "gateway_language_model_seconds",
            "From a question to the end of its answer.",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )

    def observe(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """Count a question."""
        self._questions.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)
