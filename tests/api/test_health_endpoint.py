"""The health endpoint over real HTTP: who may ask, and what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.api.app import Health, PartHealth, PartState, create_app, worst
from gateway.api.server import HttpServer, HttpServerError

PATH = "/api/conversations/health"


class Source:
    """A health that the test sets."""

    def __init__(self) -> None:
        self.parts: dict[str, PartHealth] = {"sip": PartHealth(state="ok")}
        self.fails = False

    async def __call__(self) -> Health:
        if self.fails:
            raise RuntimeError("of our own making")
        return Health(status=worst(self.parts), version="1", uptime_s=1.0, calls=0, parts=self.parts)


@pytest.fixture
async def source() -> Source:
    return Source()


@pytest.fixture(params=[None, "secret"])
async def server(request: pytest.FixtureRequest, source: Source) -> AsyncIterator[HttpServer]:
    server = HttpServer(create_app(source, token=request.param), "127.0.0.1", 0)
    await server.start()
    yield server
    await server.stop()


def url(server: HttpServer) -> str:
    return f"http://{server.address[0]}:{server.address[1]}{PATH}"


@pytest.mark.parametrize("server", [None], indirect=True)
@pytest.mark.parametrize(("state", "code"), [("ok", 200), ("degraded", 200), ("down", 503)])
async def test_the_status_is_that_of_the_worst_part(
    server: HttpServer, source: Source, state: PartState, code: int
) -> None:
    source.parts["media"] = PartHealth(state=state, detail="because")
    async with httpx.AsyncClient() as client:
        response = await client.get(url(server))
    assert response.status_code == code
    assert response.json()["status"] == state
    assert response.json()["parts"]["media"] == {"state": state, "detail": "because"}


@pytest.mark.parametrize("server", ["secret"], indirect=True)
@pytest.mark.parametrize(
    ("header", "code"), [(None, 401), ("Bearer wrong", 401), ("Bearer sécret", 401), ("Bearer secret", 200)]
)
async def test_with_a_token_only_who_has_it_may_ask(server: HttpServer, header: str | None, code: int) -> None:
    headers = {"Authorization": header.encode()} if header else {}
    async with httpx.AsyncClient() as client:
        response = await client.get(url(server), headers=headers)
    assert response.status_code == code
    assert (code == 200) or response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("server", ["secret"], indirect=True)
@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/"])
async def test_without_the_token_nothing_tells_what_there_is(server: HttpServer, path: str) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.get(url(server).replace(PATH, path))
    assert response.status_code == 404


@pytest.mark.parametrize("server", [None], indirect=True)
async def test_a_fault_of_ours_is_a_sentence_and_no_traceback(server: HttpServer, source: Source) -> None:
    source.fails = True
    async with httpx.AsyncClient() as client:
        response = await client.get(url(server))
    assert response.status_code == 500
    assert response.json() == {"detail": "The gateway failed to answer this request."}


@pytest.mark.parametrize("server", [None], indirect=True)
async def test_a_taken_port_is_named(server: HttpServer, source: Source) -> None:
    host, port = server.address
    with pytest.raises(HttpServerError, match=f"{host}:{port}"):
        await HttpServer(create_app(source, token=None), host, port).start()
