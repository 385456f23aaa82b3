"""A trunk as it is used: its profile, with the passwords read and the servers parsed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.telephony.messages.uri import SipUri
from gateway.telephony.network.network_address import is_ip_address
from gateway.telephony.network.transport import DEFAULT_PORTS, next_hop
from gateway.telephony.sessions.media_policy import DEFAULT_ANSWERED, DEFAULT_OFFERED, MediaPolicy
from gateway.telephony.sessions.session_parameters import Credentials, SessionParameters
from gateway.telephony.trunks.trunk_profile import TrunkProfile


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk. ``credentials`` are ours at the provider, ``challenge`` what its callers have to know."""

    profile: TrunkProfile
    servers: tuple[SipUri, ...] = ()
    registrar: SipUri | None = None
    credentials: Credentials | None = None
    challenge: Credentials | None = None
    server_ca: Path | None = None
    """The authorities that must have signed the servers' certificates; those of the listener or the system if None."""

    @property
    def id(self) -> str:
        """The trunk's id."""
        return self.profile.id

    @property
    def domain(self) -> str | None:
        """The host of our address of record and of numbers that are called; None where there is no server."""
        if self.profile.identity.domain is not None:
            return self.profile.identity.domain
        return self._authority.host if self._authority is not None else None

    @property
    def domain_port(self) -> int | None:
        """The port that belongs to ``domain`` where that is an address: an address alone is port 5060 to its owner."""
        if self.profile.identity.domain is not None or self._authority is None:
            return None
        return self._authority.port if is_ip_address(self._authority.host) else None

    @property
    def _authority(self) -> SipUri | None:
        return next((uri for uri in (self.registrar, *self.servers) if uri is not None), None)

    @property
    def server_names(self) -> frozenset[str]:
        """The hosts of the servers' URIs, in small letters: what their TLS certificates are for."""
        return frozenset(server.host.lower() for server in self.servers)

    @property
    def contact_user(self) -> str | None:
        """The user part of our Contact, which the provider calls."""
        registration = self.profile.registration
        return (registration.contact_user if registration else None) or self.profile.username

    def has(self, uri: SipUri) -> bool:
        """Return whether ``uri`` names this trunk's domain, or one of its servers by host, port and transport."""
        if self.domain is not None and uri.host.lower() == self.domain.lower() and uri.port is None:
            return True
        return any(_same_server(uri, server) for server in self.servers)

    @property
    def parameters(self) -> SessionParameters:
        """How this trunk's calls are held."""
        profile = self.profile
        return SessionParameters(
            session_timer=profile.session_timer,
            session_expires_s=profile.session_expires_s,
            min_se_s=profile.min_se_s,
            reliable_provisional=profile.reliable_provisional,
            credentials=self.credentials,
            media=MediaPolicy(
                answered=profile.codecs or DEFAULT_ANSWERED,
                offered=profile.codecs or DEFAULT_OFFERED,
                srtp=profile.srtp,
            ),
        )


def _same_server(uri: SipUri, server: SipUri) -> bool:
    """Return whether a request to ``uri`` goes to ``server``; what ``uri`` leaves open is as ``server`` has it."""
    if uri.host.lower() != server.host.lower():
        return False
    hop = next_hop(server)
    port = hop.port or DEFAULT_PORTS[hop.transport]
    return uri.port in (None, port) and uri.transport in (None, hop.transport)


def server_authorities(trunks: Iterable[Trunk]) -> dict[str, Path]:
    """Return the PEM file of the authorities for each server name of a trunk that has one."""
    return {name: trunk.server_ca for trunk in trunks if trunk.server_ca is not None for name in trunk.server_names}
