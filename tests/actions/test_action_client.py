"""The client against real sockets: TLS, proxies, answers that are too long or packed."""

import asyncio
import gzip
import ssl
from datetime import UTC, datetime

import pytest
import trustme
from action_endpoint import Endpoint, answer, serve

from gateway.actions.client import Accepted, ActionClient, EndpointUnusable, TransientFault
from gateway.actions.outbox import Outbox
from gateway.actions.signature import verify
from gateway.records.journal import Journal

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def a_client(url, **options):
    return ActionClient(url, "new", clock=lambda: NOW, deadline_s=5, **options)


async def send(url, **options):
    client = a_client(url, **options)
    result = await client.send(b"{}", "key", wants_answer=True)
    await client.close()
    return result


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def encrypted(authority):
    """An endpoint with a certificate for the name localhost."""
    endpoint = Endpoint()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0, ssl=context)
    endpoint.port = server.sockets[0].getsockname()[1]
    yield endpoint
    server.close()
    await server.wait_closed()


async def test_a_certificate_of_an_unknown_authority_is_not_trusted(encrypted):
    result = await send(f"https://localhost:{encrypted.port}/")
    assert isinstance(result, TransientFault)
    assert "CERTIFICATE_VERIFY_FAILED" in result.error
    assert encrypted.requests == []


async def test_an_authority_that_the_operator_names_is_trusted_for_its_names_only(
    encrypted, authority, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert isinstance(await send(f"https://localhost:{encrypted.port}/"), Accepted)
    refused = await send(f"https://127.0.0.1:{encrypted.port}/")
    assert isinstance(refused, TransientFault)
    assert len(encrypted.requests) == 1


async def test_a_proxy_of_the_environment_sees_nothing(monkeypatch):
    async with serve() as endpoint, serve() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert isinstance(await send(endpoint.url), Accepted)
        assert (len(endpoint.requests), proxy.requests) == (1, [])


async def test_an_answer_that_is_too_long_counts_as_none_and_a_packed_one_is_not_unpacked():
    async with serve() as endpoint:
        endpoint.script.append(answer(200, b"x" * 300_000))
        assert await send(endpoint.url) == Accepted(200, b"")
        packed = gzip.compress(b"0" * 10_000_000)
        endpoint.script.append(answer(200, packed, Content_Encoding="gzip"))
        assert await send(endpoint.url) == Accepted(200, packed)
        assert endpoint.requests[0][0]["accept-encoding"] == "identity"


async def test_while_a_secret_is_replaced_each_request_is_signed_with_both():
    async with serve() as endpoint:
        await send(endpoint.url, previous_secret="old")
        ((headers, body),) = endpoint.requests
        for secret in ("new", "old"):
            verify(headers["x-gateway-signature"], body, secret, NOW.timestamp())


async def test_certificates_that_cannot_be_read_stop_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    with pytest.raises(EndpointUnusable, match="SSL_CERT_FILE cannot be used: No such file"):
        await Outbox(journal, "https://localhost/", "s").start()
    await journal.close()


def test_an_address_that_is_none_stops_the_start():
    with pytest.raises(EndpointUnusable, match="NEXTJS_ACTION_ENDPOINT is no URL"):
        a_client("http://[1::::/").prepare()
