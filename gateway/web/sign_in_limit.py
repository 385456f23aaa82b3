"""How often somebody may try a password."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_S = 300.0
MOST_FAILURES_OF_NAME = 5
MOST_FAILURES_OF_ADDRESS = 20
MOST_KEPT = 10_000
"""Names and addresses; the oldest are forgotten first, so that strangers cannot fill the memory."""


class SignInLimit:
    """Counts failures by name and by address over five minutes; ``clock`` tells seconds that only grow.

    A name is refused from an address only, so that nobody locks a colleague out from elsewhere; an address is refused
    whatever names it tries.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def wait_s(self, name: str, address: str) -> float:
        """Return the seconds for which no password is looked at; 0 where one is."""
        return max(
            self._wait_of((address,), MOST_FAILURES_OF_ADDRESS), self._wait_of((address, name), MOST_FAILURES_OF_NAME)
        )

    def failed(self, name: str, address: str) -> None:
        """Count a wrong password; see ``succeeded`` for one that was counted and turned out to be right."""
        for key in ((address,), (address, name)):
            self._failures.setdefault(key, deque(maxlen=MOST_FAILURES_OF_ADDRESS + 1)).append(self._clock())
            self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget what a name failed at from this address, and the attempt that was counted and was none too many."""
        self._failures.pop((address, name), None)
        if of_address := self._failures.get((address,)):
            of_address.pop()

    def _wait_of(self, key: tuple[str, ...], most: int) -> float:
        failures = self._failures.get(key)
        if failures is None or len(failures) < most:
            return 0.0
        return max(0.0, failures[-most] + WINDOW_S - self._clock())
