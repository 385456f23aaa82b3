"""sipsak, an independent tester of SIP servers, asks the gateway, floods it and sends it garbage."""

from __future__ import annotations

import asyncio
import re

import pytest
from gateway_line import GatewayLine
from peer_process import run_to_end

from gateway.telephony.network.listener import Listener


def with_tcp(folder) -> GatewayLine:
    return GatewayLine(folder, Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, "TCP"), sound=False)


def plain(uri: str) -> str:
    """Return a URI as sipsak reads it: no user, which shortens its port, and no parameters."""
    return re.sub(r"praxis@|;.*", "", uri)


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_options_are_answered(transport, tmp_path):
    async with with_tcp(tmp_path) as line:
        status, output = await run_to_end(
            ["sipsak", "-vv", "-E", transport.lower(), "-s", plain(line.uri(transport))], tmp_path
        )
    assert status == 0, output
    assert "SIP/2.0 200 OK" in output
    assert re.search(r"^Allow: .*\bINVITE\b.*\bBYE\b", output, re.MULTILINE)
    assert re.search(r"^Accept: application/sdp", output, re.MULTILINE)


async def test_options_are_refused_while_the_gateway_drains(tmp_path):
    async with with_tcp(tmp_path) as line:
        line.agent.drain()
        status, output = await run_to_end(["sipsak", "-vv", "-s", plain(line.uri())], tmp_path)
    assert status == 1, output
    assert "SIP/2.0 503" in output
    assert re.search(r"^Retry-After: \d+", output, re.MULTILINE)


async def test_what_is_no_method_of_the_gateway_is_refused_in_one_answer(tmp_path):
    (tmp_path / "publish.sip").write_text(
        "PUBLISH sip:praxis@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKpublish\n"
        "From: <sip:a@127.0.0.1>;tag=1\nTo: <sip:praxis@127.0.0.1>\nCall-ID: publish\nCSeq: 1 PUBLISH\n"
        "Max-Forwards: 70\nContent-Length: 0\n\n"
    )
    async with with_tcp(tmp_path) as line:
        status, output = await run_to_end(["sipsak", "-vv", "-f", "publish.sip", "-s", plain(line.uri())], tmp_path)
    assert status == 1, output
    assert "SIP/2.0 405" in output


async def test_a_flood_of_options_is_answered_to_the_last(tmp_path):
    async with with_tcp(tmp_path) as line:
        status, output = await run_to_end(["sipsak", "-F", "-e", "200", "-s", plain(line.uri())], tmp_path)
        assert status == 0, output
        after, output = await run_to_end(["sipsak", "-s", plain(line.uri())], tmp_path)
        assert after == 0, output
        received = line.received("OPTIONS")
        assert len(received) >= 200
        assert len(line.sent(200)) == len(received)


async def test_garbage_gets_a_reason_and_harms_nothing(tmp_path):
    async with with_tcp(tmp_path) as line:
        # sipsak changes octet after octet of its OPTIONS at random until nobody answers, which the first can do
        # that hits the request line.
        async with asyncio.timeout(15):
            while not {*line.statuses()} - {200}:
                await run_to_end(["sipsak", "-v", "-R", "-Z", "20", "-s", plain(line.uri())], tmp_path)
        assert {*line.statuses()} <= {200, 400, 405, 416, 481, 482, 501, 505}
        assert line.agent.calls == 0
        status, output = await run_to_end(["sipsak", "-s", plain(line.uri())], tmp_path)
    assert status == 0, output
