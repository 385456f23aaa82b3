"""The access log: one event a request, without what was searched for and without any header."""

from __future__ import annotations

import logging

import httpx
import pytest
import structlog
from fastapi import FastAPI, Response

from gateway.access_log import MONITORED, AccessLog
from gateway.api.server import HttpServer


def _application() -> FastAPI:
    application = FastAPI()

    @application.get("/api/conversations/{one}")
    async def read(one: str) -> Response:
        return Response(b"12345", status_code=404 if one == "unknown" else 200)

    @application.get("/broken")
    async def broken() -> None:
        raise RuntimeError("of our own making")

    return application


@pytest.fixture
def events():
    with structlog.testing.capture_logs() as captured:
        yield captured


async def asked(path: str, **options: object) -> httpx.Response:
    times = iter((10.0, 10.25))
    transport = httpx.ASGITransport(AccessLog(_application(), lambda: next(times)))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.get(path, **options)


async def test_a_request_is_one_event_without_its_query_and_headers(events):
    await asked("/api/conversations/0199?text=Anna+Muster", headers={"Authorization": "Bearer secret"})
    assert events == [
        {
            "event": "http_request",
            "log_level": "info",
            "method": "GET",
            "path": "/api/conversations/0199",
            "status": 200,
            "bytes": 5,
            "ms": 250.0,
        }
    ]


async def test_a_request_that_is_refused_is_logged_with_its_status(events):
    await asked("/api/conversations/unknown")
    assert [event["status"] for event in events] == [404]


async def test_a_request_that_fails_is_logged_too(events):
    with pytest.raises(RuntimeError):
        await asked("/broken")
    assert [(event["path"], event["status"]) for event in events] == [("/broken", 500)]


@pytest.mark.parametrize("path", sorted(MONITORED))
async def test_what_monitors_ask_is_on_the_level_debug(events, path):
    await asked(path)
    assert [event["log_level"] for event in events] == ["debug"]


async def test_the_gateways_server_logs_requests_once_and_without_the_query(events, caplog):
    caplog.set_level(logging.DEBUG)
    server = HttpServer(_application(), "127.0.0.1", 0)
    await server.start()
    async with httpx.AsyncClient() as client:
        await client.get("http://{}:{}/api/conversations/0199?text=Anna".format(*server.address))
    await server.stop()
    assert [event["path"] for event in events if event["event"] == "http_request"] == ["/api/conversations/0199"]
    assert "uvicorn.access" not in {record.name for record in caplog.records}
