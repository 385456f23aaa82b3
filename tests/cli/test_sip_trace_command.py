"""``gateway sip-trace`` against a trace over real HTTP, as its own process the way a person starts it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.api.app import Health, create_app
from gateway.api.server import HttpServer
from gateway.api.sip_trace import create_sip_trace_router
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.diagnostics.trace_store import TraceStore
from gateway.telephony.network.transport import Hop

BEGAN = 1_795_000_000.0
Finished = subprocess.CompletedProcess[str]
Command = Callable[..., Awaitable[Finished]]


def message(start: str, call_id: str, at: float, *, sent: bool = False, method: str = "INVITE") -> TracedMessage:
    head = f"{start}\r\nFrom: <sip:0791234567@192.0.2.9>;tag=a\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n\r\n"
    return TracedMessage(BEGAN + at, sent, ("192.0.2.1", 5060), Hop("192.0.2.9", 5060), head.encode())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    store = TraceStore(clock=lambda: BEGAN + 60)
    for call_id, at in (("older@host", 0.0), ("newer@host", 10.0)):
        store(message("INVITE sip:+41441234567@192.0.2.1 SIP/2.0", call_id, at))
        store(message("SIP/2.0 486 Busy \x1b[2JHere", call_id, at + 0.25, sent=True))
    store(message("OPTIONS sip:x SIP/2.0", "ping@host", 20, method="OPTIONS"))

    async def health() -> Health:
        return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})

    app = create_app(health, token="secret", routers=[create_sip_trace_router(store)])
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    yield server.address[1]
    await server.stop()


@pytest.fixture
def sip_trace(port: int, tmp_path: Path) -> Command:
    async def run(*arguments: str, **settings: str) -> Finished:
        environment = {
            "PATH": os.environ["PATH"],
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(port),
            "HTTP_TOKEN": "secret",
            "PYTHONIOENCODING": "utf-8",
            **settings,
        }
        command = [sys.executable, "-m", "gateway", "sip-trace", *arguments]
        return await asyncio.to_thread(
            subprocess.run, command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )

    return run


async def test_the_latest_calls_are_listed(sip_trace: Command) -> None:
    listed = await sip_trace()
    assert listed.returncode == 0
    lines = listed.stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["ping@host", "newer@host", "older@host"]
    assert "INVITE" in lines[1]
    assert "from 192.0.2.9:5060 UDP" in lines[1]
    assert "486 Busy" in lines[1]
    assert "no final response" in lines[0]
    assert len((await sip_trace("--limit", "1")).stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("newer@host",), ("new",), ("--latest",)])
async def test_a_call_is_drawn_as_a_ladder(sip_trace: Command, arguments: tuple[str, ...]) -> None:
    drawn = await sip_trace(*arguments)
    assert drawn.returncode == 0
    assert drawn.stdout.startswith("Call-ID newer@host\n")
    assert "│ INVITE  (1 INVITE)" in drawn.stdout
    assert "▶│" in drawn.stdout
    assert "+0.250 s │ 486 Busy \\x1b[2JHere" in drawn.stdout
    plain = await sip_trace(*arguments, PYTHONIOENCODING="ascii")
    assert "| INVITE  (1 INVITE)" in plain.stdout


async def test_the_messages_can_be_printed_whole_and_without_the_caller(sip_trace: Command) -> None:
    whole = (await sip_trace("newer", "--messages")).stdout
    assert "From: <sip:0791234567@192.0.2.9>;tag=a\n" in whole
    assert "\x1b" not in whole
    hidden = (await sip_trace("newer", "--messages", "--anonymise")).stdout
    assert "1234567" not in hidden
    assert "From: <sip:party2@192.0.2.9>;tag=a\n" in hidden


async def test_json_is_json(sip_trace: Command) -> None:
    assert len(json.loads((await sip_trace("--json")).stdout)["calls"]) == 3
    call = json.loads((await sip_trace("newer", "--json")).stdout)
    assert call["call_id"] == "newer@host"
    assert call["messages"][1]["remote"] == {"host": "192.0.2.9", "port": 5060, "transport": "UDP"}


async def test_a_capture_file_is_written(sip_trace: Command, tmp_path: Path) -> None:
    done = await sip_trace("--latest", "--pcap", "call.pcap")
    assert (done.returncode, done.stdout) == (0, "2 messages are in call.pcap.\n")
    assert (tmp_path / "call.pcap").read_bytes()[:4] == bytes.fromhex("d4c3b2a1")
    failed = await sip_trace("--latest", "--pcap", "no-such-folder/call.pcap")
    assert (failed.returncode, failed.stderr) == (
        1,
        "no-such-folder/call.pcap cannot be written: No such file or directory.\n",
    )


async def test_what_goes_wrong_is_one_sentence(sip_trace: Command) -> None:
    unknown = await sip_trace("nobody")
    assert (unknown.returncode, unknown.stderr) == (1, "No call that begins like that is in the trace.\n")
    refused = await sip_trace(HTTP_TOKEN="wrong")
    assert (refused.returncode, refused.stderr) == (1, "This needs the token from HTTP_TOKEN as a bearer token.\n")


async def test_a_server_that_is_no_gateway_is_told(sip_trace: Command) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        failed = await sip_trace(HTTP_PORT=str(server.sockets[0].getsockname()[1]))
    assert (failed.returncode, failed.stderr) == (1, "What answers is no gateway of this version.\n")


async def test_without_a_gateway_one_sentence_says_so(sip_trace: Command) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = str(probe.getsockname()[1])
        failed = await sip_trace(HTTP_PORT=nobody)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"The gateway does not answer at http://127.0.0.1:{nobody} (")
    assert failed.stderr.count("\n") == 1
    assert failed.stdout == ""


@pytest.mark.parametrize(
    "arguments", [("newer", "--latest"), ("--messages",), ("--pcap", "x"), ("--anonymise",), ("--limit", "0")]
)
async def test_options_that_do_not_go_together_are_wrong_use(sip_trace: Command, arguments: tuple[str, ...]) -> None:
    failed = await sip_trace(*arguments)
    assert failed.returncode == 2
    assert failed.stdout == ""
