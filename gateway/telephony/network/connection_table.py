"""Which connection leads to which peer."""

from __future__ import annotations

from typing import TypeAlias

from gateway.telephony.messages.top_via import read_top_via
from gateway.telephony.network.stream_socket import StreamSocket
from gateway.telephony.network.transport import DEFAULT_PORTS, Hop

_Address: TypeAlias = tuple[str, str, int]
"""Transport, host, port."""


class ConnectionTable:
    """Open connections by the address of their far end, and by the address that the peer itself listens at.

    A peer that connects does so from a port of no meaning; in the Via of its requests it names the one that it listens
    at. A request of ours to that port of the same host goes back by the connection that is there (RFC 5923 section 4),
    unless the peer has to show that it is a certain TLS server, which one that connected to us did not.
    """

    def __init__(self) -> None:
        self.sockets: set[StreamSocket] = set()
        self._by_address: dict[_Address, list[StreamSocket]] = {}
        self._aliases: dict[StreamSocket, _Address] = {}

    def add(self, stream: StreamSocket) -> None:
        """Take up an open connection."""
        self.sockets.add(stream)
        self._by_address.setdefault(_address(stream.hop), []).append(stream)

    def remove(self, stream: StreamSocket) -> None:
        """Forget a connection that was added."""
        self.sockets.discard(stream)
        self._drop(_address(stream.hop), stream)
        alias = self._aliases.pop(stream, None)
        if alias is not None:
            self._drop(alias, stream)

    def learn(self, stream: StreamSocket, data: bytes) -> None:
        """Note where the peer listens, as the first request from a connection that it opened says."""
        if not stream.accepted or stream in self._aliases or data[:4].upper() == b"SIP/":
            return
        via = read_top_via(data)
        if via is None or stream not in self.sockets:
            return
        alias = (stream.hop.transport, stream.hop.host, via.port or DEFAULT_PORTS[stream.hop.transport])
        self._aliases[stream] = alias
        self._by_address.setdefault(alias, []).append(stream)

    def find(self, hop: Hop) -> StreamSocket | None:
        """Return an open connection to ``hop``, the newest of several."""
        for stream in reversed(self._by_address.get(_address(hop), [])):
            if stream.is_open and (hop.server_name is None or stream.hop.server_name == hop.server_name):
                return stream
        return None

    def _drop(self, address: _Address, stream: StreamSocket) -> None:
        left = [each for each in self._by_address.get(address, []) if each is not stream]
        if left:
            self._by_address[address] = left
        else:
            self._by_address.pop(address, None)


def _address(hop: Hop) -> _Address:
    return hop.transport, hop.host, hop.port
