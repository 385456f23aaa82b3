"""What a SIPp caller says: raw A-law files, synthesised once for each text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm, resample
from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec
from gateway.speech.fallback import InProcessSynthesiser

BEFORE_S, AFTER_S = 0.5, 6.0
"""Silence around the words."""


def write_speech(text: str, path: Path) -> None:
    """Write ``text``, spoken in German with silence around it, as raw A-law to ``path``."""
    spoken = asyncio.run(_speak(text))
    before, after = (np.zeros(round(seconds * TELEPHONE_RATE), np.int16) for seconds in (BEFORE_S, AFTER_S))
    path.write_bytes(encode(Codec.PCMA, np.concatenate([before, spoken.samples, after])).tobytes())


async def _speak(text: str) -> Pcm:
    chunks = [chunk async for chunk in InProcessSynthesiser().synthesise(text, "de", "de-DE")]
    return resample(Pcm(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate), TELEPHONE_RATE)
