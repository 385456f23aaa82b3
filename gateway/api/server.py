"""Serves the HTTP application inside the daemon's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

from gateway.access_log import AccessLog


class HttpServerError(Exception):
    """The HTTP API cannot be served; the message names the address."""


class _QuietServer(uvicorn.Server):
    """Leaves the process's signals alone, as the daemon decides what stops when, and tells when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """One listening socket and uvicorn behind it; signals stay the daemon's."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._host = host
        self._port = port
        config = uvicorn.Config(
            AccessLog(app), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3
        )
        self._server = _QuietServer(config)
        self._task: asyncio.Task[None] | None = None
        self.address: tuple[str, int] = (host, port)

    async def start(self) -> None:
        """Bind and serve; raise ``HttpServerError`` when the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            raise HttpServerError(f"HTTP cannot listen on {self._host}:{self._port}: {error.strerror}.") from error
        self.address = listener.getsockname()[:2]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        serving = asyncio.create_task(self._server.serving.wait())
        await asyncio.wait({self._task, serving}, return_when=asyncio.FIRST_COMPLETED)
        serving.cancel()
        if self._task.done():
            self._task.result()
            raise HttpServerError(f"HTTP stopped on {self._host}:{self._port} as it started.")

    async def stop(self) -> None:
        """Finish running requests, briefly, and close."""
        if self._task is not None:
            self._server.should_exit = True
            await self._task
            self._task = None
