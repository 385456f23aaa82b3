"""Leaves an engine alone that fails, so that not every sentence waits for its deadlines again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

import structlog

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.interface import SpeechTimeout, SpeechUnavailable, Synthesiser
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)

FIRST_REST_S = 2.0
"""As long as the embedded server takes to be started again."""
LONGEST_REST_S = 30.0


class RestingSynthesiser:
    """A ``Synthesiser`` that refuses for a while after ``inner`` could not be reached or hung.

    The rest doubles with each failure that follows, up to ``LONGEST_REST_S``, and is forgotten with the first sound.
    """

    def __init__(self, inner: Synthesiser, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._clock = clock
        self._rest_s = FIRST_REST_S
        self._until = float("-inf")

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text``; raise ``SpeechError``, ``SpeechUnavailable`` at once during a rest."""
        if self._clock() < self._until:
            raise SpeechUnavailable("Synthesis failed a moment ago.")
        try:
            async with closed_after(self._inner.synthesise(text, language, voice)) as sound:
                async for chunk in sound:
                    self._rest_s = FIRST_REST_S
                    yield chunk
        except (SpeechUnavailable, SpeechTimeout):
            self._rest()
            raise

    def _rest(self) -> None:
        now = self._clock()
        if now < self._until:
            return  # Others that failed at the same time have begun the rest.
        self._until = now + self._rest_s
        _log.warning("synthesis_rests", seconds=self._rest_s)
        self._rest_s = min(LONGEST_REST_S, 2 * self._rest_s)
