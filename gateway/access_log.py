"""One event for each HTTP request, through the same pipeline as every other event.

An ASGI middleware instead of uvicorn's own access log, whose lines hold query strings: a caller's number or name may
be searched for in those. Neither they nor any header is ever logged. What monitors ask again and again is logged on the
level ``debug``.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import structlog

_log = structlog.get_logger(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MONITORED = frozenset(("/metrics", "/health", "/api/conversations/health", "/api/conversations/ready"))
"""What monitors read every few seconds."""

_LONGEST_PATH = 200


class AccessLog:
    """Logs each request of ``application``: method, path, status, bytes of the answer's body and milliseconds.

    ``status`` is null where the request ended before an answer began.
    """

    def __init__(self, application: Application, clock: Callable[[], float] = time.monotonic) -> None:
        self._application = application
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        began = self._clock()
        status: int | None = None
        octets = 0

        async def sent(message: Message) -> None:
            nonlocal status, octets
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                octets += len(message.get("body", b""))
            await send(message)

        try:
            await self._application(scope, receive, sent)
        finally:
            log = _log.debug if scope["path"] in MONITORED else _log.info
            log(
                "http_request",
                method=scope["method"],
                path=scope["path"][:_LONGEST_PATH],
                status=status,
                bytes=octets,
                ms=round((self._clock() - began) * 1000, 1),
            )
