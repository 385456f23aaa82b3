"""One call's session descriptions over its life: the first offer and answer, and those that change it (RFC 3264)."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, replace

from gateway.media.parameters import StreamParameters
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import SessionDescription, parse_sdp
from gateway.telephony.sessions.media_policy import DEFAULT_POLICY, MediaPolicy
from gateway.telephony.sessions.offer_answer import LocalMedia, accept_answer, answer_offer, create_offer


@dataclass(frozen=True, slots=True)
class MediaChange:
    """What is to be changed about our side of the stream; None leaves it as it is."""

    direction: str | None = None
    """``sendrecv``, ``sendonly`` (the peer is put on hold), ``recvonly`` or ``inactive``."""
    address: str | None = None
    port: int | None = None

    def applied_to(self, local: LocalMedia) -> LocalMedia:
        """Return ``local`` as it is after the change."""
        return replace(
            local,
            address=self.address or local.address,
            port=self.port or local.port,
            direction=self.direction or local.direction,
        )


class Negotiation:
    """Makes and reads the descriptions for audio received at ``address`` and ``port``, as ``policy`` allows.

    Every description keeps the session id; its version rises when it differs from the one before (RFC 3264 section 8).
    """

    def __init__(
        self, address: str, port: int, session_id: int | None = None, *, policy: MediaPolicy = DEFAULT_POLICY
    ) -> None:
        self._local = LocalMedia(address, port, policy=policy)
        self._session_id = secrets.randbits(62) if session_id is None else session_id
        self._version = 0
        self._last: SessionDescription | None = None
        self._agreed: SessionDescription | None = None
        self._offer: SessionDescription | None = None
        self._proposed: LocalMedia | None = None
        self._stream: StreamParameters | None = None

    @property
    def address(self) -> str:
        """Where audio is received."""
        return self._local.address

    @property
    def port(self) -> int:
        """The port that audio is received at."""
        return self._local.port

    @property
    def direction(self) -> str:
        """What this side wants, whatever the peer does: ``sendonly`` while it has the peer on hold."""
        return self._local.direction

    @property
    def has_offered(self) -> bool:
        """Whether an offer of ours waits for its answer, so that none of the peer's may be taken."""
        return self._offer is not None

    @property
    def is_agreed(self) -> bool:
        """Whether an offer has been answered."""
        return self._agreed is not None

    @property
    def description(self) -> bytes:
        """Our description that is in force; empty while there is none."""
        return b"" if self._agreed is None else self._agreed.serialise()

    def answer(self, offer: SessionDescription) -> tuple[bytes, StreamParameters]:
        """Return our answer to ``offer`` and the stream; raise ``NotAcceptableHere``."""
        answer, stream = answer_offer(offer, self._local, self._session_id, self._version, stream=self._stream)
        self._agreed, self._stream = self._versioned(answer), stream
        return self._agreed.serialise(), stream

    def offer(self, change: MediaChange | None = None) -> bytes:
        """Return an offer that proposes ``change``; its answer goes to ``accept``."""
        self._proposed = self._local if change is None else change.applied_to(self._local)
        self._offer = self._versioned(
            create_offer(self._proposed, self._session_id, self._version, agreed=self._agreed, stream=self._stream)
        )
        return self._offer.serialise()

    def accept(self, answer: bytes | None) -> StreamParameters:
        """Return the stream that the answer to our offer makes; raise ``NotAcceptableHere`` or ``SdpError``."""
        if self._offer is None or not answer:
            raise NotAcceptableHere("The answer to our offer is missing")
        stream = accept_answer(self._offer, parse_sdp(answer), self._local.policy)
        self._stream = stream
        self._agreed, self._local = self._offer, self._proposed or self._local
        self._offer = self._proposed = None
        return stream

    def withdraw(self) -> None:
        """Note that our offer was refused: all stays as it was before (RFC 3261 section 14.1)."""
        self._offer = self._proposed = None

    def fork(self) -> Negotiation:
        """Return a copy that goes its own way: each early dialog has its own answer to the one offer."""
        return copy.copy(self)

    def _versioned(self, description: SessionDescription) -> SessionDescription:
        """Return ``description``, which has the last version, with the version that it needs."""
        if self._last is None or description != self._last:
            self._version += 1
            description = replace(description, origin=replace(description.origin, session_version=self._version))
            self._last = description
        return description
