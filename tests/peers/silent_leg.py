"""What stands in for a media worker's leg where a test looks at signalling only: a port that nobody listens to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.media.leg import HungUp, LegEvent
from gateway.media.parameters import StreamParameters


class SilentLeg:
    """Takes the calls that ``LineCall`` makes of a leg, but for sound and keys."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.local_port: int = self._socket.getsockname()[1]
        self._released = asyncio.Event()

    async def connect(self, stream: StreamParameters) -> None:
        """Send nothing to ``stream``."""

    async def record(self, path: Path | None) -> None:
        """Record nothing."""

    async def events(self) -> AsyncIterator[LegEvent]:
        """Yield the end."""
        await self._released.wait()
        yield HungUp("gateway")

    async def release(self) -> None:
        """Free the port."""
        self._released.set()
        self._socket.close()
