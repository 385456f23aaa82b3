"""Where and in which directions the writer of a description wants sound (RFC 3264, RFC 8866)."""

from __future__ import annotations

import ipaddress
from typing import TypeAlias

from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import MediaDescription, SessionDescription

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

SENDING = ("sendrecv", "sendonly")
"""Directions of who sends."""
RECEIVING = ("sendrecv", "recvonly")
"""Directions of who receives."""
_DIRECTION = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}


def ip_address_of(description: SessionDescription, media: MediaDescription) -> IpAddress:
    """Return the address that ``media`` is received at; raise ``NotAcceptableHere`` when sound cannot be sent to it."""
    text = description.address_of(media)
    if text is None:
        raise NotAcceptableHere("The session description has no c= line for its audio")
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise NotAcceptableHere("The c= line holds no IP address") from error
    if address.is_multicast:
        raise NotAcceptableHere("The c= line holds a multicast address")
    return address


def wanted_direction(description: SessionDescription, media: MediaDescription) -> str:
    """Return what the writer of ``description`` wants; address zero, with which nothing can be received, is a hold.

    That is how RFC 2543 put a call on hold (RFC 3264 section 8.4).
    """
    direction = description.direction_of(media)
    if not ip_address_of(description, media).is_unspecified:
        return direction
    return "sendonly" if direction in SENDING else "inactive"


def direction(*, sends: bool, receives: bool) -> str:
    """Return the attribute of who ``sends`` and ``receives``."""
    return _DIRECTION[sends, receives]
