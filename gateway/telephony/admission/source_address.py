"""Sources of messages as limits and shut-outs tell them apart."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=4_096)
def parse_source(host: str) -> Address:
    """Return the address in ``host`` without its zone; an IPv4 one of a dual-stack socket as IPv4.

    Raises ValueError when ``host`` is no address.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4_096)
def source_key(host: str) -> str:
    """Return what is the same for all addresses that one sender can choose from: an IPv6 host owns its whole /64."""
    address = parse_source(host)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64)) + "/64"
