"""Traces over real HTTP: off by default, sent to a collector, and no trouble where there is none."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.tracing.setup import TracingUnavailable, is_wanted, open_tracing


class Collector:
    """A collector of traces over OTLP/HTTP; ``delay`` is set to let it hang."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.paths: list[str] = []
        self.release = threading.Event()
        self.release.set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.release.wait(10)
                collector.paths.append(self.path)
                collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()

    def spans(self) -> list:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture
def events() -> Iterator[list]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def begin_and_finish(tracing, *call_ids: str) -> None:
    for call_id in call_ids:
        tracing.calls.begin(call_id, "sip", "rosengarten", datetime(2026, 11, 24, tzinfo=UTC)).ended("caller", None)
        tracing.calls.finish(call_id)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "True"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_traces_are_made_only_where_a_collector_is_named(environment, wanted):
    assert is_wanted(environment) is wanted


def test_nothing_is_imported_while_traces_are_off():
    code = (
        "import sys, gateway.tracing.setup as setup; assert setup.open_tracing({}) is None; "
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_not_installed_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingUnavailable, match=r"practice-gateway\[tracing\]"):
        open_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})


async def test_spans_arrive_at_the_collector_before_the_gateway_has_stopped(monkeypatch, collector):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    tracing = open_tracing()
    begin_and_finish(tracing, "0199", "0200")
    await tracing.stop()
    assert [span.name for span in collector.spans()] == ["call", "call"]
    assert set(collector.paths) == {"/v1/traces"}
    (resource, *_) = (request.resource_spans[0].resource for request in collector.requests)
    names = {each.key: each.value.string_value for each in resource.attributes}
    assert names["service.name"] == "practice-gateway"


async def test_the_operators_name_for_the_service_is_kept(monkeypatch, collector):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gateway-2")
    tracing = open_tracing()
    begin_and_finish(tracing, "0199")
    await tracing.stop()
    attributes = collector.requests[0].resource_spans[0].resource.attributes
    assert "gateway-2" in {each.value.string_value for each in attributes}


async def test_a_collector_that_hangs_holds_up_the_stop_for_its_deadline_only(monkeypatch, collector, events):
    collector.release.clear()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    tracing = open_tracing()
    begin_and_finish(tracing, "0199")
    began = time.monotonic()
    await tracing.stop(0.2)
    assert time.monotonic() - began < 2
    assert "traces_given_up" in [event["event"] for event in events]


async def test_a_collector_that_is_not_there_is_told_of_once_and_holds_up_nothing(monkeypatch, events):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
        tracing = open_tracing()
        began = time.thread_time()
        begin_and_finish(tracing, *(f"call-{number}" for number in range(50)))
        assert time.thread_time() - began < 0.5
        await tracing.stop()
    told = [event["event"] for event in events]
    assert told.count("traces_not_exported") == 1
    assert "traces_given_up" not in told
