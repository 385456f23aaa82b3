"""A synthesiser that is never without a voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.bounded import bounded
from gateway.speech.interface import SpeechError, Synthesiser
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)


class FallbackSynthesiser:
    """Speaks with ``first``, and with ``second`` when the first fails, or hangs, before its first sound.

    A failure in the middle of a sentence is raised: whoever speaks knows what was heard of it. Neither voice gets more
    time than ``bounded`` allows: what hangs is a failure.
    """

    def __init__(self, first: Synthesiser, second: Synthesiser) -> None:
        self._first = first
        self._second = second

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` chunk by chunk; raise ``SpeechError`` when neither can speak."""
        begun = False
        try:
            async with closed_after(bounded(self._first.synthesise(text, language, voice))) as sound:
                async for chunk in sound:
                    begun = True
                    yield chunk
        except SpeechError as error:
            if begun:
                raise
            _log.warning("synthesis_fell_back", error=type(error).__name__)
        else:
            return
        async with closed_after(bounded(self._second.synthesise(text, language))) as sound:
            async for chunk in sound:
                yield chunk


class InProcessSynthesiser:
    """SVOX Pico in a thread of this process: a voice that needs no other process to be alive."""

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` at 16 kHz, once all of it is made; raise ``SpeechError``."""
        for sound in await asyncio.to_thread(_speak, text, language, voice):
            yield sound


def _speak(text: str, language: Language, voice: str | None) -> list[Pcm]:
    # Imported when the first voice has failed: a process that never needs it does not load the engine.
    from gateway.speech.engines.pico import PicoEngine  # noqa: PLC0415

    return list(PicoEngine().synthesise(text, language, voice))
