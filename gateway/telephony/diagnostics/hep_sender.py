"""Sends traced messages to a Homer collector over UDP, never waiting for it."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket

import structlog

from gateway.telephony.diagnostics.hep import HepTooLong, encode_hep
from gateway.telephony.diagnostics.message_outline import call_id_of
from gateway.telephony.diagnostics.trace import TracedMessage

log = structlog.get_logger(__name__)

RESOLVE_EVERY_S = 300.0
"""How often a collector's name is looked up anew, and how long a failed look-up rests."""
RESOLVE_TIMEOUT_S = 5.0


class HepSender:
    """A tracer that sends. Messages have to be masked before (``MaskingTracer``).

    A collector that is full, gone or not found costs messages, which are counted in ``lost``, and no time.
    """

    def __init__(self, host: str, port: int, *, capture_id: int = 2001) -> None:
        self.sent = 0
        self.lost = 0
        self._host = host
        self._port = port
        self._capture_id = capture_id
        self._socket: socket.socket | None = None
        self._resolving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send; a name is looked up in the background."""
        try:
            ipaddress.ip_address(self._host)
        except ValueError:
            self._resolving = asyncio.create_task(self._keep_resolved(), name="hep-collector")
        else:
            self._connect(self._host)

    async def stop(self) -> None:
        """Close the socket; harmless when it is closed."""
        if self._resolving is not None:
            self._resolving.cancel()
            await asyncio.wait([self._resolving])
            self._resolving = None
        self._disconnect()

    def __call__(self, message: TracedMessage) -> None:
        """Send a message; lose it where that cannot be done at once."""
        if self._socket is None:
            self.lost += 1
            return
        try:
            self._socket.send(encode_hep(message, self._capture_id, call_id_of(message.data)))
        except (OSError, HepTooLong):
            # Buffer full, no route, or the last packet met a closed port: the next one may do better.
            self.lost += 1
        else:
            self.sent += 1

    async def _keep_resolved(self) -> None:
        loop = asyncio.get_running_loop()
        known: str | None = None
        while True:
            try:
                async with asyncio.timeout(RESOLVE_TIMEOUT_S):
                    found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
                address = str(found[0][4][0])
            except OSError as error:  # TimeoutError is one
                log.warning("hep_collector_not_found", host=self._host, error=error.strerror or "no answer in time")
            except UnicodeError:
                log.warning("hep_collector_not_found", host=self._host, error="it is no name that can be looked up")
                return
            else:
                if address != known:
                    self._connect(address)
                    known = address
            await asyncio.sleep(RESOLVE_EVERY_S)

    def _connect(self, address: str) -> None:
        self._disconnect()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.ExitStack() as closing:
            opened = closing.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            opened.setblocking(False)
            try:
                opened.connect((address, self._port))
            except OSError as error:
                log.warning("hep_collector_not_reachable", host=self._host, error=error.strerror)
                return
            closing.pop_all()
            self._socket = opened

    def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
