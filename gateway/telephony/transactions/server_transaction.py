"""Server transactions (RFC 3261 section 17.2, RFC 6026 section 8.5): pure state machines over messages and a clock.

Times are seconds of any monotonic clock.
"""

from __future__ import annotations

from gateway.telephony.messages.message import Request, Response
from gateway.telephony.transactions.timers import Retransmission, Timers
from gateway.telephony.transactions.transaction import Deliver, Output, State, TimedOut, Transmit, earliest


class InviteServerTransaction:
    """Answers retransmitted INVITEs, and retransmits a final response other than 2xx until it is acknowledged.

    A 2xx is retransmitted by the dialog above; the transaction only absorbs INVITEs meanwhile (timer L).
    """

    def __init__(self, request: Request, timers: Timers, *, reliable: bool) -> None:
        self.request: Request | None = request
        self.state = State.PROCEEDING
        self._timers = timers
        self._reliable = reliable
        self._last: bytes | None = None
        self._retransmission: Retransmission | None = None  # timer G
        self._expires: float | None = None  # timers H, I and L

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._expires, self._retransmission.due if self._retransmission else None)

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self.state is not State.PROCEEDING

    def receive(self, request: Request, now: float) -> list[Output]:
        """Take a retransmitted INVITE or an ACK."""
        if request.method == "ACK":
            return self._receive_ack(request, now)
        if self.state in (State.PROCEEDING, State.COMPLETED) and self._last is not None:
            return [Transmit(self._last)]
        return []

    def respond(self, response: Response, now: float) -> list[Output]:
        """Send ``response``; one that comes too late is dropped."""
        data = response.serialise()
        if self.state is State.ACCEPTED and 200 <= response.status < 300:
            return [Transmit(data)]
        if self.state is not State.PROCEEDING:
            return []
        self._last = data
        if response.status >= 300:
            self.state = State.COMPLETED
            self._expires = now + self._timers.timeout
            if not self._reliable:
                self._retransmission = Retransmission.beginning(now, self._timers.t1, self._timers.t2)
        elif response.status >= 200:
            self.state = State.ACCEPTED
            self._expires = now + self._timers.timeout
        return [Transmit(data)]

    def poll(self, now: float) -> list[Output]:
        """Do what is due."""
        if self._expires is not None and now >= self._expires:
            timed_out = self.state is State.COMPLETED
            self._terminate()
            return [TimedOut()] if timed_out else []
        if self._retransmission is not None and self._last is not None and now >= self._retransmission.due:
            self._retransmission.advance(now)
            return [Transmit(self._last)]
        return []

    def _receive_ack(self, request: Request, now: float) -> list[Output]:
        if self.state is State.COMPLETED:
            self.state = State.CONFIRMED
            self._retransmission = None
            self._expires = now + self._timers.t4
            if self._reliable:
                self._terminate()
            return []
        return [Deliver(request)] if self.state is State.ACCEPTED else []

    def _terminate(self) -> None:
        self.state = State.TERMINATED
        self._retransmission = self._expires = None


class NonInviteServerTransaction:
    """Answers retransmissions of any other request with the last response."""

    def __init__(self, request: Request, timers: Timers, *, reliable: bool) -> None:
        self.request: Request | None = request
        self.state = State.TRYING
        self._timers = timers
        self._reliable = reliable
        self._last: bytes | None = None
        self._expires: float | None = None  # timer J

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return self._expires

    @property
    def answered(self) -> bool:
        """Whether a final response was sent."""
        return self.state in (State.COMPLETED, State.TERMINATED)

    def receive(self, request: Request, now: float) -> list[Output]:
        """Take a retransmission."""
        return [] if self._last is None else [Transmit(self._last)]

    def respond(self, response: Response, now: float) -> list[Output]:
        """Send ``response``; one that comes too late is dropped."""
        if self.answered:
            return []
        self._last = response.serialise()
        if response.status < 200:
            self.state = State.PROCEEDING
        elif self._reliable:
            self.state = State.TERMINATED
        else:
            self.state = State.COMPLETED
            self._expires = now + self._timers.timeout
        return [Transmit(self._last)]

    def poll(self, now: float) -> list[Output]:
        """Do what is due."""
        if self._expires is not None and now >= self._expires:
            self.state = State.TERMINATED
            self._expires = None
        return []
