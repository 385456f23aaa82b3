"""Somebody else's voice at the level of ours.

A server that is not ours speaks at a level of its own, chunk by chunk. Its first sentence waits until a second of it is
there, whose active speech level (P.56) decides about the gain; from then on the gain of a voice is known beforehand and
follows what its whole sentences have shown, slowly, so that no sentence is louder than its neighbour.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import numpy as np

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.interface import Synthesiser
from gateway.speech.limiter import StreamLeveller
from gateway.speech.loudness import SPEECH_DBOV, speech_level
from gateway.speech.streams import closed_after

FIRST_S = 1.0
"""How much of a voice's first sentence is measured before any of it is heard."""
MEASURED_S = 5.0
"""How much of each later sentence is measured; that takes about 2 ms."""
GAIN_DB = (-20.0, 20.0)
FOLLOWS = 0.25
"""Share of a new sentence in what is thought of its voice's level."""

_Voice: TypeAlias = tuple[Language, str | None]


class LevelledSynthesiser:
    """A ``Synthesiser`` that brings all voices of another to ``SPEECH_DBOV`` and limits their peaks."""

    def __init__(self, inner: Synthesiser) -> None:
        self._inner = inner
        self._levels: dict[_Voice, float] = {}

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` at the level of all voices; raise ``SpeechError``."""
        speaker = (language, voice)
        leveller: StreamLeveller | None = None
        heard: list[Pcm] = []
        async with closed_after(self._inner.synthesise(text, language, voice)) as sound:
            async for chunk in sound:
                if _seconds(heard) < MEASURED_S:
                    heard.append(chunk)
                if leveller is not None:
                    yield leveller.push(chunk)
                elif speaker in self._levels or _seconds(heard) >= FIRST_S:
                    leveller = self._leveller(speaker, heard)
                    yield leveller.push(_joined(heard))
        if heard and leveller is None:
            leveller = self._leveller(speaker, heard)
            yield leveller.push(_joined(heard))
        if leveller is not None:
            yield leveller.flush()
            self._learn(speaker, heard)

    def _leveller(self, speaker: _Voice, heard: list[Pcm]) -> StreamLeveller:
        if speaker not in self._levels:
            self._learn(speaker, heard)
        gain = SPEECH_DBOV - self._levels.get(speaker, SPEECH_DBOV)
        return StreamLeveller(min(max(gain, GAIN_DB[0]), GAIN_DB[1]), heard[0].rate)

    def _learn(self, speaker: _Voice, heard: list[Pcm]) -> None:
        measured = speech_level(_joined(heard))
        if measured is not None:
            before = self._levels.get(speaker, measured.dbov)
            self._levels[speaker] = before + FOLLOWS * (measured.dbov - before)


def _seconds(parts: list[Pcm]) -> float:
    return sum(map(len, parts)) / parts[0].rate if parts else 0.0


def _joined(parts: list[Pcm]) -> Pcm:
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)
