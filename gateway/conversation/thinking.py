"""Answers that take time: a model is asked, a calendar is looked up. One at a time, and given up for a better one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Continuation: TypeAlias = Callable[[], Awaitable[None]]
"""What is to be done with a result, in the conversation's own loop."""
Work: TypeAlias = Callable[[], Awaitable[Continuation]]
"""Something slow that ends with what is to be done then."""


@dataclass(frozen=True, slots=True)
class Thought:
    """The work numbered ``number`` of ``thinking`` is done; ``go_on`` uses its result."""

    thinking: Thinking
    number: int
    go_on: Continuation

    def is_awaited(self) -> bool:
        """Take note that it came; return whether it is still awaited."""
        return self.thinking.is_over(self.number)


class Thinking:
    """Runs one piece of work at a time and reports its result to ``report``; work that is given up reports nothing.

    Work that ``must_finish`` has an effect outside (an appointment is booked), so it isn't given up, and is waited for
    at the end. ``watch`` is handed every task, to learn of faults.
    """

    def __init__(
        self,
        report: Callable[[Thought], None],
        watch: Callable[[asyncio.Task[None]], asyncio.Task[None]],
    ) -> None:
        self._report = report
        self._watch = watch
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._must_finish = False

    @property
    def under_way(self) -> bool:
        """Whether a result is awaited."""
        return self._task is not None

    @property
    def must_finish(self) -> bool:
        """Whether what is under way can't be given up."""
        return self._task is not None and self._must_finish

    def begin(self, work: Work, *, must_finish: bool = False) -> None:
        """Begin ``work``; what was under way is given up.

        Raises:
            RuntimeError: what is under way must finish.

        """
        if self.must_finish:
            raise RuntimeError("what is under way must finish first")
        self.give_up()
        self._number += 1
        self._must_finish = must_finish
        self._task = self._watch(asyncio.create_task(self._run(self._number, work), name=f"thinking-{self._number}"))

    def give_up(self) -> None:
        """Forget what is under way, unless it must finish."""
        if self._task is not None and not self._must_finish:
            self._task.cancel()
            self._task = None

    def is_over(self, number: int) -> bool:
        """Take note that the work numbered ``number`` is done; return whether it is what was awaited."""
        if self._task is None or number != self._number:
            return False
        self._task = None
        return True

    async def end(self) -> None:
        """Give up what may be given up, and wait for what may not."""
        self.give_up()
        if self._task is not None:
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self, number: int, work: Work) -> None:
        self._report(Thought(self, number, await work()))
