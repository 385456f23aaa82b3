"""A chat completions server on loopback that answers, or fails, as a test tells it."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress

ANSWER = "Ja gerne."


class ChatServer:
    """``behave`` writes what a POST gets; ``bodies`` and ``heads`` are what came."""

    def __init__(self, behave) -> None:
        self.behave = behave
        self.url = ""
        self.bodies = []
        self.heads = []
        self.connections = 0
        self.tasks = set()

    async def handle(self, reader, writer) -> None:
        self.connections += 1
        self.tasks.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head.decode())
                length = re.search(rb"content-length: (\d+)", head.lower())
                body = await reader.readexactly(int(length.group(1))) if length else b""
                if head.startswith(b"GET /v1/models"):
                    await whole({"object": "list", "data": [{"id": "listed-model"}]})(writer, None)
                    continue
                self.bodies.append(json.loads(body))
                if await self.behave(writer, self.bodies[-1]) == "close":
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the gateway hung up, or the test is over
        finally:
            writer.close()
            self.tasks.discard(asyncio.current_task())


@asynccontextmanager
async def chat_server(behave):
    chat = ChatServer(behave)
    server = await asyncio.start_server(chat.handle, "127.0.0.1", 0)
    chat.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield chat
    finally:
        server.close()
        for task in list(chat.tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await server.wait_closed()


def whole(body, status="200 OK", content_type="application/json", **headers):
    """Answer with one body."""

    async def behave(writer, request):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", f"Content-Type: {content_type}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        await writer.drain()

    return behave


def completion(text):
    """Answer with a whole completion."""
    return whole({"choices": [{"message": {"role": "assistant", "content": text}}]})


async def begin_stream(writer, content_type="text/event-stream"):
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


def event(text):
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


def stream(*pieces, end=b"data: [DONE]\n\n", content_type="text/event-stream", pause_s=0.0):
    """Answer with a stream of pieces, texts or raw octets, and ``end``."""

    async def behave(writer, request):
        await begin_stream(writer, content_type)
        for piece in pieces:
            writer.write(piece if isinstance(piece, bytes) else event(piece))
            await writer.drain()
            await asyncio.sleep(pause_s)
        writer.write(end)
        await writer.drain()
        return "close"

    return behave


async def hang(writer, request):
    await asyncio.Event().wait()


async def disappear(writer, request):
    return "close"


def hang_after(*pieces):
    """Stream some pieces and then say nothing any more."""

    async def behave(writer, request):
        await begin_stream(writer)
        for piece in pieces:
            writer.write(event(piece))
        await writer.drain()
        await asyncio.Event().wait()

    return behave


async def never_end(writer, request):
    """Stream words without an end."""
    await begin_stream(writer)
    while True:
        writer.write(event("immer weiter "))
        await writer.drain()
        await asyncio.sleep(0)


async def never_say_anything(writer, request):
    """Stream comments and empty pieces without an end, as a server does that only keeps the connection open."""
    await begin_stream(writer)
    while True:
        writer.write(b": still here\n\n" + event(""))
        await writer.drain()
        await asyncio.sleep(0.001)


FAULTS = {
    "500": whole({"error": {"message": "secret words"}}, "500 Internal Server Error"),
    "503": whole(b"busy", "503 Service Unavailable", "text/plain"),
    "429": whole({}, "429 Too Many Requests"),
    "401": whole({"error": {"message": "bad key secret words"}}, "401 Unauthorized"),
    "redirect": whole(b"", "302 Found", Location="http://127.0.0.1:1/"),
    "hangs": hang,
    "disappears": disappear,
    "html": whole(b"<html>secret words</html>", content_type="text/html"),
    "rubbish json": whole(b"{secret words", content_type="application/json"),
    "no choice": whole({"choices": []}),
    "no text": whole({"choices": [{"message": {"content": None}}]}),
    "list": whole([1, 2]),
    "stream of rubbish": stream(b"data: {secret words\n\n"),
    "stream of html": stream(b"<html>", content_type="text/html"),
    "stream that is no utf-8": stream(b"data: \xff\xfe\n\n"),
    "stream with an error in it": stream(b'data: {"error": {"message": "secret words"}}\n\n'),
    "stream without an end": never_end,
    "stream of nothing": never_say_anything,
    "line without an end": stream(b"data: " + b"x" * 300_000),
    "breaks off": stream("Ja ge", end=b""),
    "hangs mid-sentence": hang_after("Ja ge"),
}
"""What a server can do wrong, by name."""
