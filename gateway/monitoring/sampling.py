"""Figures that take time to get, read beside the metrics and kept, so that reading the metrics waits for nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

_log = structlog.get_logger(__name__)

T = TypeVar("T")

EVERY_S = 15.0


class Sampler(Generic[T]):
    """Awaits ``read`` every ``every_s`` seconds and keeps what it returned last.

    One that hangs is waited for and not asked again meanwhile, so that nothing piles up behind it; ``age_s`` tells
    that its figures are old. ``faults`` are the errors that ``read`` may raise: the figures stay as they are then.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], Awaitable[T]],
        faults: tuple[type[Exception], ...],
        *,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.last: T | None = None
        """The figures as they were read last; None before the first time."""
        self._read = read
        self._faults = faults
        self._every_s = every_s
        self._clock = clock
        self._begun = clock()
        self._read_at = self._begun
        self._failing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def age_s(self) -> float:
        """For how many seconds the figures have not been read, since the making of this where they never were."""
        return self._clock() - self._read_at

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._work(), name=f"sample-{self.name}")

    async def stop(self) -> None:
        """Stop reading; harmless before ``start``."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def sample(self) -> None:
        """Read once."""
        began = self._clock()
        try:
            self.last = await self._read()
        except self._faults as error:
            if not self._failing:
                _log.warning("figures_not_read", of=self.name, cause=str(error))
            self._failing = True
        else:
            self._read_at = began
            self._failing = False

    async def _work(self) -> None:
        while True:
            try:
                await self.sample()
            except Exception:  # noqa: BLE001 - told with its traceback; the age of the figures tells it as well
                _log.exception("figures_not_read", of=self.name)
            await asyncio.sleep(self._every_s)
