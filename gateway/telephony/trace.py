"""What a tracer of SIP messages is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.telephony.transport import Hop


@dataclass(frozen=True, slots=True)
class TracedMessage:
    """One message as it was on the wire. ``at`` is in seconds since the epoch; ``sent`` tells its direction."""

    at: float
    sent: bool
    local: tuple[str, int]
    remote: Hop
    data: bytes


Tracer: TypeAlias = Callable[[TracedMessage], None]
"""Called in the path of every message, so it must be quick and must not raise."""
