"""A 2xx to INVITE that waits for its ACK (RFC 3261 section 13.3.1.4)."""

from __future__ import annotations

from gateway.telephony.messages.message import Response
from gateway.telephony.transactions.timers import Retransmission, Timers
from gateway.telephony.transactions.transaction_layer import ServerTransaction


class AcceptedInvite:
    """A 2xx that is sent again and again until its ACK comes or 64*T1 have passed."""

    def __init__(self, transaction: ServerTransaction, response: Response, timers: Timers, now: float) -> None:
        self.transaction = transaction
        self.response = response
        self.cseq = transaction.request.cseq.number
        self.expires = now + timers.timeout
        self.retransmission = Retransmission.beginning(now, timers.t1, timers.t2)

    @property
    def deadline(self) -> float:
        """When to retransmit or to give up."""
        return min(self.expires, self.retransmission.due)
