"""Shuts out sources that keep sending what nobody can serve: scanners, password guessers, broken senders."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gateway.telephony.admission.admission_counters import AdmissionCounters
from gateway.telephony.admission.source_address import source_key
from gateway.telephony.admission.token_bucket import MOST_SOURCES

MISSES = 100.0
"""How much a source may miss before it is shut out."""
MISS_WEIGHT = 5.0
"""What something weighs that cannot be served: twenty at once shut a source out."""
FORGIVEN_PER_S = 1 / 6
"""How much of it is forgiven a second."""
FIRST_SHUT_OUT_S = 60.0
"""How long a source is shut out the first time; each further time is twice as long."""
LONGEST_SHUT_OUT_S = 86_400.0
"""How long a source is shut out at most."""


@dataclass(slots=True)
class _Record:
    misses: float = 0.0
    noted: float = 0.0
    shut_outs: int = 0
    until: float = float("-inf")


class SourceGuard:
    """Counts misses by source, and says who is not to be heard for a while.

    ``trusts(host)`` names the addresses that are never shut out, such as those of a trunk's own servers: anybody can
    put such an address on a datagram. Times are seconds of a monotonic clock.
    """

    def __init__(
        self,
        trusts: Callable[[str], bool] | None = None,
        counters: AdmissionCounters | None = None,
        *,
        misses: float = MISSES,
        most_sources: int = MOST_SOURCES,
    ) -> None:
        self.counters = counters or AdmissionCounters()
        self._trusts = trusts or (lambda host: False)
        self._allowed_misses = misses
        self._most = most_sources
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def __len__(self) -> int:
        return len(self._records)

    def shuts_out(self, host: str, now: float) -> bool:
        """Return whether ``host`` is not to be heard at ``now``."""
        if not self._records:
            return False
        record = self._records.get(source_key(host))
        return record is not None and now < record.until and not self._trusts(host)

    def miss(self, host: str, now: float, weight: float = MISS_WEIGHT) -> None:
        """Note that ``host`` sent something that could not be served."""
        if self._trusts(host):
            return
        record = self._record(source_key(host))
        record.misses = max(0.0, record.misses - (now - record.noted) * FORGIVEN_PER_S) + weight
        record.noted = now
        if record.misses >= self._allowed_misses:
            self._shut_out(record, now)

    def shut_out(self, host: str, now: float) -> None:
        """Shut ``host`` out at once."""
        if not self._trusts(host):
            self._shut_out(self._record(source_key(host)), now)

    def forgive(self, host: str) -> None:
        """Note that ``host`` has shown that it may call: its misses count no more."""
        if self._records:
            self._records.pop(source_key(host), None)

    def _shut_out(self, record: _Record, now: float) -> None:
        # The doublings stop long before the power overflows.
        length = min(LONGEST_SHUT_OUT_S, FIRST_SHUT_OUT_S * 2.0 ** min(record.shut_outs, 30))
        record.until = now + length
        record.shut_outs += 1
        record.misses = 0.0
        self.counters.shut_outs += 1

    def _record(self, key: str) -> _Record:
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
            if len(self._records) > self._most:
                self._records.popitem(last=False)
        else:
            self._records.move_to_end(key)
        return record
