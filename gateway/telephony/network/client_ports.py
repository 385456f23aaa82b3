"""The local ends of connections that are still to be opened."""

from __future__ import annotations

import socket
from collections import OrderedDict
from collections.abc import Callable

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.network_address import address_family, route_address
from gateway.telephony.network.transport import Hop

MOST_RESERVED = 64
"""How many ports are held for connections that nobody opens after all."""


class ClientPorts:
    """Takes the port of a connection before it is opened.

    Via and Contact of the very first request name the connection that the peer can reach us by (RFC 5923 section 4),
    so its port must be known when that request is written. ``local(hop)`` returns the address that connections to
    ``hop`` are opened from, None for the one on the route; it raises ``TelephonyError`` when there is none.
    """

    def __init__(self, local: Callable[[Hop], str | None]) -> None:
        self._local = local
        self._reserved: OrderedDict[Hop, socket.socket] = OrderedDict()
        self._opening: dict[Hop, tuple[str, int]] = {}

    def address(self, hop: Hop) -> tuple[str, int]:
        """Return the local address and port of the connection to ``hop`` that is being or going to be opened.

        Raises ``TelephonyError`` when there is no address toward ``hop`` or the system gives no port.
        """
        key = _key(hop)
        if key in self._opening:
            return self._opening[key]
        if key not in self._reserved:
            self._reserved[key] = self._bind(hop)
            if len(self._reserved) > MOST_RESERVED:
                self._reserved.popitem(last=False)[1].close()
        return _name(self._reserved[key])

    def take(self, hop: Hop) -> socket.socket:
        """Return the socket to open the connection to ``hop`` with; the caller closes it, and calls ``opened``.

        Raises ``TelephonyError`` as ``address`` does.
        """
        key = _key(hop)
        ours = self._reserved.pop(key, None) or self._bind(hop)
        self._opening[key] = _name(ours)
        return ours

    def opened(self, hop: Hop) -> None:
        """Note that the connection to ``hop`` is open, or could not be opened."""
        self._opening.pop(_key(hop), None)

    def close(self) -> None:
        """Close what nobody took."""
        while self._reserved:
            self._reserved.popitem()[1].close()

    def _bind(self, hop: Hop) -> socket.socket:
        local = self._local(hop) or route_address(hop.host)
        ours = socket.socket(address_family(hop.host), socket.SOCK_STREAM)
        try:
            ours.setblocking(False)
            ours.bind((local, 0))
        except OSError as error:
            ours.close()
            raise TelephonyError(f"No connection can be opened from {local}: {error.strerror}") from error
        return ours


def _key(hop: Hop) -> Hop:
    return hop._replace(listener=None)


def _name(ours: socket.socket) -> tuple[str, int]:
    host, port = ours.getsockname()[:2]
    return host, port
