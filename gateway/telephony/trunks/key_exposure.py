"""Whether a trunk's SRTP keys can be read on the way: they stand in session descriptions (RFC 4568 section 9.1)."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.telephony.network.listener import Listener
from gateway.telephony.network.transport import next_hop
from gateway.telephony.sessions.media_policy import SrtpMode
from gateway.telephony.trunks.trunk import Trunk


def key_exposure(trunk: Trunk, listeners: Sequence[Listener]) -> str | None:
    """Return a sentence about where the keys of ``trunk``'s calls travel unencrypted; None where they do not.

    A trunk is judged by its servers, and one without servers by the ``listeners`` that its calls may come by.
    """
    if trunk.profile.srtp is SrtpMode.OFF:
        return None
    for server in trunk.servers:
        if next_hop(server).transport != "TLS":
            return f"SRTP is on, but the signalling with {server} is not encrypted: whoever can read it has the keys"
    if not trunk.servers and any(listener.transport != "TLS" for listener in listeners):
        return "SRTP is on, but its calls may come by a listener without TLS: whoever can read that has the keys"
    return None
