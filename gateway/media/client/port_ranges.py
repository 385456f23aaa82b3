"""Parts the range of RTP ports among workers."""

from __future__ import annotations

import itertools

from gateway.media.errors import MediaError


def part_ports(port_min: int, port_max: int, parts: int) -> list[tuple[int, int]]:
    """Return ``parts`` ranges (lowest and highest port) of whole pairs, even and odd, that do not overlap.

    Raises:
        MediaError: there are fewer pairs than parts, or the numbers are no ports.

    """
    first = port_min + port_min % 2
    pairs = (port_max + 1 - first) // 2
    if not 0 < port_min <= port_max <= 65535 or pairs < parts:
        wanted = "no pair of RTP ports fits" if parts == 1 else f"no {parts} pairs of RTP ports fit"
        raise MediaError(f"{wanted} between {port_min} and {port_max}")
    bounds = [first + 2 * (pairs * part // parts) for part in range(parts + 1)]
    return [(low, high - 1) for low, high in itertools.pairwise(bounds)]
