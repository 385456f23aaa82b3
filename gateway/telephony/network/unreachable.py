"""Which requests an ICMP error is about (RFC 3261 section 18.4), sans I/O."""

from __future__ import annotations

from collections import OrderedDict

from gateway.telephony.network.transport import Outgoing

ERRORS_UNTIL_FAILED = 3
"""A peer that is just starting again answers one of the retransmissions: only the third error fails a request."""
_REMEMBERED = 1_000


class SentDatagrams:
    """The latest requests over UDP."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, tuple[Outgoing, int]] = OrderedDict()

    def add(self, outgoing: Outgoing) -> None:
        """Note that a message was sent; only requests in a transaction matter."""
        transaction = outgoing.transaction
        if transaction is None:
            return
        self._sent[transaction] = outgoing, self._sent.get(transaction, (outgoing, 0))[1]
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)

    def unreachable(self, host: str, port: int) -> list[Outgoing]:
        """Note an ICMP error for ``host`` and ``port``; return the requests that have now failed for it, once."""
        failed: list[Outgoing] = []
        for transaction, (outgoing, errors) in list(self._sent.items()):
            if outgoing.hop[:2] != (host, port):
                continue
            if errors + 1 < ERRORS_UNTIL_FAILED:
                self._sent[transaction] = outgoing, errors + 1
            else:
                del self._sent[transaction]
                failed.append(outgoing)
        return failed
