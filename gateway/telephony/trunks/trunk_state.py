"""How a trunk is, as operators see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.trunks.trunk_monitor import Reachability


@dataclass(frozen=True, slots=True)
class TrunkState:
    """One trunk's state."""

    id: str
    up: bool
    """Whether nothing is known that keeps calls from coming or going: it is registered where it has to be, its
    servers are found, and one of them responds where they are asked."""
    registration: RegistrationState | None
    """None where the trunk does not register."""
    reachability: Reachability
    server: str | None
    """The server in use, as host:port and transport; None while none is known."""
    error: str | None
    """One sentence about what is wrong, or was wrong with the last attempt; None when nothing is."""
    since: datetime
    """When ``up`` last changed, in UTC."""
    calls: int
    max_calls: int | None
    warning: str | None = None
    """One sentence about what works, but should not be so; None when there is nothing."""
