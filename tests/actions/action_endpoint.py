"""A real HTTP endpoint on loopback that answers, or fails, as a test tells it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Endpoint:
    """``script`` holds what the next requests get: raw bytes, an event to wait for, or a function that writes."""

    url: str = ""
    script: deque[bytes | asyncio.Event | Callable[[asyncio.StreamWriter], Awaitable[None]]] = field(
        default_factory=deque
    )
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.current_task())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.requests.append((headers, body))
            reply = self.script.popleft() if self.script else answer(200)
            if isinstance(reply, asyncio.Event):
                await reply.wait()
            elif callable(reply):
                await reply(writer)
            else:
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway hung up, as some tests want it to
        finally:
            writer.close()
            self.connections.discard(asyncio.current_task())


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(endpoint):
    """Let ``endpoint`` listen, and yield it."""
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/actions"
    try:
        yield endpoint
    finally:
        server.close()
        await server.wait_closed()
        for connection in tuple(endpoint.connections):
            connection.cancel()
            with suppress(asyncio.CancelledError):
                await connection


def serve():
    """Yield an endpoint that listens."""
    return serving(Endpoint())
