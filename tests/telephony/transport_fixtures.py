"""Transports whose messages and failures are gathered, and peers on loopback that speak by hand."""

from __future__ import annotations

import asyncio
import contextlib
import re
from contextlib import asynccontextmanager

from gateway.telephony.network.connections import ConnectionLimits
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.stream_connection import StreamTimes
from gateway.telephony.network.transport import Hop, Outgoing
from gateway.telephony.network.transports import Transports

TCP = Listener("127.0.0.1", 0, "TCP")
UDP = Listener("127.0.0.1", 0)
PATIENCE_S = 5


class Gathering:
    """What ``Transports`` passed up."""

    def __init__(self):
        self.received: asyncio.Queue[tuple[bytes, Hop]] = asyncio.Queue()
        self.failed: asyncio.Queue[tuple[Outgoing, str]] = asyncio.Queue()
        self.traced = []

    async def next(self) -> tuple[bytes, Hop]:
        """Return the next message and its source."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.received.get()

    async def next_failure(self) -> tuple[Outgoing, str]:
        """Return the next message that could not be sent, and why."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.failed.get()


@asynccontextmanager
async def transports(*listeners, limits=None, **options):
    """Run transports; yields them with ``gathering``."""
    gathering = Gathering()
    running = Transports(
        listeners or (TCP,),
        receive=lambda data, source: gathering.received.put_nowait((data, source)),
        failed=lambda outgoing, error: gathering.failed.put_nowait((outgoing, error)),
        tracer=gathering.traced.append,
        limits=limits,
        **options,
    )
    await running.start()
    running.gathering = gathering
    try:
        yield running
    finally:
        await running.stop()


def quick(**times) -> ConnectionLimits:
    """Return limits whose times are ``times``."""
    return ConnectionLimits(times=StreamTimes(**times))


class StreamPeer:
    """One end of a connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.address = writer.get_extra_info("sockname")[:2]

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def read(self, count: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(count)

    async def read_message(self) -> bytes:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            return head + await self.reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))

    async def read_to_end(self) -> bytes:
        """Return all that comes until the connection is closed."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):  # the other side was first
            await self.writer.wait_closed()


@asynccontextmanager
async def connected(host, port, **options):
    """Connect to ``host`` and ``port``."""
    peer = StreamPeer(*await asyncio.open_connection(host, port, **options))
    try:
        yield peer
    finally:
        await peer.close()


@asynccontextmanager
async def listening(**options):
    """Listen on loopback; yields the port and a queue of those who connect."""
    peers: asyncio.Queue[StreamPeer] = asyncio.Queue()
    known = []

    def take(reader, writer):
        known.append(StreamPeer(reader, writer))
        peers.put_nowait(known[-1])

    server = await asyncio.start_server(take, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1], peers
    finally:
        server.close()
        for peer in known:
            await peer.close()
        await server.wait_closed()
