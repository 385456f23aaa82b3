"""Sentences to be said, all known or as they come from a language model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from gateway.speech.streams import closed_after


class Sentences:
    """The sentences of ``source``, read ahead of the voice: text comes faster than it is spoken."""

    def __init__(self, source: Sequence[str] | AsyncIterator[str]) -> None:
        self._source = source if isinstance(source, AsyncIterator) else None
        self._known: list[str] = [] if isinstance(source, AsyncIterator) else list(source)
        self._more = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @property
    def known(self) -> tuple[str, ...]:
        """Those that have come so far."""
        return tuple(self._known)

    async def at(self, index: int) -> str | None:
        """Return the sentence at ``index`` once it is there; None when there are no more. Raise what the source does.

        May be cancelled and asked again.
        """
        if self._source is not None and self._reading is None:
            self._reading = asyncio.create_task(self._read(self._source), name="sentences")
            self._reading.add_done_callback(lambda _: self._more.set())
        while index >= len(self._known):
            if self._reading is None:
                return None
            if self._reading.done():
                self._reading.result()
                return None
            self._more.clear()
            await self._more.wait()
        return self._known[index]

    async def close(self) -> None:
        """Stop reading; the source is closed."""
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read(self, source: AsyncIterator[str]) -> None:
        async with closed_after(source):
            async for sentence in source:
                self._known.append(sentence)
                self._more.set()
