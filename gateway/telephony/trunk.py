"""A trunk as it is used: its profile, with the passwords read and the servers parsed."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.telephony.session_parameters import Credentials, SessionParameters
from gateway.telephony.trunk_profile import TrunkProfile
from gateway.telephony.uri import SipUri


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk. ``credentials`` are ours at the provider, ``challenge`` what its callers have to know."""

    profile: TrunkProfile
    servers: tuple[SipUri, ...] = ()
    registrar: SipUri | None = None
    credentials: Credentials | None = None
    challenge: Credentials | None = None

    @property
    def id(self) -> str:
        """The trunk's id."""
        return self.profile.id

    @property
    def domain(self) -> str | None:
        """The host of our address of record and of numbers that are called; None where there is no server."""
        if self.profile.identity.domain is not None:
            return self.profile.identity.domain
        known = [uri.host for uri in (self.registrar, *self.servers) if uri is not None]
        return known[0] if known else None

    @property
    def contact_user(self) -> str | None:
        """The user part of our Contact, which the provider calls."""
        registration = self.profile.registration
        return (registration.contact_user if registration else None) or self.profile.username

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
        )
