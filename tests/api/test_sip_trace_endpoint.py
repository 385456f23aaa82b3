"""The SIP trace over real HTTP: who may ask, and what is told."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.api.app import Health, create_app
from gateway.api.server import HttpServer
from gateway.api.sip_trace import create_sip_trace_router
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.diagnostics.trace_store import TraceStore
from gateway.telephony.network.transport import Hop

BEGAN = 1_795_000_000.0
PEER = Hop("192.0.2.9", 5060, "TCP")


def message(start: str, call_id: str, at: float, *, sent: bool = False, more: bytes = b"") -> TracedMessage:
    data = f"{start}\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n".encode() + more + b"\r\n"
    return TracedMessage(BEGAN + at, sent, ("192.0.2.1", 5060), PEER, data)


@pytest.fixture
def store() -> TraceStore:
    store = TraceStore(clock=lambda: BEGAN + 60)
    store(message("INVITE sip:x SIP/2.0", "a/b@host?c", 0, more=b"X-Odd: \xff\r\n"))
    store(message("SIP/2.0 486 Busy Here", "a/b@host?c", 0.5, sent=True))
    store(message("INVITE sip:x SIP/2.0", "second", 10))
    return store


async def health() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


async def find_sip_call_id(call_id: str) -> str | None:
    return "second" if "0198c0de-0000".startswith(call_id) else None


async def serve(store: TraceStore | None, token: str | None) -> HttpServer:
    app = create_app(health, token=token, routers=[create_sip_trace_router(store, find_sip_call_id)])
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    return server


@pytest.fixture
async def client(store: TraceStore) -> AsyncIterator[httpx.AsyncClient]:
    server = await serve(store, None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.address[1]}") as client:
        yield client
    await server.stop()


async def test_the_list_tells_each_call_in_short_the_latest_first(client: httpx.AsyncClient) -> None:
    calls = (await client.get("/api/sip-trace")).json()["calls"]
    assert [call["call_id"] for call in calls] == ["second", "a/b@host?c"]
    assert calls[1] == {
        "call_id": "a/b@host?c",
        "began_at": BEGAN,
        "ended_at": BEGAN + 0.5,
        "direction": "in",
        "host": "192.0.2.9",
        "port": 5060,
        "transport": "TCP",
        "method": "INVITE",
        "status": 486,
        "reason": "Busy Here",
        "messages": 2,
    }
    assert calls[0]["status"] is None
    assert len((await client.get("/api/sip-trace", params={"limit": 1})).json()["calls"]) == 1


async def test_pings_can_be_left_out(client: httpx.AsyncClient, store: TraceStore) -> None:
    store(message("OPTIONS sip:x SIP/2.0", "ping", 20))
    listed = await client.get("/api/sip-trace", params={"limit": 1, "invites_only": True})
    assert [call["call_id"] for call in listed.json()["calls"]] == ["second"]


@pytest.mark.parametrize("asked", ["a%2Fb@host%3Fc", "a%2Fb", "a/b"])
async def test_a_call_is_told_with_its_messages(client: httpx.AsyncClient, store: TraceStore, asked: str) -> None:
    told = (await client.get(f"/api/sip-trace/{asked}")).json()
    assert (told["call_id"], told["omitted"]) == ("a/b@host?c", 0)
    first, second = told["messages"]
    kept = store.find("a/b@host?c")[0].messages
    assert base64.b64decode(first["octets"]) == kept[0].data, "it is not UTF-8"
    assert (second["text"].encode(), second["octets"], second["sent"]) == (kept[1].data, None, True)
    assert (second["local_host"], second["local_port"], second["transport"]) == ("192.0.2.1", 5060, "TCP")


async def test_a_call_is_found_by_its_id_in_the_records(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/sip-trace/0198c0de")).json()["call_id"] == "second"


async def test_a_call_that_is_not_there_is_404_and_one_of_several_409(
    client: httpx.AsyncClient, store: TraceStore
) -> None:
    assert (await client.get("/api/sip-trace/nobody")).status_code == 404
    store(message("INVITE sip:x SIP/2.0", "seconds", 11))
    assert (await client.get("/api/sip-trace/second")).status_code == 200
    several = await client.get("/api/sip-trace/sec")
    assert (several.status_code, several.json()) == (409, {"detail": "2 calls begin like that; give more of the id."})


@pytest.mark.parametrize("limit", ["0", "501", "x"])
async def test_a_limit_out_of_range_is_422(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get("/api/sip-trace", params={"limit": limit})).status_code == 422


@pytest.mark.parametrize("path", ["/api/sip-trace", "/api/sip-trace/second"])
async def test_without_the_token_nothing_is_told(store: TraceStore, path: str) -> None:
    server = await serve(store, "secret")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.address[1]}") as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            refused = await client.get(path, headers=headers)
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "second" not in refused.text
        assert (await client.get(path, headers={"Authorization": "Bearer secret"})).status_code == 200
    await server.stop()


async def test_where_the_trace_is_off_the_answer_says_so() -> None:
    server = await serve(None, None)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.address[1]}") as client:
        answer = await client.get("/api/sip-trace")
    await server.stop()
    assert (answer.status_code, answer.json()) == (
        404,
        {"detail": "No SIP messages are kept because SIP_TRACE is off."},
    )
