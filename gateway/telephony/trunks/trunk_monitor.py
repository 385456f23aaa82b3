"""Asks a trunk's servers with OPTIONS whether they are there (RFC 3261 section 11), sans I/O."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum

from gateway.telephony.messages.headers import NameAddress
from gateway.telephony.messages.message import Headers, Request, Response
from gateway.telephony.messages.responses import SDP_TYPE
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.transaction_layer import ClientTransaction

PING_S = 5.0
"""How long a server may take to respond."""
CONFIRM_S = 3.0
"""How soon it is asked again while it is not settled whether it is up or down."""
DOWN_AFTER = 3
"""How many unanswered requests in a row make a server count as down."""
UP_AFTER = 2
"""How many answered requests in a row bring it back."""


class Reachability(StrEnum):
    """Whether a server responds."""

    UNKNOWN = "unknown"
    """It is not asked, or has not had the time to respond."""
    UP = "up"
    DOWN = "down"


class ServerMonitor:
    """Pings one server every ``interval_s`` seconds; the default random source spreads the pings of many trunks.

    Any response counts but 408 and 503, which a proxy gives for a server that is not there: a server that does not know
    OPTIONS, or wants credentials for it, is up all the same. ``target`` is the server's own URI, which the request goes
    to by name; the host of ``address`` if not given.
    """

    def __init__(
        self,
        signalling: Signalling,
        hop: Hop,
        address: NameAddress,
        interval_s: float,
        *,
        target: SipUri | None = None,
        changed: Callable[[], None] = lambda: None,
        chance: random.Random | None = None,
    ) -> None:
        self.hop = hop
        self.reachability = Reachability.UNKNOWN
        self.error: str | None = None
        """What was wrong with the last ping; None when it was answered."""
        self.deadline: float | None = None
        """When to poll."""
        self._signalling = signalling
        self._address = address
        self._target = target
        self._interval_s = interval_s
        self._changed = changed
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load and guards nothing
        self._transaction: ClientTransaction | None = None
        self._in_a_row = 0
        self._call_id = secrets.token_hex(16)
        self._tag = secrets.token_hex(8)
        self._cseq = 0

    def start(self, now: float) -> None:
        """Ask for the first time."""
        self._ping(now)

    def stop(self) -> None:
        """Ask no more."""
        if self._transaction is not None:
            self._signalling.abandon(self._transaction)
            self._transaction = None
        self._wait(None)

    def poll(self, now: float) -> None:
        """Do what is due."""
        if self.deadline is None or now < self.deadline:
            return
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            self._ping(now)
        else:
            self._signalling.abandon(transaction)
            self._note("The server does not respond", now)

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to an OPTIONS."""
        if transaction is not self._transaction or response.status < 200:
            return
        self._transaction = None
        absent = response.status in (408, 503)
        self._note(f"The server responds with {response.status} {response.reason}" if absent else None, now)

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that an OPTIONS got no final response, or could not be sent."""
        if transaction is not self._transaction:
            return
        self._transaction = None
        self._note(
            "The server does not respond" if error is None else f"The server cannot be reached: {error}",
            now,
        )

    def _ping(self, now: float) -> None:
        self._cseq += 1
        hop = self.hop
        host = self._address.uri.host if isinstance(self._address.uri, SipUri) else hop.host
        target = self._target or SipUri(host)
        headers = Headers(
            [
                ("Via", self._signalling.via(hop)),
                ("Max-Forwards", 70),
                ("From", self._address.tagged(self._tag)),
                ("To", f"<{target}>"),
                ("Call-ID", self._call_id),
                ("CSeq", f"{self._cseq} OPTIONS"),
                ("Contact", self._signalling.contact(hop)),
                ("Accept", SDP_TYPE),
            ]
        )
        request = Request(method="OPTIONS", uri=target, headers=headers)
        self._transaction = self._signalling.send_request(self, request, hop, now)
        self._wait(now + PING_S)

    def _note(self, error: str | None, now: float) -> None:
        """Note an answered ping (no ``error``) or an unanswered one; several in a row turn the state."""
        if (error is None) != (self.error is None):
            self._in_a_row = 0
        self._in_a_row += 1
        self.error = error
        before = self.reachability
        if error is None and (before is Reachability.UNKNOWN or self._in_a_row >= UP_AFTER):
            self.reachability = Reachability.UP
        elif error is not None and self._in_a_row >= DOWN_AFTER:
            self.reachability = Reachability.DOWN
        settled = self.reachability is (Reachability.UP if error is None else Reachability.DOWN)
        wait = self._interval_s * self._chance.uniform(0.9, 1.0) if settled else min(CONFIRM_S, self._interval_s)
        self._wait(now + wait)
        if self.reachability is not before:
            self._changed()

    def _wait(self, until: float | None) -> None:
        self.deadline = until
        self._signalling.schedule(self)


class TrunkMonitor:
    """The monitors of a trunk's servers. With ``interval_s`` 0 nobody is asked and all is unknown.

    ``servers`` are the URIs that the trunk's servers were found by.
    """

    def __init__(
        self,
        signalling: Signalling,
        address: NameAddress,
        interval_s: float,
        *,
        servers: Sequence[SipUri] = (),
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._signalling = signalling
        self._address = address
        self._interval_s = interval_s
        self._servers = tuple(servers)
        self._changed = changed
        self._monitors: dict[Hop, ServerMonitor] = {}

    @property
    def reachability(self) -> Reachability:
        """Up while any server is, down when all are."""
        states = {monitor.reachability for monitor in self._monitors.values()}
        if Reachability.UP in states:
            return Reachability.UP
        return Reachability.DOWN if states == {Reachability.DOWN} else Reachability.UNKNOWN

    @property
    def error(self) -> str | None:
        """What is wrong with the first server that is; None when nothing is."""
        return next((monitor.error for monitor in self._monitors.values() if monitor.error is not None), None)

    def is_down(self, hop: Hop) -> bool:
        """Return whether the server at ``hop`` is known not to respond."""
        monitor = self._monitors.get(hop)
        return monitor is not None and monitor.reachability is Reachability.DOWN

    def set_hops(self, hops: Sequence[Hop], now: float) -> None:
        """Note where the servers are."""
        if self._interval_s <= 0:
            return
        for gone in [hop for hop in self._monitors if hop not in hops]:
            self._monitors.pop(gone).stop()
        for hop in hops:
            if hop not in self._monitors:
                monitor = ServerMonitor(
                    self._signalling,
                    hop,
                    self._address,
                    self._interval_s,
                    target=self._target(hop),
                    changed=self._changed,
                )
                self._monitors[hop] = monitor
                monitor.start(now)

    def stop(self) -> None:
        """Ask no more."""
        for monitor in self._monitors.values():
            monitor.stop()

    def _target(self, hop: Hop) -> SipUri | None:
        """Return the URI of a server that was given with its port: without it, the server would not know itself."""
        given = [uri for uri in self._servers if uri.port is not None and uri.port == hop.port]
        uri = next((uri for uri in given if uri.host == hop.host), next(iter(given), None))
        return None if uri is None else SipUri(uri.host, port=uri.port)
