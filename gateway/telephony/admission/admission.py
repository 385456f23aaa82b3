"""Whom the user agent listens to, decided by the source alone, before anything of a message is read."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeAlias

from gateway.telephony.admission.admission_counters import AdmissionCounters
from gateway.telephony.admission.source_address import parse_source, source_key
from gateway.telephony.admission.source_guard import SourceGuard
from gateway.telephony.admission.token_bucket import MOST_SOURCES, BucketPerSource

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MESSAGES_PER_SECOND = 2_000.0
"""How many messages a source may send over time: a trunk's share, far above what its calls need."""
BURST = 4_000.0
"""How many messages a source may send at once."""


class Admission:
    """Allowed networks, shut-outs and a limit on messages per source, in this order.

    ``knows(host)`` allows further addresses, which may change: those of trunks whose servers are looked up by name.
    ``calls(host)`` tells whether we call that address: it is heard meanwhile, whatever it sent, or its BYE would be
    lost. Times are seconds of a monotonic clock.
    """

    def __init__(
        self,
        allowed: Iterable[Network],
        *,
        knows: Callable[[str], bool] | None = None,
        calls: Callable[[str], bool] | None = None,
        guard: SourceGuard | None = None,
        counters: AdmissionCounters | None = None,
        messages_per_second: float = MESSAGES_PER_SECOND,
        burst: float = BURST,
    ) -> None:
        self.counters = counters or AdmissionCounters()
        self._allowed = tuple(allowed)
        self._knows = knows
        self._calls = calls
        self._guard = guard
        self._messages = BucketPerSource(messages_per_second, burst)
        self._is_allowed = lru_cache(maxsize=MOST_SOURCES)(self._judge_network)

    def hears(self, host: str, now: float) -> bool:
        """Return whether address ``host`` is listened to at all: asked when it opens a connection."""
        if self._calls is not None and self._calls(host):
            return True
        if not self._is_allowed(host) and not (self._knows is not None and self._knows(host)):
            self.counters.dropped_foreign += 1
            return False
        if self._guard is not None and self._guard.shuts_out(host, now):
            self.counters.dropped_shut_out += 1
            return False
        return True

    def admits(self, host: str, now: float) -> bool:
        """Return whether a message from address ``host`` is to be read at ``now``."""
        if not self.hears(host, now):
            return False
        if self._messages.take(source_key(host), now):
            self.counters.dropped_message_rate += 1
            return False
        return True

    def _judge_network(self, host: str) -> bool:
        address = parse_source(host)
        return any(address in network for network in self._allowed)
