"""Keeps the public address of a UDP listener known by STUN: the shell around ``StunBinding``."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import structlog

from gateway.telephony.messages.uri import parse_host_port
from gateway.telephony.network.network_address import resolve
from gateway.telephony.network.stun import StunBinding, StunTimes

log = structlog.get_logger(__name__)

STUN_PORT = 3478
_RESOLVE_S = 2.0
_FIRST_ANSWER_S = 3.0
"""How long the start waits for the address."""


class StunClient:
    """Asks ``server`` (``host`` or ``host:port``) by way of ``send(data, host, port)``.

    A server that does not answer is told in the log, once until it answers again. What it saw last holds until then.
    """

    def __init__(
        self,
        server: str,
        family: socket.AddressFamily,
        send: Callable[[bytes, str, int], None],
        times: StunTimes | None = None,
    ) -> None:
        """Raise ValueError when ``server`` is not a host and port."""
        host, port = parse_host_port(server)
        self._server = host, port or STUN_PORT
        self._family = family
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._binding = StunBinding(self._loop.time(), times)
        self._peer: tuple[str, int] | None = None
        self._answered = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> tuple[str, int] | None:
        """The address and port that the server sees, None until it has answered."""
        return self._binding.address

    async def start(self) -> None:
        """Begin, and wait a moment for the first answer."""
        self._task = self._loop.create_task(self._run())
        with contextlib.suppress(TimeoutError):  # the task tells it
            async with asyncio.timeout(_FIRST_ANSWER_S):
                await self._answered.wait()

    async def stop(self) -> None:
        """End; harmless when it never began."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def receive(self, data: bytes, host: str, port: int) -> None:
        """Take a datagram that is STUN."""
        if (host, port) != self._peer:
            return
        before = self._binding.address
        self._binding.receive(data, self._loop.time())
        self._wake.set()
        if self._binding.address is not None:
            self._answered.set()
            if before != self._binding.address:
                log.info("sip_public_address", address=list(self._binding.address), changed=before is not None)

    async def _run(self) -> None:
        while True:
            failed_before = self._binding.failed
            problem = "it does not answer"
            request = self._binding.poll(self._loop.time())
            if request is not None:
                try:
                    await self._ask(request)
                except OSError as error:
                    self._binding.fail(self._loop.time())
                    problem = error.strerror or str(error)
            if self._binding.failed and not failed_before:
                log.warning("sip_stun_failed", server=self._server[0], problem=problem)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._binding.deadline):
                    await self._wake.wait()

    async def _ask(self, request: bytes) -> None:
        if self._peer is None or self._binding.failed:
            self._peer = await resolve(*self._server, self._family, _RESOLVE_S), self._server[1]
        self._send(request, *self._peer)
