"""How large a batch the memory of a device holds: halved when it ran out, grown back later."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_REST_S = 60.0
"""How long after memory ran out a larger batch is tried again; each time that fails it is twice as long."""
LONGEST_REST_S = 1800.0


class BatchLimit:
    """The most rows that go through a device together; ``largest`` while nothing has gone wrong.

    A plain object with a clock. Memory is shared with other processes (a language model, a voice), so that what did not
    fit once may fit later.
    """

    def __init__(self, largest: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.largest = largest
        self.failures = 0
        self._size = largest
        self._clock = clock
        self._rest_s = FIRST_REST_S
        self._grows_at = 0.0

    @property
    def size(self) -> int:
        """How many rows may go together now."""
        if self._size < self.largest and self._clock() >= self._grows_at:
            self._size = min(self.largest, 2 * self._size)
            self._grows_at = self._clock() + self._rest_s
        return self._size

    def ran_out(self, rows: int) -> bool:
        """Take note that memory ran out with so many rows; return whether fewer can be tried at all."""
        self.failures += 1
        self._size = max(1, min(self._size, rows // 2))
        self._grows_at = self._clock() + self._rest_s
        self._rest_s = min(LONGEST_REST_S, 2 * self._rest_s)
        return rows > 1

    def fitted(self, rows: int) -> None:
        """Take note that so many rows went through: with a whole batch, memory is as it was in the beginning."""
        if rows >= self.largest:
            self._rest_s = FIRST_REST_S


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that a device, or the machine, has no memory left.

    CTranslate2 raises RuntimeError with the text of CUDA or cuBLAS.
    """
    text = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and any(words in text for words in ("out of memory", "alloc_failed", "bad_alloc", "failed to allocate"))
    )
