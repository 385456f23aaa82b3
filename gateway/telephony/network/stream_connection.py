"""One TCP or TLS connection over time, sans I/O: messages, keep-alives and what a peer may not do to us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.network.stream_framer import LineBreaks, MessageFramed, StreamBroken, StreamFramer
from gateway.telephony.transactions.transaction import earliest

PING = b"\r\n\r\n"
PONG = b"\r\n"


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """How long a connection may take for what, in seconds."""

    message_s: float = 10.0
    """For a message that has begun to be whole, and for the first one to begin: slow senders hold no connection."""
    accepted_idle_s: float = 900.0
    """Without a message or keep-alive, on a connection that the peer opened. It opens another when it needs one."""
    connected_idle_s: float = 7_200.0
    """Without a message, on a connection that we opened: the peer's calls may come by it until we register again."""
    ping_s: float = 90.0
    """Between keep-alives on a connection that we opened (RFC 5626 section 4.4.1 wants less than 95 to 120)."""
    pong_s: float = 10.0
    """For the answer to a keep-alive, where the peer has answered one before (section 4.4.1)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Send these octets: a keep-alive or its answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Expired:
    """The connection is to be closed, and why."""

    reason: str


Action: TypeAlias = MessageFramed | StreamBroken | Reply | Expired


class StreamConnection:
    """What is known of one connection. ``accepted``: the peer opened it. Times are seconds of a monotonic clock."""

    def __init__(self, now: float, *, accepted: bool, times: StreamTimes | None = None) -> None:
        self._times = times or StreamTimes()
        self._accepted = accepted
        self._framer = StreamFramer()
        self._last_use = now
        self._message_due = now + self._times.message_s if accepted else None
        self._ping_due = None if accepted else now + self._times.ping_s
        self._pong_due: float | None = None
        self._answers_pings = False
        self._answer_until = float("-inf")
        self._line_breaks = 0

    @property
    def deadline(self) -> float | None:
        """When to poll next."""
        return earliest(self._idle_due, self._message_due, self._ping_due, self._pong_due)

    def receive(self, data: bytes, now: float) -> list[Action]:
        """Take octets from the peer."""
        actions: list[Action] = []
        was_incomplete = self._framer.incomplete
        for event in self._framer.receive(data):
            if isinstance(event, LineBreaks):
                actions += self._receive_line_breaks(event.count, now)
            else:
                actions.append(event)
                was_incomplete = False
                self._last_use = now
                self._message_due = None
                self._line_breaks = 0
        if self._framer.incomplete and not was_incomplete:
            self._message_due = now + self._times.message_s
        return actions

    def sent(self, now: float) -> None:
        """Note that a message was sent."""
        self._last_use = now
        if self._ping_due is not None:
            self._ping_due = now + self._times.ping_s

    def poll(self, now: float) -> list[Action]:
        """Do what is due."""
        if self._message_due is not None and now >= self._message_due:
            return [Expired("no whole message came in time")]
        if self._pong_due is not None and now >= self._pong_due:
            return [Expired("a keep-alive was not answered")]
        if now >= self._idle_due:
            return [Expired("it was idle")]
        if self._ping_due is not None and now >= self._ping_due:
            self._ping_due = now + self._times.ping_s
            self._answer_until = now + self._times.pong_s
            if self._answers_pings:
                self._pong_due = now + self._times.pong_s
            return [Reply(PING)]
        return []

    @property
    def _idle_due(self) -> float:
        return self._last_use + (self._times.accepted_idle_s if self._accepted else self._times.connected_idle_s)

    def _receive_line_breaks(self, count: int, now: float) -> list[Action]:
        """Answer pings, of two CRLFs each; on a connection that we opened a single one is the answer to ours."""
        if not self._accepted:
            # Some peers send line breaks between messages of their own accord, which promises nothing.
            self._answers_pings = self._answers_pings or now <= self._answer_until
            self._pong_due = None
            return []
        self._last_use = now
        self._line_breaks += count
        pings, self._line_breaks = divmod(self._line_breaks, 2)
        # However many came at once, one answer tells that we are there.
        return [Reply(PONG)] if pings else []
