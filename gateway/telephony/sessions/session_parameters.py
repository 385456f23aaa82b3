"""How the calls of one trunk are held: session timers, reliable provisional responses, credentials, sound."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.telephony.sessions.media_policy import DEFAULT_POLICY, MediaPolicy


class ExtensionMode(StrEnum):
    """How much we insist on a SIP extension."""

    OFF = "off"
    """Neither announced nor understood."""
    SUPPORTED = "supported"
    """Announced in Supported, and used when the peer wants it."""
    REQUIRED = "required"
    """Demanded of the peer; a call without it is refused with 421."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and password for digest authentication (RFC 8760). ``realm`` None fits every realm."""

    username: str
    password: str
    realm: str | None = None

    def __repr__(self) -> str:
        # A password must not reach a log by way of a traceback.
        return f"<Credentials {self.username}>"


@dataclass(frozen=True, slots=True)
class SessionParameters:
    """How a call is held. The defaults suit a trunk of which nothing is known."""

    session_timer: ExtensionMode = ExtensionMode.SUPPORTED
    """Session timers (RFC 4028)."""
    session_expires_s: int = 1800
    """The session interval that we propose, in seconds."""
    min_se_s: int = 90
    """The shortest session interval that we take, in seconds; a shorter one is refused with 422."""
    reliable_provisional: ExtensionMode = ExtensionMode.SUPPORTED
    """Reliable provisional responses (RFC 3262)."""
    credentials: Credentials | None = None
    """What 401 and 407 to our requests are answered with; None: such a call fails."""
    media: MediaPolicy = DEFAULT_POLICY
    """Codecs and encryption."""
