"""The seam at which a conversation hands its caller to a human: the line does it, the conversation knows no SIP."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from gateway.media.leg import LegStatistics


class TransferResult(StrEnum):
    """What came of putting a caller through."""

    COMPLETED = "completed"
    """The caller was connected; the call is over for the assistant."""
    BUSY = "busy"
    """The person speaks with somebody else."""
    NO_ANSWER = "no_answer"
    """Nobody answered in time."""
    REFUSED = "refused"
    """The person, or the trunk on the way there, refused the call."""
    FAILED = "failed"
    """The call could not be placed at all."""
    CALLER_LEFT = "caller_left"
    """The caller's call ended before anybody answered."""


class TransferMethod(StrEnum):
    """How a caller is put through."""

    REFER = "refer"
    """The trunk calls the person (RFC 3515); the gateway is out of it."""
    ATTENDED = "attended"
    """The gateway calls the person first, then the trunk connects both (RFC 3891)."""
    BRIDGE = "bridge"
    """The gateway calls the person and passes the sound on between both."""


class TransferAttempt:
    """One attempt to put the caller through to ``target_id``; whoever makes it fills it in as it goes.

    ``on_connect`` is awaited before the caller and the person hear each other. ``seconds`` run from the making of it.
    """

    def __init__(self, target_id: str, on_connect: Callable[[], Awaitable[None]]) -> None:
        self.target_id = target_id
        self.method: TransferMethod | None = None
        self.connected = False
        self.sound: LegStatistics | None = None
        """How the person's leg was, once it has ended; None where there was none."""
        self._on_connect = on_connect
        self._began = time.monotonic()
        self._connected_at: float | None = None

    async def connect(self) -> None:
        """Note that the person has answered; to be called before they and the caller hear each other."""
        if not self.connected:
            self.connected = True
            self._connected_at = time.monotonic()
            await self._on_connect()

    def story(self, result: TransferResult) -> dict[str, object]:
        """Return what the records get: how long it took until the person was there, or until it was given up."""
        until = self._connected_at or time.monotonic()
        return {
            "target": self.target_id,
            "method": None if self.method is None else str(self.method),
            "outcome": str(result),
            "seconds": round(until - self._began, 1),
        }


class Transferrer(Protocol):
    """Puts the caller of one call through."""

    async def transfer(self, attempt: TransferAttempt) -> TransferResult:
        """Put the caller through and return what came of it; never raise because it failed.

        The caller hears something all the while. ``COMPLETED`` comes when the caller and the person have finished, or
        when the trunk has taken both over. Cancelling it ends what it has begun.
        """
