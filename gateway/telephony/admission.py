"""Whom the user agent listens to: an allow-list of networks and a limit on messages per source."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_T = TypeVar("_T")

MESSAGES_PER_SECOND = 1_000.0
"""How many messages a source may send over time: a trunk's share, far above what its calls need."""
BURST = 2_000.0
"""How many messages a source may send at once."""
MOST_SOURCES = 4_096
"""How many sources are remembered; the one longest silent is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Admission:
    """Decides about a datagram by its source alone, before anything of it is read."""

    def __init__(
        self, allowed: Iterable[Network], *, messages_per_second: float = MESSAGES_PER_SECOND, burst: float = BURST
    ) -> None:
        self._allowed = tuple(allowed)
        self._rate = messages_per_second
        self._burst = burst
        self._verdicts: OrderedDict[str, bool] = OrderedDict()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self.dropped_foreign = 0
        self.dropped_limited = 0

    def admits(self, host: str, now: float) -> bool:
        """Return whether a message from address ``host`` is to be read at ``now`` (seconds, monotonic)."""
        if not self._is_allowed(host):
            self.dropped_foreign += 1
            return False
        if not self._within_rate(host, now):
            self.dropped_limited += 1
            return False
        return True

    def _is_allowed(self, host: str) -> bool:
        verdict = self._verdicts.get(host)
        if verdict is None:
            address = ipaddress.ip_address(host.partition("%")[0])
            if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
                address = address.ipv4_mapped
            verdict = any(address in network for network in self._allowed)
            _remember(self._verdicts, host, verdict)
        return verdict

    def _within_rate(self, host: str, now: float) -> bool:
        bucket = self._buckets.get(host)
        if bucket is None:
            bucket = _Bucket(self._burst, now)
            _remember(self._buckets, host, bucket)
        else:
            self._buckets.move_to_end(host)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled) * self._rate)
        bucket.filled = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True


def _remember(table: OrderedDict[str, _T], host: str, value: _T) -> None:
    table[host] = value
    if len(table) > MOST_SOURCES:
        table.popitem(last=False)
