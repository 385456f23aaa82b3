"""Client transactions (RFC 3261 section 17.1, RFC 6026 section 8.4): pure state machines over messages and a clock.

Times are seconds of any monotonic clock.
"""

from __future__ import annotations

from gateway.telephony.messages.message import Headers, Request, Response
from gateway.telephony.transactions.timers import Retransmission, Timers
from gateway.telephony.transactions.transaction import Deliver, Output, State, TimedOut, Transmit, earliest


class InviteClientTransaction:
    """Sends an INVITE until it is answered, and acknowledges final responses other than 2xx.

    After a 2xx it stays for 64*T1 to pass further 2xx up (timer M), whose ACK is the dialog's business.
    """

    def __init__(self, request: Request, timers: Timers, *, reliable: bool) -> None:
        self.request = request
        self.state = State.CALLING
        self._timers = timers
        self._reliable = reliable
        self._data = request.serialise()
        self._retransmission: Retransmission | None = None  # timer A
        self._expires: float | None = None  # timers B, D and M
        self._ack: bytes | None = None

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._expires, self._retransmission.due if self._retransmission else None)

    def start(self, now: float) -> list[Output]:
        """Send the request."""
        if not self._reliable:
            self._retransmission = Retransmission.beginning(now, self._timers.t1)
        self._expires = now + self._timers.timeout
        return [Transmit(self._data)]

    def receive(self, response: Response, now: float) -> list[Output]:
        """Take a response."""
        if self.state in (State.CALLING, State.PROCEEDING):
            return self._receive_first(response, now)
        if self.state is State.COMPLETED and response.status >= 300 and self._ack is not None:
            return [Transmit(self._ack)]
        if self.state is State.ACCEPTED and 200 <= response.status < 300:
            return [Deliver(response)]
        return []

    def poll(self, now: float) -> list[Output]:
        """Do what is due."""
        if self._expires is not None and now >= self._expires:
            timed_out = self.state is State.CALLING
            self._terminate()
            return [TimedOut()] if timed_out else []
        if self._retransmission is not None and now >= self._retransmission.due:
            self._retransmission.advance(now)
            return [Transmit(self._data)]
        return []

    def abandon(self) -> None:
        """End at once: the transport failed or nobody waits any more."""
        self._terminate()

    def _receive_first(self, response: Response, now: float) -> list[Output]:
        self._retransmission = None
        if response.status < 200:
            self.state = State.PROCEEDING
            self._expires = None
            return [Deliver(response)]
        if response.status < 300:
            self.state = State.ACCEPTED
            self._expires = now + self._timers.timeout
            return [Deliver(response)]
        self._ack = create_failure_ack(self.request, response).serialise()
        self.state = State.COMPLETED
        self._expires = now + self._timers.timeout
        if self._reliable:
            self._terminate()
        return [Transmit(self._ack), Deliver(response)]

    def _terminate(self) -> None:
        self.state = State.TERMINATED
        self._retransmission = self._expires = None


class NonInviteClientTransaction:
    """Sends any other request until it has a final response."""

    def __init__(self, request: Request, timers: Timers, *, reliable: bool) -> None:
        self.request = request
        self.state = State.TRYING
        self._timers = timers
        self._reliable = reliable
        self._data = request.serialise()
        self._retransmission: Retransmission | None = None  # timer E
        self._expires: float | None = None  # timers F and K

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._expires, self._retransmission.due if self._retransmission else None)

    def start(self, now: float) -> list[Output]:
        """Send the request."""
        if not self._reliable:
            self._retransmission = Retransmission.beginning(now, self._timers.t1, self._timers.t2)
        self._expires = now + self._timers.timeout
        return [Transmit(self._data)]

    def receive(self, response: Response, now: float) -> list[Output]:
        """Take a response."""
        if self.state not in (State.TRYING, State.PROCEEDING):
            return []
        if response.status < 200:
            self.state = State.PROCEEDING
            if self._retransmission is not None:
                self._retransmission.interval = self._timers.t2
            return [Deliver(response)]
        self.state = State.COMPLETED
        self._retransmission = None
        self._expires = now + self._timers.t4
        if self._reliable:
            self.abandon()
        return [Deliver(response)]

    def poll(self, now: float) -> list[Output]:
        """Do what is due."""
        if self._expires is not None and now >= self._expires:
            timed_out = self.state is not State.COMPLETED
            self.abandon()
            return [TimedOut()] if timed_out else []
        if self._retransmission is not None and now >= self._retransmission.due:
            self._retransmission.advance(now)
            return [Transmit(self._data)]
        return []

    def abandon(self) -> None:
        """End at once: the transport failed or nobody waits any more."""
        self.state = State.TERMINATED
        self._retransmission = self._expires = None


def create_failure_ack(invite: Request, response: Response) -> Request:
    """Return the ACK to a final response other than 2xx, which is part of the transaction (section 17.1.1.3)."""
    return _beside_invite("ACK", invite, to=response.headers.get("To"))


def create_cancel(invite: Request) -> Request:
    """Return the CANCEL of a pending INVITE (section 9.1)."""
    return _beside_invite("CANCEL", invite, to=invite.headers.get("To"))


def _beside_invite(method: str, invite: Request, *, to: str | None) -> Request:
    """Return a request that finds an INVITE at the peer: same branch, same Request-URI, routes and CSeq number."""
    headers = Headers(
        [
            ("Via", invite.top_via),
            ("Max-Forwards", 70),
            ("From", invite.headers.get("From")),
            ("To", to),
            ("Call-ID", invite.call_id),
            ("CSeq", f"{invite.cseq.number} {method}"),
        ]
    )
    for route in invite.headers.get_all("Route"):
        headers.add("Route", route)
    return Request(method=method, uri=invite.uri, headers=headers)
