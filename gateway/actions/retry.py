"""When an action is tried again: exponential backoff with jitter, as a pure function of what has happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Waits in seconds: ``first_s``, doubled each time up to ``longest_s``; given up ``give_up_s`` after the first try.

    A jitter between 0 and 1 takes up to half of a wait away, so that many gateways, or many actions after a long fault,
    do not all come back at the same moment.
    """

    first_s: float = 2.0
    longest_s: float = 3600.0
    give_up_s: float = 3 * 24 * 3600.0

    def wait_s(self, attempts: int, jitter: float) -> float:
        """Return the seconds to wait after the ``attempts``-th attempt (from 1) has failed."""
        doublings = min(max(attempts - 1, 0), 64)  # past that the cap holds anyway and the power would overflow
        return min(self.first_s * 2.0**doublings, self.longest_s) * (1.0 - jitter / 2.0)

    def next_attempt(
        self,
        *,
        first_attempt_at: datetime,
        now: datetime,
        attempts: int,
        jitter: float,
        retry_after_s: float | None = None,
    ) -> datetime | None:
        """Return when to try again, or None to give up.

        ``retry_after_s`` is what the endpoint asked for; it may lengthen the wait, never shorten it. A wait that
        would end past the last moment ends there, so that the whole time is used before giving up.
        """
        last = first_attempt_at + timedelta(seconds=self.give_up_s)
        if now >= last:
            return None
        wait = max(self.wait_s(attempts, jitter), retry_after_s or 0.0)
        return min(now + timedelta(seconds=min(wait, self.give_up_s)), last)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header (RFC 9110, 10.2.3) asks for; None without a usable one."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])  # 30,000 years are long enough, and a float cannot hold every number of digits
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
