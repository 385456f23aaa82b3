"""Trunks and metrics over real HTTP, under the same token as the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from gateway.api.app import Health, create_app
from gateway.api.metrics import create_metrics_router
from gateway.api.server import HttpServer
from gateway.api.trunks import TrunkReport, create_trunks_router

REPORT = TrunkReport(
    id="provider",
    up=False,
    registration="refused",
    reachability="up",
    server="192.0.2.9:5060 UDP",
    error="The registrar refuses the user name or the password",
    since=dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC),
    calls=2,
    max_calls=None,
)


async def health() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    registry = CollectorRegistry()
    Counter("test_events", "Events.", registry=registry).inc(3)
    routers = [create_trunks_router(lambda: [REPORT]), create_metrics_router(registry)]
    server = HttpServer(create_app(health, token="secret", routers=routers), "127.0.0.1", 0)
    await server.start()
    yield f"http://{server.address[0]}:{server.address[1]}"
    await server.stop()


async def test_every_trunk_is_told_with_its_state(base_url: str) -> None:
    async with httpx.AsyncClient(headers={"Authorization": "Bearer secret"}) as client:
        response = await client.get(f"{base_url}/api/trunks")
    assert response.json() == {"trunks": [REPORT.model_dump(mode="json")]}


async def test_metrics_are_in_the_text_format_of_prometheus(base_url: str) -> None:
    async with httpx.AsyncClient(headers={"Authorization": "Bearer secret"}) as client:
        response = await client.get(f"{base_url}/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "test_events_total 3.0" in response.text


@pytest.mark.parametrize("path", ["/api/trunks", "/metrics"])
async def test_without_the_token_nothing_is_told(base_url: str, path: str) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(base_url + path)
    assert response.status_code == 401
