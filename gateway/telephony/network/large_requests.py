"""Requests that are too large for UDP go over TCP (RFC 3261 section 18.1.1), sans I/O."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TypeVar

from gateway.telephony.messages.top_via import read_top_via, replace_top_via
from gateway.telephony.network.transport import Hop, Outgoing

LARGEST_DATAGRAM = 1_300
"""Octets of a request above which TCP is taken: the path's MTU is not known."""
CONNECT_S = 2.0
"""How long the connection may take before the request goes over UDP after all."""
REFUSED_S = 600.0
"""How long a peer that took no TCP is not asked for it again."""
_MOST = 1_000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class LargeRequests:
    """Remembers which transactions were moved to TCP, as their ACK and CANCEL must take the same way."""

    def __init__(self) -> None:
        self._moved: OrderedDict[str, None] = OrderedDict()
        self._originals: OrderedDict[str, Outgoing] = OrderedDict()
        self._refused: OrderedDict[tuple[str, int], float] = OrderedDict()

    def wants_stream(self, outgoing: Outgoing, now: float) -> bool:
        """Return whether this UDP request is to go over TCP, if that is spoken."""
        if outgoing.hop.transport != "UDP" or outgoing.transaction is None:
            return False
        if len(outgoing.data) <= LARGEST_DATAGRAM and _branch(outgoing.transaction) not in self._moved:
            return False
        return self._refused.get(_place(outgoing), float("-inf")) <= now

    def move(self, outgoing: Outgoing, hop: Hop, address: tuple[str, int]) -> Outgoing | None:
        """Return the request as it goes over TCP by ``hop``, with our ``address`` in Via; None when its Via is unread.

        ``back`` returns the original when that fails.
        """
        via = read_top_via(outgoing.data)
        if via is None or outgoing.transaction is None:
            return None
        host, port = address
        data = replace_top_via(outgoing.data, replace(via, transport=hop.transport, host=host, port=port))
        _remember(self._moved, _branch(outgoing.transaction), None)
        _remember(self._originals, outgoing.transaction, outgoing)
        return replace(outgoing, data=data, hop=hop)

    def back(self, failed: Outgoing, now: float) -> Outgoing | None:
        """Return the original of a moved request that could not be sent over TCP; it goes over UDP."""
        if failed.transaction is None or not failed.hop.reliable:
            return None
        original = self._originals.pop(failed.transaction, None)
        if original is not None:
            self._moved.pop(_branch(failed.transaction), None)
            _remember(self._refused, _place(original), now + REFUSED_S)
        return original


def _remember(table: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > _MOST:
        table.popitem(last=False)


def _branch(transaction: str) -> str:
    """Return what the transactions of an INVITE and of its CANCEL share."""
    return transaction.partition(" ")[0]


def _place(outgoing: Outgoing) -> tuple[str, int]:
    return outgoing.hop.host, outgoing.hop.port
