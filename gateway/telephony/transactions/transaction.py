"""What all transactions share: their states and outputs (RFC 3261 section 17, RFC 6026)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from gateway.telephony.messages.message import Message


class State(Enum):
    """States of a transaction; each kind uses some of them."""

    CALLING = auto()
    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    ACCEPTED = auto()
    TERMINATED = auto()


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send these octets to the transaction's peer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Deliver:
    """Pass this message up to the transaction user."""

    message: Message


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The peer did not answer (timers B and F) or did not acknowledge (timer H)."""


Output: TypeAlias = Transmit | Deliver | TimedOut


def earliest(*times: float | None) -> float | None:
    """Return the earliest of those that are set."""
    return min((time for time in times if time is not None), default=None)
