"""What the user agent's core tells its shell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from gateway.media.parameters import StreamParameters
from gateway.telephony.messages.reason import Reason

if TYPE_CHECKING:
    from gateway.telephony.sessions.incoming_session import IncomingSession
    from gateway.telephony.sessions.negotiation import MediaChange
    from gateway.telephony.sessions.session import Session


class EndReason(StrEnum):
    """Why a call is over."""

    PEER = "peer"
    """The other side hung up."""
    GATEWAY = "gateway"
    """This side hung up, gave up or refused."""
    CANCELLED = "cancelled"
    """The caller gave up before the call was answered."""
    REJECTED = "rejected"
    """The other side refused the call."""
    NO_ACK = "no_ack"
    """The answer to the call was never acknowledged."""
    NO_RESPONSE = "no_response"
    """The other side did not respond at all."""
    TRANSPORT = "transport"
    """Nothing can be sent to the other side."""
    EXPIRED = "expired"
    """Nobody refreshed the session (RFC 4028), or the caller's invitation ran out (Expires)."""
    REPLACED = "replaced"
    """Another call took this one over (RFC 3891)."""
    MEDIA = "media"
    """The other side's answer holds no stream that this side can take."""


@dataclass(frozen=True, slots=True)
class InviteReceived:
    """A call comes in. It must be answered or rejected."""

    session: IncomingSession


@dataclass(frozen=True, slots=True)
class OfferRefused:
    """A call of ``trunk`` was turned away at once with 488: ``problem`` says why its offer cannot be taken."""

    call_id: str
    trunk: str | None
    problem: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """The called side sent a provisional response."""

    session: Session
    status: int


@dataclass(frozen=True, slots=True)
class EarlyMedia:
    """There is a stream before the call is answered, or another one than before."""

    session: Session
    stream: StreamParameters


@dataclass(frozen=True, slots=True)
class Established:
    """The call is answered and its stream known."""

    session: Session
    stream: StreamParameters


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """The other side moved its stream, put the call on hold or took it back."""

    session: Session
    stream: StreamParameters


@dataclass(frozen=True, slots=True)
class StreamRequested:
    """A ``change`` of the stream that this side asked for is done, or was refused with ``status`` and ``reason``."""

    session: Session
    change: MediaChange
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The other side sent a key in an INFO."""

    session: Session
    key: str


@dataclass(frozen=True, slots=True)
class KeysSent:
    """The keys that were to go out in INFO are out, or one was refused with ``status`` and ``reason``."""

    session: Session
    status: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over.

    ``status`` and ``text`` are those of a refusal, or say what went wrong; ``causes`` are the Reason headers of the
    peer's BYE or CANCEL.
    """

    session: Session
    reason: EndReason
    status: int | None = None
    text: str = ""
    causes: tuple[Reason, ...] = ()


Event: TypeAlias = (
    InviteReceived
    | OfferRefused
    | Ringing
    | EarlyMedia
    | Established
    | StreamChanged
    | StreamRequested
    | KeyPressed
    | KeysSent
    | Ended
)
