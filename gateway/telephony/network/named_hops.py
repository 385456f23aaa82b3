"""Messages to hops that are names: they wait for DNS in order, and each transaction keeps to one server."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from gateway.telephony.network.server_location import ServerLocator, ServerNotFound
from gateway.telephony.network.transport import Hop, Outgoing

MOST_WAITING = 256
"""How many messages may wait for one name."""
_REMEMBERED = 1_000


class NamedHops:
    """Finds the addresses of messages' hops.

    ``send(outgoing)`` gets each message with an address in its hop's place, ``failed(outgoing, error)`` each that has
    none. ``choose(hops, named)`` picks among the servers that were found for the hop ``named``.
    """

    def __init__(
        self,
        locator: ServerLocator,
        *,
        choose: Callable[[tuple[Hop, ...], Hop], Hop],
        send: Callable[[Outgoing], None],
        failed: Callable[[Outgoing, str], None],
    ) -> None:
        self._locator = locator
        self._choose = choose
        self._send = send
        self._failed = failed
        self._waiting: dict[Hop, list[Outgoing]] = {}
        self._chosen: OrderedDict[tuple[str, Hop], Hop] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, outgoing: Outgoing) -> None:
        """Send a message once its hop's address is known."""
        waiting = self._waiting.get(outgoing.hop)
        chosen = self._chosen.get(_key(outgoing))
        if waiting is not None and len(waiting) >= MOST_WAITING:
            self._failed(outgoing, f"Too many messages wait for the address of {outgoing.hop.host}")
        elif waiting is not None:
            waiting.append(outgoing)
        elif chosen is not None:
            self._send(replace(outgoing, hop=chosen))
        else:
            self._waiting[outgoing.hop] = [outgoing]
            task = asyncio.get_running_loop().create_task(self._locate(outgoing.hop))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Forget what waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _locate(self, named: Hop) -> None:
        try:
            hops = await self._locator.locate_hop(named)
        except ServerNotFound as error:
            for outgoing in self._waiting.pop(named):
                self._failed(outgoing, str(error))
            return
        hop = self._choose(hops, named)
        for outgoing in self._waiting.pop(named):
            self._remember(outgoing, hop)
            self._send(replace(outgoing, hop=hop))

    def _remember(self, outgoing: Outgoing, hop: Hop) -> None:
        """Keep a transaction to its server: a retransmission to another one would be a second request there."""
        if outgoing.transaction is not None:
            self._chosen[_key(outgoing)] = hop
            if len(self._chosen) > _REMEMBERED:
                self._chosen.popitem(last=False)


def _key(outgoing: Outgoing) -> tuple[str, Hop]:
    # An INVITE and its CANCEL share the branch, which the transaction's name begins with.
    return (outgoing.transaction or "").partition(" ")[0], outgoing.hop
