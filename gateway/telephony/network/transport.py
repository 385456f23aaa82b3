"""Where messages go to and come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gateway.telephony.messages.headers import NameAddress, Via
from gateway.telephony.messages.uri import SipUri, TelUri, Uri
from gateway.telephony.network.network_address import is_ip_address

TRANSPORTS = ("UDP", "TCP", "TLS")
"""The transports that are spoken, as they stand in Via."""
DEFAULT_PORTS = {"UDP": 5060, "TCP": 5060, "TLS": 5061}


class Hop(NamedTuple):
    """A peer's transport address. ``transport`` is as in Via: UDP, TCP, TLS."""

    host: str
    port: int
    """0 where ``host`` is a name without a port: SRV records tell the port (RFC 3263)."""
    transport: str = "UDP"
    listener: int | None = None
    """Index of the listener that the peer is spoken to from; None takes the first one that can reach it."""
    server_name: str | None = None
    """The domain that the peer's TLS certificate must be for (RFC 5922); None takes ``host``."""

    @property
    def reliable(self) -> bool:
        """Whether the transport itself retransmits, so that transactions need not (RFC 3261 section 17)."""
        return self.transport != "UDP"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be sent. ``transaction`` names the client transaction that must hear of a failure, or is None.

    ``fallback`` is where a response goes once the connection of its request is lost (RFC 3261 section 18.2.2).
    """

    data: bytes
    hop: Hop
    transaction: str | None = None
    fallback: Hop | None = None


def next_hop(uri: Uri, route_set: tuple[NameAddress, ...] = ()) -> Hop:
    """Return where a request goes: the first route, else the Request-URI (RFC 3261 section 8.1.2).

    Raises ValueError when the URI names no host, or a transport that is not spoken.
    """
    target = route_set[0].uri if route_set else uri
    if not isinstance(target, SipUri):
        kind = "tel URI" if isinstance(target, TelUri) else f"{target.scheme} URI"
        raise ValueError(f"a {kind} without a route names no host")  # noqa: TRY004 - the URI, not our code, is wrong
    transport = uri_transport(target) or ("TLS" if target.secure else "UDP")
    default_port = DEFAULT_PORTS[transport] if is_ip_address(target.host) else 0
    return Hop(target.host, target.port or default_port, transport)


def uri_transport(uri: SipUri) -> str | None:
    """Return the transport that ``uri`` itself asks for, or None; ``transport=tcp`` of a SIPS URI means TLS.

    Raises ValueError when it is not spoken, or is UDP in a SIPS URI (RFC 3261 section 26.2.2).
    """
    transport = uri.transport
    if transport is None:
        return None
    if transport not in TRANSPORTS:
        raise ValueError("its transport is none of UDP, TCP and TLS")
    if uri.secure and transport == "UDP":
        raise ValueError("a SIPS URI cannot be reached over UDP")
    return "TLS" if uri.secure else transport


def response_hops(via: Via, source: Hop) -> tuple[Hop, Hop | None]:
    """Return where the response to a request from ``source`` goes, and where if that fails (section 18.2.2).

    ``via`` is the topmost Via, with ``received`` and ``rport`` filled in. Over TCP and TLS the response takes the
    request's connection, else a new one to the address that the request came from and the port in Via, where a TLS
    server must show the name in Via.
    """
    host, port = via.response_address()
    if not source.reliable:
        return source._replace(host=host, port=port), None
    named = source.transport == "TLS" and not is_ip_address(via.host)
    port = via.port or DEFAULT_PORTS.get(source.transport, 5060)
    return source, source._replace(port=port, server_name=via.host if named else source.server_name)
