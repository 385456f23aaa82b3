"""Peers and ourselves behind network address translation (RFC 3581, RFC 3261 section 18.2)."""

from __future__ import annotations

from gateway.telephony.messages.headers import Via
from gateway.telephony.messages.message import Response
from gateway.telephony.network.network_address import ip_version, is_ip_address, is_private
from gateway.telephony.network.transport import Hop


def observed_address(response: Response) -> tuple[str, int] | None:
    """Return the address and port that the peer saw our request come from, as its response says; None if it does not.

    Raises ``MalformedMessage`` when the Via of ``response`` cannot be read.
    """
    return seen_address(response.top_via)


def seen_address(via: Via) -> tuple[str, int] | None:
    """Return the address and port that a request of ours came from, as ``via`` of its response tells, or None."""
    host, port = via.parameters.get("received") or via.host, via.parameters.get("rport") or ""
    if not is_ip_address(host) or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) <= 65_535:
        return None
    return host, int(port)


def in_dialog_hop(hop: Hop, origin: Hop) -> Hop:
    """Return where a request of a dialog goes whose next hop is ``hop`` by its route set or remote target.

    ``origin`` is where the dialog's first message really came from or went to. The peer is spoken to there

    - when ``hop`` is of another transport, which this peer was never reached by;
    - when ``hop`` is an address of a private network and ``origin`` is not: the peer is behind NAT, its private address
      leads nowhere from here, and its NAT lets in only what comes back the same way. Where both are private, ``hop``
      is taken at its word: a proxy and a telephone in one house look like that.

    Any other ``hop`` is spoken to from the same listener, and where it is the same host, under the same name.
    """
    if hop.transport != origin.transport:
        return origin
    if is_private(hop.host) and is_ip_address(origin.host) and not is_private(origin.host):
        return origin
    same_family = ip_version(hop.host) in (None, ip_version(origin.host))
    return hop._replace(
        listener=origin.listener if same_family else None,
        server_name=origin.server_name if hop.host == origin.host else None,
    )


def moved_origin(origin: Hop, source: Hop) -> Hop:
    """Return where the peer of a dialog is once a request of it has come from ``source``.

    A server whose certificate was verified stays where it is: who connects to us has not shown to be that server.
    """
    return origin if origin.server_name is not None or source.transport != origin.transport else source
