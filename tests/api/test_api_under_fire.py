"""What schemathesis sends to the running API, by its published schema: no 5xx, and no answer that isn't published."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
import schemathesis.checks
from http_line_fakes import practice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.api.app import Health, PartHealth, create_app
from gateway.api.conversations import create_conversations_router
from gateway.api.metrics import create_metrics_router
from gateway.api.server import HttpServer
from gateway.api.sip_trace import create_sip_trace_router
from gateway.api.trunks import create_trunks_router
from gateway.telephony.diagnostics.trace_store import TraceStore

EXAMPLES = 50
"""For each operation and each kind of data, what the schema allows and what it does not."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    "GET /api/conversations",
    "POST /api/conversations",
    "GET /api/conversations/health",
    "GET /api/conversations/ready",
    "GET /api/conversations/{conversation_id}",
    "POST /api/conversations/{conversation_id}/audio",
    "POST /api/conversations/{conversation_id}/end",
    "GET /api/conversations/{conversation_id}/recording",
    "GET /api/sip-trace",
    "GET /api/sip-trace/{call}",
    "GET /api/trunks",
    "GET /metrics",
]
WITH_INPUT = {
    "GET /api/conversations",
    "POST /api/conversations",
    "POST /api/conversations/{conversation_id}/audio",
    "GET /api/sip-trace",
}
"""The operations that have a query or a body to get wrong."""


async def _healthy() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={"sip": PartHealth(state="ok")})


async def _no_sip_call_id(call_id: str) -> str | None:
    return None


@dataclass
class Running:
    """An application that runs in a thread of its own, and the ids of two calls in it: one goes on, one is over."""

    url: str
    calls: list[str]


async def _serve(folder: Path, started: concurrent.futures.Future[Running], stop: asyncio.Event) -> None:
    async with practice(folder, *["Wann haben Sie heute offen?"] * 1000, most=10_000) as given:
        routers = [
            create_conversations_router(given.line, given.journal),
            create_metrics_router(CollectorRegistry()),
            create_trunks_router(list),
            create_sip_trace_router(TraceStore(), _no_sip_call_id),
        ]
        server = HttpServer(create_app(_healthy, ready=_healthy, token=None, routers=routers), "127.0.0.1", 0)
        await server.start()
        calls = [(await given.line.begin(None, None)).call_id for _ in range(2)]
        await given.line.end(calls[1])
        started.set_result(Running("http://{}:{}".format(*server.address), calls))
        await stop.wait()
        await server.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    started: concurrent.futures.Future[Running] = concurrent.futures.Future()
    handles: list = []

    async def main() -> None:
        stop = asyncio.Event()
        handles.extend((asyncio.get_running_loop(), stop))
        await _serve(tmp_path_factory.mktemp("api"), started, stop)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    yield started.result(30)
    loop, stop = handles
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)


@pytest.fixture(scope="module")
def schema(running: Running) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{running.url}/api/openapi.json")


def test_every_published_operation_is_put_under_fire(schema):
    published = {f"{each.ok().method.upper()} {each.ok().path}" for each in schema.get_all_operations()}
    assert published == set(OPERATIONS)
    with_input = {each.ok().label for each in schema.get_all_operations() if each.ok().query or each.ok().body}
    assert with_input == WITH_INPUT


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        *((label, GenerationMode.POSITIVE) for label in OPERATIONS),
        *((label, GenerationMode.NEGATIVE) for label in OPERATIONS if label in WITH_INPUT),
    ],
)
def test_no_5xx_and_nothing_unpublished(running, schema, label, mode):
    method, path = label.split()
    operation = schema[path][method]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.sampled_from([None, *running.calls]))
    def fire(case, call_id):
        if call_id is not None and "conversation_id" in (case.path_parameters or {}):
            case.path_parameters["conversation_id"] = call_id
        case.call_and_validate(base_url=running.url, checks=CHECKS)

    fire()
