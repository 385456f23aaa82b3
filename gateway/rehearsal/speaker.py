"""Speakers that do not sound like the gateway: its engine's voices with another pitch, pace and length of vocal tract.

A voice's name is the engine's, with ``;tract=1.12`` behind it where the vocal tract is longer than the engine's own by
that factor: all resonances lie lower by it, as a man's do beside a woman's, while pitch and pace stay what they were.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from gateway.audio import Pcm, resample
from gateway.language import Language
from gateway.speech.interface import SpeechRejected, Synthesiser
from gateway.speech.voices import LOCALES, Voice, parse_voice

TRACTS = (0.8, 1.3)
"""Shortest and longest vocal tract: a child's and a tall man's."""


class Speaker:
    """Synthesises with ``engine``; the voice's name may have a vocal tract."""

    def __init__(self, engine: Synthesiser) -> None:
        self._engine = engine

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text``; raise ``SpeechError``, ``SpeechRejected`` where there is no such voice."""
        try:
            engine_voice, tract = parse_speaker(voice or LOCALES[language])
        except ValueError as error:
            raise SpeechRejected(str(error)) from error
        if tract == 1.0:
            async for chunk in self._engine.synthesise(text, language, _name(engine_voice)):
                yield chunk
            return
        # Played slower by the factor, everything lies lower by it and takes longer: the engine makes up for the latter.
        quick = replace(engine_voice, pitch=engine_voice.pitch * tract, speed=engine_voice.speed * tract)
        async for chunk in self._engine.synthesise(text, language, _name(quick)):
            slow = Pcm(chunk.samples, round(chunk.rate / tract))
            yield resample(slow, chunk.rate)


def parse_speaker(name: str) -> tuple[Voice, float]:
    """Return the engine's voice and the vocal tract of a voice's name; raise ``ValueError`` with one sentence."""
    engine, _, tract = name.partition(";tract=")
    try:
        factor = float(tract) if tract else 1.0
    except ValueError:
        factor = 0.0
    if not TRACTS[0] <= factor <= TRACTS[1]:
        raise ValueError(f"{tract!r} is no vocal tract from {TRACTS[0]} to {TRACTS[1]}")
    return parse_voice(engine), factor


def _name(voice: Voice) -> str:
    return f"{voice.locale}:pitch={voice.pitch:.3f},speed={voice.speed:.3f}"
