"""Switches traces on where the environment asks for them, by OpenTelemetry's own variables."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from gateway.actions.delivery_trace import DeliveryTraces
from gateway.conversation.call_trace import CallTraces

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
STOP_WITHIN_S = 3.0
"""For how long the last spans may take to be sent when the gateway stops."""

_log = structlog.get_logger(__name__)


class TracingUnavailable(Exception):
    """Traces are wanted and cannot be made; the message is one sentence."""


class Tracing:
    """Traces that are switched on: those of ``calls`` and of ``deliveries``."""

    def __init__(self, provider: TracerProvider, calls: CallTraces, deliveries: DeliveryTraces) -> None:
        self._provider = provider
        self.calls = calls
        self.deliveries = deliveries

    async def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Send the spans that wait; give up after ``within_s`` seconds."""
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            try:
                self._provider.shutdown()
            finally:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(done.set)

        # No thread of the loop's own: the process would wait for it at its end.
        threading.Thread(target=shut_down, name="traces-shutdown", daemon=True).start()
        try:
            async with asyncio.timeout(within_s):
                await done.wait()
        except TimeoutError:
            _log.warning("traces_given_up")


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Tell whether a collector is named and traces are not switched off, by OpenTelemetry's variables."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    return any(environment.get(name, "").strip() for name in ENDPOINTS)


def open_tracing(environment: Mapping[str, str] = os.environ) -> Tracing | None:
    """Return the traces, or None where the environment does not ask for them; nothing is imported then.

    Raise ``TracingUnavailable`` where what they need is not installed. The collector's own variables are read by
    OpenTelemetry from the process's environment.
    """
    if not is_wanted(environment):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        from gateway.tracing.call_spans import CallSpans  # noqa: PLC0415
        from gateway.tracing.delivery_spans import DeliverySpans  # noqa: PLC0415
        from gateway.tracing.identifiers import CallIdentifiers  # noqa: PLC0415
        from gateway.tracing.quiet_exporter import QuietExporter  # noqa: PLC0415
    except ImportError as error:
        raise TracingUnavailable(
            "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, but OpenTelemetry is not installed: "
            "pip install 'practice-gateway[tracing]'."
        ) from error
    # A collector that is away is told of once, by QuietExporter.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    identifiers = CallIdentifiers()
    provider = TracerProvider(
        resource=Resource.create(_named(environment)), id_generator=identifiers, shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(QuietExporter(OTLPSpanExporter())))
    tracer = provider.get_tracer("gateway", version("practice-gateway"))
    _log.info("traces_on")
    return Tracing(provider, CallSpans(tracer, identifiers), DeliverySpans(tracer))


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what names this service, as far as the operator has not."""
    attributes = {"service.version": version("practice-gateway")}
    theirs = "OTEL_SERVICE_NAME" in environment or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not theirs:
        attributes["service.name"] = "practice-gateway"
    return attributes
