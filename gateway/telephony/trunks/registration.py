"""Keeps us registered with a registrar (RFC 3261 section 10, RFC 3608), sans I/O."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.headers import NameAddress, parse_name_address
from gateway.telephony.messages.message import Headers, Request, Response
from gateway.telephony.messages.responses import ALLOW
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.nat import observed_address
from gateway.telephony.network.network_address import is_private
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.signalling import Signalling
from gateway.telephony.transactions.transaction import earliest
from gateway.telephony.transactions.transaction_layer import ClientTransaction
from gateway.telephony.trunks.back_off import BackOff

ATTEMPT_S = 10.0
"""How long one server may take to respond before the next is tried."""
FIRST_RETRY_S = 4.0
LONGEST_RETRY_S = 300.0
"""How long the wait grows while no server responds as it should."""
FIRST_RETRY_AFTER_REFUSAL_S = 300.0
LONGEST_RETRY_AFTER_REFUSAL_S = 3600.0
"""How long the wait grows while the account is refused: whoever tries a wrong password often is locked out."""
LONGEST_EXPIRES_S = 7 * 86_400
LONGEST_RETRY_AFTER_S = 3600
RENEW_AGAIN_S = 30.0
"""How soon after the last REGISTER a lost connection has us register again: some servers close every connection."""
_REFRESH_FROM, _REFRESH_TO = 0.7, 0.8
"""A registration is renewed after this share of its time, which leaves room for several attempts."""
_REFUSALS = (401, 403, 404, 407, 410, 604)


class RegistrationState(StrEnum):
    """Where a registration stands."""

    UNREGISTERED = "unregistered"
    """Calls do not reach us; a server may be being asked."""
    REGISTERED = "registered"
    REFUSED = "refused"
    """The registrar does not take the account: the user name, the password or the domain is wrong."""
    STOPPED = "stopped"
    """It was given back, or never begun."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom to register: ``domain`` is the Request-URI, ``address`` the address of record in From and To."""

    domain: SipUri
    address: NameAddress
    contact_user: str | None
    expires_s: int = 600
    credentials: Credentials | None = None


class Registration:
    """One account's registration with one of its servers. ``changed`` is called when ``state`` or ``error`` changed.

    It begins with ``start`` and the first ``set_hops``; ``stop`` gives the registration back. A server that fails is
    left for the next in the list, and the one that works is kept.
    """

    def __init__(
        self,
        signalling: Signalling,
        account: Account,
        *,
        changed: Callable[[], None] = lambda: None,
        chance: random.Random | None = None,
    ) -> None:
        self.state = RegistrationState.STOPPED
        self.error: str | None = None
        """Why the last attempt failed; None after one that did not."""
        self.hop: Hop | None = None
        """The server that we are or were last registered with."""
        self.service_route: tuple[NameAddress, ...] = ()
        """What calls have to go by, as the registrar said (RFC 3608)."""
        self.expires_at: float | None = None
        """When the registration ends if it is not renewed, on the core's clock."""
        self.deadline: float | None = None
        """When to poll."""
        self._signalling = signalling
        self._account = account
        self._changed = changed
        self._chance = chance or random.Random()  # noqa: S311 - it spreads load and guards nothing
        self._digest = DigestClient(account.credentials) if account.credentials else None
        self._retries = BackOff(FIRST_RETRY_S, LONGEST_RETRY_S, self._chance)
        self._refusals = BackOff(FIRST_RETRY_AFTER_REFUSAL_S, LONGEST_RETRY_AFTER_REFUSAL_S, self._chance)
        self._hops: tuple[Hop, ...] = ()
        self._untried: list[Hop] = []
        self._next: float | None = None
        self._sent_at = float("-inf")
        self._transaction: ClientTransaction | None = None
        self._call_id = secrets.token_hex(16)
        self._tag = secrets.token_hex(8)
        self._cseq = 0
        self._expires_s = account.expires_s
        self._learned: tuple[str, int] | None = None
        self._moved = False
        self._bound: NameAddress | None = None

    def start(self, now: float) -> None:
        """Register as soon as the servers are known."""
        if self.state is RegistrationState.STOPPED:
            self._set(RegistrationState.UNREGISTERED, None)
            self._begin(now)

    def set_hops(self, hops: Sequence[Hop], now: float) -> None:
        """Note where the registrar's servers are, in the order of preference."""
        waited = not self._hops
        self._hops = tuple(hops)
        if waited and self._hops and self.state is not RegistrationState.STOPPED and self._transaction is None:
            self._begin(now)

    def stop(self, now: float) -> None:
        """Give the registration back; harmless when there is none."""
        was_bound = self._bound is not None or self._transaction is not None
        if self._transaction is not None:
            self._signalling.abandon(self._transaction)
            self._transaction = None
        self._next = self.expires_at = None
        self._untried = []
        self._set(RegistrationState.STOPPED, None)
        if was_bound and self.hop is not None:
            self._send(self.hop, now)
        self._schedule()

    def connection_lost(self, hop: Hop, now: float) -> None:
        """Register again soon when the connection to our server ``hop`` is gone, which calls came by (RFC 5626)."""
        if self._next is None or self._transaction is not None or self.state is not RegistrationState.REGISTERED:
            return
        if self.hop is not None and self.hop[:3] == hop[:3]:
            self._next = min(self._next, max(now, self._sent_at + RENEW_AGAIN_S))
            self._schedule()

    def poll(self, now: float) -> None:
        """Do what is due."""
        if self.expires_at is not None and now >= self.expires_at:
            self.expires_at = self._bound = None
            if self.state is RegistrationState.REGISTERED:
                self._set(RegistrationState.UNREGISTERED, self.error or "The registration was not renewed in time")
        if self._next is not None and now >= self._next:
            self._next = None
            transaction, self._transaction = self._transaction, None
            if transaction is None:
                self._begin(now)
            else:
                self._signalling.abandon(transaction)
                self._server_failed(now, "The server does not respond")
        self._schedule()

    def receive_response(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to a REGISTER."""
        if transaction is not self._transaction or response.status < 200:
            return
        self._transaction = self._next = None
        self._learn(response)
        if response.status in (401, 407) and self._digest and self._digest.challenged(transaction.request, response):
            self._send(transaction.hop, now)
        elif self.state is RegistrationState.STOPPED:
            self._bound = None  # given back, or left to expire
        elif response.status < 300:
            self._registered(transaction.request.addresses("Contact")[0], response, transaction.hop, now)
        elif response.status == 423 and self._takes_longer(response):
            self._send(transaction.hop, now)
        elif response.status in _REFUSALS:
            self._refused(response, now)
        else:
            self._server_failed(now, f"The server responds with {response.status} {response.reason}", response)
        self._schedule()

    def request_failed(self, transaction: ClientTransaction, error: str | None, now: float) -> None:
        """Note that a REGISTER got no final response, or could not be sent."""
        if transaction is not self._transaction:
            return
        self._transaction = self._next = None
        self._server_failed(
            now, "The server does not respond" if error is None else f"The server cannot be reached: {error}"
        )
        self._schedule()

    def _begin(self, now: float) -> None:
        """Try the servers, the one that worked last first."""
        self._untried = sorted(self._hops, key=lambda hop: hop != self.hop)
        self._moved = False
        if self._untried:
            self._send(self._untried.pop(0), now)
        self._schedule()

    def _send(self, hop: Hop, now: float) -> None:
        self.hop = hop
        self._cseq += 1
        expires = 0 if self.state is RegistrationState.STOPPED else self._expires_s
        contact = self._contact(hop)
        headers = Headers(
            [
                ("Via", self._signalling.via(hop)),
                ("Max-Forwards", 70),
                ("From", self._account.address.tagged(self._tag)),
                ("To", self._account.address),
                ("Call-ID", self._call_id),
                ("CSeq", f"{self._cseq} REGISTER"),
                ("Contact", contact),
            ]
        )
        if self._bound is not None and self._bound != contact:
            # Where we are no longer, no call is to be sent to (section 10.2.2).
            headers.add("Contact", f"{self._bound};expires=0")
        headers.add("Expires", expires)
        headers.add("Supported", "path")
        headers.add("Allow", ALLOW)
        request = Request(method="REGISTER", uri=self._account.domain, headers=headers)
        if self._digest is not None:
            self._digest.authorise(request)
        self._sent_at = now
        self._next = now + ATTEMPT_S
        self._transaction = self._signalling.send_request(self, request, hop, now)

    def _contact(self, hop: Hop) -> NameAddress:
        ours = parse_name_address(self._signalling.contact(hop))
        if not isinstance(ours.uri, SipUri):
            raise TypeError("our Contact is a SIP URI")
        uri = replace(ours.uri, user=self._account.contact_user)
        if self._learned is not None:
            uri = replace(uri, host=self._learned[0], port=self._learned[1])
        return replace(ours, uri=uri)

    def _learn(self, response: Response) -> None:
        """Note the public address that the server sees us at, where ours is a private one (RFC 3581)."""
        try:
            via = response.top_via
            observed = observed_address(response)
        except MalformedMessage:
            return
        if observed is None or not is_private(via.host):
            return
        moved = observed[0] != via.host if via.transport != "UDP" else observed != (via.host, via.port or 5060)
        self._learned = observed if moved else None

    def _registered(self, sent: NameAddress, response: Response, hop: Hop, now: float) -> None:
        granted = self._granted(response, sent)
        if granted <= 0:
            self._server_failed(now, "The registrar accepted the registration and did not keep it")
            return
        try:
            self.service_route = tuple(response.addresses("Service-Route"))
        except MalformedMessage:
            self.service_route = ()
        self.hop = hop
        self._bound = sent
        self.expires_at = now + granted
        self._retries.succeeded()
        self._refusals.succeeded()
        self._next = now + granted * self._chance.uniform(_REFRESH_FROM, _REFRESH_TO)
        self._set(RegistrationState.REGISTERED, None)
        if not self._moved and self._contact(hop) != sent:
            # The server told where we really are: register that, at once and once.
            self._moved = True
            self._send(hop, now)

    def _granted(self, response: Response, sent: NameAddress) -> int:
        """Return for how many seconds the registrar keeps our Contact (section 10.2.4)."""
        try:
            contacts = response.addresses("Contact")
        except MalformedMessage:
            contacts = []
        ours = [contact for contact in contacts if _same_place(contact, sent)] or (
            contacts if len(contacts) == 1 else []
        )
        told = [contact.parameters.get("expires") for contact in ours] + [response.headers.get("Expires")]
        seconds = next((value for text in told if (value := _seconds(text)) is not None), self._expires_s)
        return min(seconds, LONGEST_EXPIRES_S)

    def _takes_longer(self, response: Response) -> bool:
        """Take the Min-Expires of a 423; False when it asks for nothing that is longer."""
        least = _seconds(response.headers.get("Min-Expires"))
        if least is None or not self._expires_s < least <= LONGEST_EXPIRES_S:
            return False
        self._expires_s = least
        return True

    def _refused(self, response: Response, now: float) -> None:
        self._untried = []
        self._next = now + self._refusals.failed()
        if response.status in (401, 407) and self._digest is None:
            error = "The registrar wants a user name and a password, and there are none for this trunk"
        elif response.status in (401, 407):
            error = "The registrar refuses the user name or the password"
        else:
            error = f"The registrar refuses the account with {response.status} {response.reason}"
        self._set(RegistrationState.REFUSED, error)

    def _server_failed(self, now: float, error: str, response: Response | None = None) -> None:
        """Try the next server at once, or all of them again after a while."""
        if self.state is RegistrationState.STOPPED:
            self._bound = None
            return
        if self._untried:
            self._set(self.state, error)
            self._send(self._untried.pop(0), now)
            return
        asked = _seconds(response.headers.get("Retry-After")) if response is not None else None
        self._next = now + max(self._retries.failed(), min(asked or 0, LONGEST_RETRY_AFTER_S))
        registered = self.expires_at is not None
        self._set(RegistrationState.REGISTERED if registered else RegistrationState.UNREGISTERED, error)

    def _set(self, state: RegistrationState, error: str | None) -> None:
        if (state, error) != (self.state, self.error):
            self.state, self.error = state, error
            self._changed()

    def _schedule(self) -> None:
        self.deadline = earliest(self._next, self.expires_at)
        self._signalling.schedule(self)


def _same_place(one: NameAddress, other: NameAddress) -> bool:
    if not isinstance(one.uri, SipUri) or not isinstance(other.uri, SipUri):
        return False
    return (one.uri.user, one.uri.host.lower(), one.uri.port or 5060) == (
        other.uri.user,
        other.uri.host.lower(),
        other.uri.port or 5060,
    )


def _seconds(text: str | None) -> int | None:
    digits = (text or "").partition(";")[0].partition("(")[0].strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None
