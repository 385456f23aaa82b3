"""Where RTCP goes: ``a=rtcp-mux`` (RFC 5761, RFC 8035) and ``a=rtcp`` (RFC 3605)."""

from __future__ import annotations

import ipaddress
import re

from gateway.telephony.messages.sdp import MediaDescription
from gateway.telephony.sessions.media_address import IpAddress

RTCP_MUX = "rtcp-mux"
_LIKE_RTCP = range(64, 96)
"""Payload types whose packets would look like RTCP (RFC 5761 section 4)."""
_RTCP = re.compile(r" *([0-9]{1,5})(?: +IN +IP[46] +([^ ]+))? *")


def has_rtcp_mux(media: MediaDescription) -> bool:
    """Return whether ``media`` offers, or takes, RTCP on the ports of RTP, and the two can be told apart there.

    ``a=rtcp-mux-only`` never stands without it (RFC 8858 section 3).
    """
    clear = all(int(payload_type) not in _LIKE_RTCP for payload_type in media.formats if payload_type.isdecimal())
    return clear and any(name == RTCP_MUX for name, _ in media.attributes)


def remote_rtcp(media: MediaDescription, rtp_address: IpAddress) -> tuple[str, int] | None:
    """Return where ``media`` wants RTCP; None where that is the port above RTP's, or what is said cannot be used."""
    match = _RTCP.fullmatch(media.attribute("rtcp") or "")
    if match is None or not 0 < (port := int(match[1])) <= 65535:
        return None
    address = rtp_address
    if match[2] is not None:
        try:
            address = ipaddress.ip_address(match[2].partition("/")[0])
        except ValueError:
            return None
    if address.version != rtp_address.version or address.is_multicast or address.is_unspecified:
        return None
    return None if (address, port) == (rtp_address, media.port + 1) else (str(address), port)
