"""Whether a new call fits in now: going down, overload, calls a second, lines (RFC 3261 sections 21.4.18 and 21.5.4).

It is asked before anything is allocated for the call, and its refusals are sent without a transaction.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.telephony.admission.admission_counters import AdmissionCounters
from gateway.telephony.admission.overload import OverloadController
from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.source_address import source_key
from gateway.telephony.admission.token_bucket import BucketPerSource, TokenBucket

DRAIN_RETRY_AFTER_S = 10
"""What a caller is told while the gateway is going down: time for a restart."""
OVERLOAD_RETRY_AFTER_S = 5
"""What a caller is told whose call was shed."""
FULL_RETRY_AFTER_S = 30
"""What a caller is told who finds all lines taken, where that is refused with 503."""
BURST_S = 2.0
"""How many seconds' worth of new calls may come at once."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What bounds new calls beside the number of the gateway's lines. None stands for no limit."""

    max_calls_by_trunk: Mapping[str, int] = field(default_factory=dict)
    """Calls at a time by a trunk's id; a trunk that is not named has only the gateway's limit."""
    calls_per_second: float | None = None
    """New calls a second, of all sources together."""
    calls_per_second_per_source: float | None = None
    """New calls a second of one source address."""
    busy_status: int = 486
    """How a call is refused that finds all lines taken: 486, the practice is busy, or 503 with Retry-After, so that
    the trunk tries another gateway."""

    def __post_init__(self) -> None:
        if self.busy_status not in (486, 503):
            raise ValueError("a call that finds all lines taken is refused with 486 or 503")


class CallGate:
    """Holds the limits and counts the calls by trunk. Times are seconds of a monotonic clock."""

    def __init__(
        self,
        max_calls: int,
        limits: CallLimits | None = None,
        *,
        overload: OverloadController | None = None,
        counters: AdmissionCounters | None = None,
    ) -> None:
        self.max_calls = max_calls
        """Calls at a time, incoming and outgoing together."""
        self.limits = limits or CallLimits()
        self.draining = False
        """Whether new calls and OPTIONS are refused with 503."""
        self.overload = overload or OverloadController()
        self.counters = counters or AdmissionCounters()
        self._calls: Counter[str | None] = Counter()
        self._all: TokenBucket | None = None
        rate = self.limits.calls_per_second_per_source
        self._by_source = None if rate is None else BucketPerSource(rate, max(1.0, rate * BURST_S))

    @property
    def calls(self) -> int:
        """How many calls are under way."""
        return self._calls.total()

    def calls_of(self, trunk: str | None) -> int:
        """Return how many calls of ``trunk`` are under way."""
        return self._calls[trunk]

    def began(self, trunk: str | None) -> None:
        """Count a call in."""
        self._calls[trunk] += 1

    def ended(self, trunk: str | None) -> None:
        """Count a call out."""
        self._calls[trunk] -= 1
        if self._calls[trunk] <= 0:
            del self._calls[trunk]

    def judge_call(self, trunk: str | None, host: str, now: float, *, takes_over: bool = False) -> Refusal | None:
        """Return why a new call of ``trunk`` from address ``host`` is refused, or None when it is let in.

        One that ``takes_over`` a running call (RFC 3891) needs no line, and is let in while the gateway drains.
        """
        if not takes_over and (refusal := self._judge_drain()):
            return refusal
        if not self.overload.lets_in():
            self.counters.refused_overload += 1
            return _unavailable(OVERLOAD_RETRY_AFTER_S)
        return self._judge_rate(host, now) or (None if takes_over else self._judge_lines(trunk))

    def judge_options(self, trunk: str | None) -> Refusal | None:
        """Return how OPTIONS is refused, or None: as a call would be (RFC 3261 section 11.2), rates left aside.

        A ping must not take a gateway out of service that is only busy for a moment.
        """
        return self._judge_drain() or self._judge_lines(trunk)

    def _judge_drain(self) -> Refusal | None:
        if not self.draining:
            return None
        self.counters.refused_draining += 1
        return _unavailable(DRAIN_RETRY_AFTER_S)

    def _judge_rate(self, host: str, now: float) -> Refusal | None:
        if self._by_source is not None and (wait := self._by_source.take(source_key(host), now)):
            self.counters.refused_source_call_rate += 1
            return _unavailable(wait)
        rate = self.limits.calls_per_second
        if rate is not None:
            if self._all is None:
                self._all = TokenBucket(rate, max(1.0, rate * BURST_S), now)
            if wait := self._all.take(now):
                self.counters.refused_call_rate += 1
                return _unavailable(wait)
        return None

    def _judge_lines(self, trunk: str | None) -> Refusal | None:
        if self.calls >= self.max_calls:
            self.counters.refused_full += 1
        elif trunk is not None and self.calls_of(trunk) >= self.limits.max_calls_by_trunk.get(trunk, math.inf):
            self.counters.refused_trunk_full += 1
        else:
            return None
        return Refusal(486) if self.limits.busy_status == 486 else _unavailable(FULL_RETRY_AFTER_S)


def _unavailable(retry_after_s: float) -> Refusal:
    return Refusal(503, headers=(("Retry-After", str(max(1, math.ceil(retry_after_s)))),))
