"""A trunk policy with a guard around it: scanners get no answer, and who misses too often is shut out."""

from __future__ import annotations

from gateway.telephony.admission.admission_counters import AdmissionCounters
from gateway.telephony.admission.request_check import Refusal
from gateway.telephony.admission.request_policy import Admitted, Dropped, RequestPolicy, Verdict
from gateway.telephony.admission.scanner import is_scanner
from gateway.telephony.admission.source_guard import MISS_WEIGHT, SourceGuard
from gateway.telephony.messages.message import Request
from gateway.telephony.network.transport import Hop

CHALLENGE_WEIGHT = 1.0
"""What a request without credentials weighs: every call of a digest trunk begins with one, as does every guess."""


class GuardedPolicy:
    """Asks ``inner`` and notes each request that it does not admit as a miss of its source."""

    def __init__(self, inner: RequestPolicy, guard: SourceGuard, counters: AdmissionCounters) -> None:
        self._inner = inner
        self._guard = guard
        self._counters = counters

    def judge(self, request: Request, source: Hop, now: float) -> Verdict:
        """Return what becomes of ``request``."""
        if is_scanner(request):
            self._counters.dropped_scanner += 1
            self._guard.shut_out(source.host, now)
            return Dropped()
        verdict = self._inner.judge(request, source, now)
        if isinstance(verdict, Admitted):
            if request.method != "OPTIONS":  # which some trunks are answered without having shown anything
                self._guard.forgive(source.host)
        elif isinstance(verdict, Dropped):
            self._counters.dropped_by_policy += 1
            self._guard.miss(source.host, now)
        else:
            self._counters.refused_by_policy += 1
            self._guard.miss(source.host, now, _weight(request, verdict))
        return verdict

    def trusts(self, host: str) -> bool:
        """Return whether ``host`` is known by its address (``RequestPolicy.trusts``)."""
        return self._inner.trusts(host)

    def owes_answer(self, source: Hop, now: float) -> bool:
        """Note something that cannot be served at all (it cannot be read, its dialog is unknown) as a miss.

        Returns whether it is answered nevertheless: only a source that is known by its address is.
        """
        if self._inner.trusts(source.host):
            return True
        self._guard.miss(source.host, now)
        return False


def _weight(request: Request, refusal: Refusal) -> float:
    if refusal.status not in (401, 407):
        return MISS_WEIGHT
    tried = "Authorization" in request.headers or "Proxy-Authorization" in request.headers
    # A right password with a nonce that has grown old is no guess (RFC 7616 section 3.3).
    stale = any("stale=true" in value.lower() for _, value in refusal.headers)
    return MISS_WEIGHT if tried and not stale else CHALLENGE_WEIGHT
