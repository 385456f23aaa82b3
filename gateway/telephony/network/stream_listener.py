"""A listening TCP socket. Connections are taken by hand, so that a stranger costs no more than an accept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import structlog

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.network_address import address_family

log = structlog.get_logger(__name__)

_BACKLOG = 256
_ACCEPTS_AT_ONCE = 32
_PAUSE_S = 1.0
"""How long no connection is taken when the system cannot give one."""


class StreamListener:
    """Hands each new connection to ``on_accept(socket, host, port)``, which then owns it."""

    def __init__(self, host: str, port: int, on_accept: Callable[[socket.socket, str, int], None]) -> None:
        family = address_family(host)
        self._on_accept = on_accept
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.bind((host, port))
            self._socket.listen(_BACKLOG)
        except OSError as error:
            self._socket.close()
            raise TelephonyError(f"SIP cannot listen on {host} port {port}: {error.strerror}") from error
        self._loop.add_reader(self._socket, self._accept)

    @property
    def address(self) -> tuple[str, int]:
        """The bound address and port."""
        host, port = self._socket.getsockname()[:2]
        return host, port

    def close(self) -> None:
        """Close it; harmless when it is closed. Connections that were taken stay."""
        if self._pause is not None:
            self._pause.cancel()
        if self._socket.fileno() != -1:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_AT_ONCE):
            try:
                connection, address = self._socket.accept()
            except (BlockingIOError, ConnectionError):
                return
            except OSError as error:  # mostly: no more files may be open
                log.warning("sip_connections_not_taken", error=error.strerror, pause_s=_PAUSE_S)
                self._loop.remove_reader(self._socket)
                self._pause = self._loop.call_later(_PAUSE_S, self._loop.add_reader, self._socket, self._accept)
                return
            connection.setblocking(False)
            self._on_accept(connection, address[0], address[1])
            if self._socket.fileno() == -1:
                return
