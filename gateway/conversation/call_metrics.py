"""How conversations go, as Prometheus metrics; no label tells one call from another, and each has few values."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.actions.kinds import ActionKind
from gateway.conversation.latency import Latency
from gateway.conversation.transfer import TransferMethod, TransferResult
from gateway.language import Language
from gateway.records.model import Speaker

TELEPHONE = "sip"
"""The line whose conversations run by the clock: the times of one over HTTP, whose clock is virtual, mean nothing."""

STAGES: Mapping[str, str] = {
    "endpointing": "endpointing",
    "recognition": "recognition",
    "understanding": "dialogue",
    "first_audio": "first_audio",
    "response": "response",
}
"""The stages by their label, and the field of ``Latency`` that each is read from."""

OTHER = "other"
NONE = "none"
LINES = frozenset((TELEPHONE, "http"))
END_REASONS = frozenset(
    (
        *("caller", "gateway", "idle", "media_lost", "worker_lost", "error"),
        *("transferred", "not_answered", "gateway_stopped"),
    )
)
_KINDS = frozenset(map(str, ActionKind))
_METHODS = frozenset(map(str, TransferMethod))
_RESULTS = frozenset(map(str, TransferResult))

_STAGE_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
_BARGE_IN_SECONDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 3.0)
_CALL_SECONDS = (10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)
_TRANSFER_SECONDS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0)


class CallMetrics:
    """What all conversations of one gateway are counted in; ``of`` returns the counters of one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.stages = self._histogram(
            "gateway_turn_stage_seconds",
            "What a caller on the telephone waited for an answer, by stage; response is the whole.",
            ["stage", "language"],
            _STAGE_SECONDS,
        )
        self.barge_ins = self._histogram(
            "gateway_barge_in_seconds",
            "From the first sound of a caller on the telephone who interrupts to our last sample.",
            ["language"],
            _BARGE_IN_SECONDS,
        )
        self.ended = self._counter(
            "gateway_conversations_ended", "Conversations that ended.", ["line", "reason", "outcome"]
        )
        self.seconds = self._histogram(
            "gateway_conversation_seconds",
            "How long conversations lasted, from answering to the end.",
            ["line"],
            _CALL_SECONDS,
        )
        self.turns = self._counter("gateway_turns", "Turns said.", ["line", "speaker", "language"])
        self.actions = self._counter(
            "gateway_actions_written", "Actions that callers' wishes were written down as.", ["line", "kind"]
        )
        self.transfers = self._counter("gateway_transfers", "Attempts to put callers through.", ["method", "outcome"])
        self.transfer_seconds = self._histogram(
            "gateway_transfer_seconds",
            "From the attempt to put a caller through to the person's answer, or to giving up.",
            ["outcome"],
            _TRANSFER_SECONDS,
        )

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self._registry)

    def of(self, line: str) -> CallFigures:
        """Return what one conversation on ``line`` is counted by."""
        return CallFigures(self, _known(line, LINES))


class CallFigures:
    """Counts one conversation as it goes."""

    def __init__(self, metrics: CallMetrics, line: str) -> None:
        self._metrics = metrics
        self._line = line
        self._answered_at: float | None = None

    def answered(self) -> None:
        """Take note that it has begun."""
        self._answered_at = time.monotonic()

    def ended(self, reason: str, outcome: str | None) -> None:
        """Count its end, and what came of it: the kind of its last action, if any."""
        result = NONE if outcome is None else _known(outcome, _KINDS)
        self._metrics.ended.labels(self._line, _known(reason, END_REASONS), result).inc()
        if self._answered_at is not None:
            self._metrics.seconds.labels(self._line).observe(time.monotonic() - self._answered_at)

    def turn(self, speaker: Speaker, language: Language, latency: Latency | None = None) -> None:
        """Count a turn, and how long the caller waited for it where it answers one of theirs."""
        self._metrics.turns.labels(self._line, speaker, language).inc()
        if latency is not None and self._line == TELEPHONE:
            for stage, name in STAGES.items():
                self._metrics.stages.labels(stage, language).observe(getattr(latency, name) / 1000)

    def interrupted(self, seconds: float, language: Language) -> None:
        """Count a barge-in that stopped our speech so many seconds after its first sound."""
        if self._line == TELEPHONE:
            self._metrics.barge_ins.labels(language).observe(seconds)

    def acted(self, kind: str) -> None:
        """Count an action that was written."""
        self._metrics.actions.labels(self._line, _known(kind, _KINDS)).inc()

    def transferred(self, story: Mapping[str, object]) -> None:
        """Count an attempt to put the caller through, by its story (``TransferAttempt.story``)."""
        outcome = _known(story.get("outcome"), _RESULTS)
        method = story.get("method")
        self._metrics.transfers.labels(NONE if method is None else _known(method, _METHODS), outcome).inc()
        seconds = story.get("seconds")
        if isinstance(seconds, int | float):
            self._metrics.transfer_seconds.labels(outcome).observe(seconds)


def _known(value: object, values: Collection[str]) -> str:
    """Return ``value`` where it is among ``values``: a label that grows by itself would fill the memory."""
    return str(value) if value in values else OTHER
