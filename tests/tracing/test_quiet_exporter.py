"""A collector that is away is told of once, and once more when it is back."""

from __future__ import annotations

import structlog
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from gateway.tracing.quiet_exporter import QuietExporter


class Scripted(SpanExporter):
    def __init__(self, *results: SpanExportResult) -> None:
        self.results = list(results)
        self.closed = False

    def export(self, spans):
        return self.results.pop(0)

    def shutdown(self):
        self.closed = True


def test_only_changes_are_logged():
    good, bad = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    script = [good, bad, bad, bad, good, good, bad]
    exporter = QuietExporter(Scripted(*script))
    with structlog.testing.capture_logs() as events:
        assert [exporter.export([]) for _ in script] == script
    assert [event["event"] for event in events] == [
        "traces_not_exported",
        "traces_exported_again",
        "traces_not_exported",
    ]


def test_a_shutdown_goes_through():
    inner = Scripted()
    QuietExporter(inner).shutdown()
    assert inner.closed
