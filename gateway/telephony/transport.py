"""Where messages go to and come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gateway.telephony.headers import NameAddress
from gateway.telephony.uri import SipUri, TelUri, Uri


class Hop(NamedTuple):
    """A peer's transport address. ``transport`` is as in Via: UDP, TCP, TLS."""

    host: str
    port: int
    transport: str = "UDP"

    @property
    def reliable(self) -> bool:
        """Whether the transport itself retransmits, so that transactions need not (RFC 3261 section 17)."""
        return self.transport != "UDP"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be sent. ``transaction`` names the client transaction that must hear of a failure, or is None."""

    data: bytes
    hop: Hop
    transaction: str | None = None


def next_hop(uri: Uri, route_set: tuple[NameAddress, ...] = ()) -> Hop:
    """Return where a request goes: the first route, else the Request-URI (RFC 3261 section 8.1.2).

    Raises ValueError when the URI names no host.
    """
    target = route_set[0].uri if route_set else uri
    if not isinstance(target, SipUri):
        kind = "tel URI" if isinstance(target, TelUri) else f"{target.scheme} URI"
        raise ValueError(f"a {kind} without a route names no host")  # noqa: TRY004 - the URI, not our code, is wrong
    transport = target.transport or ("TLS" if target.secure else "UDP")
    return Hop(target.host, target.port or (5061 if transport == "TLS" else 5060), transport)
