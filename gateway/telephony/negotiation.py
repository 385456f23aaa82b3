"""One call's session descriptions over its life: the first offer and answer, and those of re-INVITEs (RFC 3264)."""

from __future__ import annotations

import secrets

from gateway.media.parameters import StreamParameters
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.offer_answer import accept_answer, answer_offer, create_offer
from gateway.telephony.sdp import SessionDescription, parse_sdp


class Negotiation:
    """Makes and reads the descriptions for audio received at ``address`` and ``port``.

    Every description of ours keeps the session id and raises the version (RFC 3264 section 8).
    """

    def __init__(self, address: str, port: int, session_id: int | None = None) -> None:
        self.address = address
        self.port = port
        self._session_id = secrets.randbits(62) if session_id is None else session_id
        self._version = 0
        self._offer: SessionDescription | None = None

    def answer(self, offer: SessionDescription) -> tuple[bytes, StreamParameters]:
        """Return our answer to ``offer`` and the stream; raise ``NotAcceptableHere``."""
        answer, stream = answer_offer(offer, self.address, self.port, self._session_id, self._version + 1)
        self._version += 1
        return answer.serialise(), stream

    def offer(self) -> bytes:
        """Return an offer; its answer goes to ``accept``."""
        self._version += 1
        self._offer = create_offer(self.address, self.port, self._session_id, self._version)
        return self._offer.serialise()

    def accept(self, answer: bytes | None) -> StreamParameters:
        """Return the stream that the answer to our offer makes; raise ``NotAcceptableHere`` or ``SdpError``."""
        if self._offer is None or not answer:
            raise NotAcceptableHere("The answer to our offer is missing")
        stream = accept_answer(self._offer, parse_sdp(answer))
        self._offer = None
        return stream
