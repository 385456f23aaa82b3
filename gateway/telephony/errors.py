"""What can go wrong in signalling."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.telephony.messages.message import Request


class TelephonyError(Exception):
    """Base of every error of this package; the message is one sentence."""


class MalformedMessage(TelephonyError):
    """A datagram is not a SIP message.

    ``status`` and ``reason`` say how a request is to be refused; ``request`` holds as much of it as could be read, or
    is None when no answer can be sent.
    """

    def __init__(self, reason: str, *, status: int = 400, request: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.request = request


class SdpError(TelephonyError):
    """A body is not a session description (RFC 8866)."""


class NotAcceptableHere(TelephonyError):
    """An offer holds no stream that this side can take (488), or an answer does not fit its offer."""


class CallRejected(TelephonyError):
    """The other side refused the call with ``status`` and ``reason`` (3xx to 6xx)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"The call was refused: {status} {reason}")
        self.status = status
        self.reason = reason


class CallFailed(TelephonyError):
    """The call could not be set up: no answer, no route, or an answer that cannot be used."""


class ServerFailed(CallFailed):
    """The server that the call was sent to does not respond, or cannot be reached: another one may."""


class RequestRefused(TelephonyError):
    """The other side refused a request within a call (hold, a moved stream, keys); the call goes on as before."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"The other side refused: {status} {reason}")
        self.status = status
        self.reason = reason


class CallEnded(TelephonyError):
    """The call was over before it could be answered; ``reason`` is an ``EndReason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The call is over: {reason}")
        self.reason = reason
