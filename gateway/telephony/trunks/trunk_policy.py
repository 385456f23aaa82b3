"""Which trunk a request came by: by its source address, and by digest where the trunk challenges its callers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from gateway.telephony.admission.call_gate import CallLimits
from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted, Dropped, Verdict
from gateway.telephony.admission.source_address import Address, parse_source
from gateway.telephony.authentication.digest_server import DigestServer, Proof
from gateway.telephony.messages.message import Request
from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.transport import Hop
from gateway.telephony.trunks.identity import uri_number
from gateway.telephony.trunks.trunk import Trunk

MOST_SOURCES = 4_096
"""Of how many source addresses the trunks are remembered."""


class TrunkPolicy:
    """Admits what comes by a trunk; a ``RequestPolicy``.

    A trunk is known by the networks that it allows and by the addresses of its servers, which ``set_servers`` tells
    as they are looked up. Where several trunks share a source, the Request-URI decides: our Contact's user on one of
    them, or its number; else whose server it is, and then the narrowest network. Requests on a trunk that challenges
    are let in with the right digest only, except OPTIONS, by which the peer asks whether we are there.
    """

    def __init__(self, trunks: Sequence[Trunk]) -> None:
        self._trunks = tuple(trunks)
        self._addresses: dict[str, frozenset[Address]] = {}
        self._digest: dict[str, DigestServer] = {}
        self._by_login: dict[tuple[str, str], Trunk] = {}
        passwords: dict[str, dict[str, str]] = defaultdict(dict)
        for trunk in self._trunks:
            if trunk.challenge is not None:
                realm = trunk.challenge.realm or ""
                passwords[realm][trunk.challenge.username] = trunk.challenge.password
                self._by_login[realm, trunk.challenge.username] = trunk
        for realm, logins in passwords.items():
            self._digest[realm] = DigestServer(realm, logins)
        self._candidates = lru_cache(maxsize=MOST_SOURCES)(self._find_candidates)

    def set_servers(self, trunk_id: str, hosts: Iterable[str]) -> None:
        """Note the IP addresses of a trunk's servers, in place of those noted before."""
        self._addresses[trunk_id] = frozenset(parse_source(host) for host in hosts)
        self._candidates.cache_clear()

    def hears(self, host: str) -> bool:
        """Return whether any trunk can be at the address ``host``."""
        return bool(self._candidates(host))

    def trusts(self, host: str) -> bool:
        """Return whether ``host`` is a trunk's own server, or in a network from which no password is asked for."""
        address = parse_source(host)
        return any(
            trunk.challenge is None or address in self._addresses.get(trunk.id, frozenset())
            for trunk in self._candidates(host)
        )

    def judge(self, request: Request, source: Hop, now: float) -> Verdict:
        """Return what becomes of ``request``: by which trunk it is admitted, a challenge, or nothing at all."""
        candidates = self._candidates(source.host)
        if not candidates:
            return Dropped()
        trunk = _choose(request, candidates)
        if trunk.challenge is not None and request.method != "OPTIONS":
            proven = self._prove(request, source, now, candidates)
            if not isinstance(proven, Trunk):
                return proven
            trunk = proven
        return Admitted(trunk.id, trunk.parameters, trusts_identity=trunk.profile.trust_asserted_identity)

    def _prove(
        self, request: Request, source: Hop, now: float, candidates: Sequence[Trunk]
    ) -> Trunk | Refusal | Dropped:
        """Return the trunk whose password the sender knows, or a challenge in each realm that it may belong to."""
        headers: tuple[tuple[str, str], ...] = ()
        for realm in dict.fromkeys(trunk.challenge.realm or "" for trunk in candidates if trunk.challenge is not None):
            server = self._digest[realm]
            proof, username = server.verify(request, source.host, now)
            if proof is Proof.RIGHT and username is not None:
                trunk = self._by_login[realm, username]
                return trunk if trunk in candidates else Dropped()
            headers += server.challenge(source.host, now, stale=proof is Proof.STALE)
        return Refusal(401, headers=headers)

    def _find_candidates(self, host: str) -> tuple[Trunk, ...]:
        """Return the trunks that ``host`` may belong to: a server's first, then by the narrowest network."""
        address = parse_source(host)
        found: list[tuple[int, Trunk]] = []
        for trunk in self._trunks:
            widths = [
                network.max_prefixlen - network.prefixlen for network in trunk.profile.allowed if address in network
            ]
            if address in self._addresses.get(trunk.id, frozenset()):
                widths.append(-1)
            if widths:
                found.append((min(widths), trunk))
        return tuple(trunk for _, trunk in sorted(found, key=lambda item: item[0]))


def limits_with_trunks(limits: CallLimits | None, trunks: Iterable[Trunk]) -> CallLimits:
    """Return ``limits`` with those of the trunks' profiles; a limit that is given for a trunk by its id counts."""
    limits = limits or CallLimits()
    of_profiles = {trunk.id: trunk.profile.max_calls for trunk in trunks if trunk.profile.max_calls is not None}
    return replace(limits, max_calls_by_trunk={**of_profiles, **limits.max_calls_by_trunk})


def _choose(request: Request, candidates: Sequence[Trunk]) -> Trunk:
    if len(candidates) == 1:
        return candidates[0]
    user = request.uri.user if isinstance(request.uri, SipUri) else None
    number = uri_number(request.uri)
    for trunk in candidates:
        if user is not None and trunk.contact_user == user:
            return trunk
    for trunk in candidates:
        if number is not None and trunk.profile.identity.number == number:
            return trunk
    return candidates[0]
