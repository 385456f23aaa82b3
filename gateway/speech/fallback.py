"""A synthesiser that is never without a voice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.interface import SpeechError, Synthesiser

_log = structlog.get_logger(__name__)


class FallbackSynthesiser:
    """Speaks with ``first``, and with ``second`` when the first fails before its first sound.

    A failure in the middle of a sentence is raised: another voice that begins anew would be worse than the gap.
    """

    def __init__(self, first: Synthesiser, second: Synthesiser) -> None:
        self._first = first
        self._second = second

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` chunk by chunk; raise ``SpeechError`` when neither can speak."""
        begun = False
        try:
            async for chunk in self._first.synthesise(text, language, voice):
                begun = True
                yield chunk
        except SpeechError as error:
            if begun:
                raise
            _log.warning("synthesis_fell_back", error=type(error).__name__)
        else:
            return
        async for chunk in self._second.synthesise(text, language):
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
