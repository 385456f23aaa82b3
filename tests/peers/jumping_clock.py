"""An event loop whose clock can be put forward, so that what is due in a minute is due now."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any


class JumpingEventLoop(asyncio.SelectorEventLoop):
    """Real sockets, and a clock that runs as the real one does between jumps."""

    _ahead = 0.0

    def time(self) -> float:
        """Return the time in seconds."""
        return super().time() + self._ahead

    def jump(self, seconds: float) -> None:
        """Put the clock forward."""
        self._ahead += seconds


def with_jumping_clock(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an asynchronous test in such a loop."""

    @functools.wraps(test)
    def run(*arguments: Any, **fixtures: Any) -> None:
        with asyncio.Runner(loop_factory=JumpingEventLoop) as runner:
            runner.run(test(*arguments, **fixtures))

    return run


async def jump(seconds: float) -> None:
    """Put the running loop's clock forward and let what is due then happen."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingEventLoop)
    loop.jump(seconds)
    await asyncio.sleep(0)
