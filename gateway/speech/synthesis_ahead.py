"""Sentences that are synthesised before it is certain that they will be said.

At the first pause of the caller an answer is prepared for what has been understood until then. When the caller is done,
its sound is there; when the caller goes on, it is dropped, and nothing of it was heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeAlias

import structlog

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.interface import SpeechError, Synthesiser
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)

MOST_PREPARED = 3
"""Sentences that are kept; the oldest gives way. While the first of them is heard the others can be made as well."""
KEPT_S = 10.0
"""How long a sentence is kept that nobody asks for: a turn is decided sooner."""

_Key: TypeAlias = tuple[str, Language, str | None]


class SynthesisAhead:
    """A ``Synthesiser`` that can begin before it is asked. One for each call; ``drop`` at its end."""

    def __init__(self, inner: Synthesiser, *, most: int = MOST_PREPARED, kept_s: float = KEPT_S) -> None:
        self._inner = inner
        self._most = most
        self._kept_s = kept_s
        self._prepared: dict[_Key, _Prepared] = {}

    def prepare(self, text: str, language: Language, voice: str | None = None) -> None:
        """Begin to synthesise ``text`` for the ``synthesise`` that may follow; harmless where that has begun."""
        key = (text, language, voice)
        if key in self._prepared:
            return
        while len(self._prepared) >= self._most:
            self._forget(next(iter(self._prepared)))
        expiry = asyncio.get_running_loop().call_later(self._kept_s, self._forget, key)
        self._prepared[key] = _Prepared(self._inner.synthesise(text, language, voice), expiry)

    def drop(self) -> None:
        """Give up all that is prepared: the caller went on, or the call is over."""
        for key in list(self._prepared):
            self._forget(key)

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text``, what was prepared of it at once; raise ``SpeechError``.

        Where the preparation failed before its first sound, it is tried anew.
        """
        prepared = self._prepared.pop((text, language, voice), None)
        if prepared is not None:
            begun = False
            try:
                async with closed_after(prepared.chunks()) as sound:
                    async for chunk in sound:
                        begun = True
                        yield chunk
            except SpeechError as error:
                if begun:
                    raise
                _log.info("prepared_sentence_failed", error=type(error).__name__)
            else:
                return
            finally:
                prepared.cancel()
        async with closed_after(self._inner.synthesise(text, language, voice)) as sound:
            async for chunk in sound:
                yield chunk

    def _forget(self, key: _Key) -> None:
        if prepared := self._prepared.pop(key, None):
            prepared.cancel()


class _Prepared:
    """One sentence that is being synthesised into memory."""

    def __init__(self, sound: AsyncIterator[Pcm], expiry: asyncio.TimerHandle) -> None:
        self._sound = sound
        self._expiry = expiry
        self._chunks: list[Pcm] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._read(), name="synthesis-ahead")
        self._task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop the synthesis; harmless when it is over."""
        self._expiry.cancel()
        self._task.cancel()

    async def chunks(self) -> AsyncIterator[Pcm]:
        """Yield what is there and what comes; raise what the synthesis raises."""
        self._expiry.cancel()
        count = 0
        while True:
            while count < len(self._chunks):
                count += 1
                yield self._chunks[count - 1]
            if self._task.done():
                self._task.result()
                return
            self._more.clear()
            await self._more.wait()

    async def _read(self) -> None:
        async with closed_after(self._sound) as sound:
            async for chunk in sound:
                self._chunks.append(chunk)
                self._more.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._more.set()
        if not task.cancelled() and isinstance(error := task.exception(), SpeechError):
            # Whoever asks for the sentence is told; where nobody does, nothing was lost.
            _log.debug("synthesis_ahead_failed", error=type(error).__name__)
