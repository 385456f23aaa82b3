"""IP addresses: of which kind they are, and which one of ours a peer sees."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from functools import lru_cache

from gateway.telephony.errors import TelephonyError

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""What only its own network can reach: RFC 1918, 3927, 4193, 6598, loopback. Documentation's networks are public."""


@lru_cache(maxsize=1024)
def ip_version(host: str) -> int | None:
    """Return 4 or 6 when ``host`` is an address, None when it is a name."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def is_ip_address(host: str) -> bool:
    """Return whether ``host`` is an address rather than a name."""
    return ip_version(host) is not None


@lru_cache(maxsize=1024)
def is_private(host: str) -> bool:
    """Return whether ``host`` is an address that only its own network can reach (RFC 1918 and the like)."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE if network.version == address.version)


def is_unspecified(host: str) -> bool:
    """Return whether ``host`` is the address that stands for all of a machine's addresses."""
    return ipaddress.ip_address(host).is_unspecified


def route_address(peer: str) -> str:
    """Return the local address that the system would send to ``peer`` (an IP address) from."""
    family = address_family(peer)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError as error:
            raise TelephonyError(f"There is no route to {peer}: {error.strerror}") from error
        return str(probe.getsockname()[0])


def address_family(host: str) -> socket.AddressFamily:
    """Return the socket family of an IP address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


async def resolve(host: str, port: int, family: socket.AddressFamily, timeout_s: float) -> str:
    """Return an address that the system knows ``host`` by; raise OSError when there is none in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_DGRAM)
    except TimeoutError as error:
        raise OSError("the name server does not answer") from error
    return str(found[0][4][0])
