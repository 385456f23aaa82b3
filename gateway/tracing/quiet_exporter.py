"""Tells once that the collector cannot be reached, not with every batch."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_log = structlog.get_logger(__name__)


class QuietExporter(SpanExporter):
    """Exports by another exporter and logs only when it begins to fail, and when it works again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export ``spans``; what the collector does not take is lost."""
        result = self._exporter.export(spans)
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._fails:
            _log.warning("traces_not_exported", spans=len(spans))
        elif self._fails and not failed:
            _log.info("traces_exported_again")
        self._fails = failed
        return result

    def shutdown(self) -> None:
        """Break off what is being exported."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held back here."""
        return self._exporter.force_flush(timeout_millis)
