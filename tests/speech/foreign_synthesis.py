"""Runs fastkokoro's server with the embedded voice in place of its engine, whose weights are fetched from a hub.

Everything between the socket and the engine is fastkokoro's: request model, checks, streaming, errors. The packages
that only its engine needs are stood in for.

    python foreign_synthesis.py PORT
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import uvicorn

from gateway.audio import Pcm, resample
from gateway.speech.engines.pico import PicoEngine

RATE = 24_000
VOICES = {"bf_emma": "en", "ff_siwis": "fr", "if_sara": "it", "df_anna": "de"}


class Voice:
    """What fastkokoro's server asks of an engine."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self._pico = PicoEngine()

    def resolve_request(self, voice: str, lang: str | None) -> tuple[str, str | None]:
        if voice not in VOICES:
            raise ValueError(f"Unknown voice {voice!r}.")
        return voice, lang

    def voices(self) -> list[str]:
        return list(VOICES)

    def create(self, text: str, *, voice: str, **_: object) -> bytes:
        parts = list(self._pico.synthesise(text, VOICES[voice]))
        spoken = Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)
        return resample(spoken, RATE).to_bytes()

    async def create_stream(self, text: str, **options: Any) -> AsyncIterator[bytes]:
        sound = self.create(text, **options)
        for at in range(0, len(sound), 4801):  # an odd length parts a sample
            yield sound[at : at + 4801]


def stand_in(name: str, **content: object) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module


def main() -> None:
    stand_in("numba", njit=lambda **_: lambda function: function)
    stand_in("soundfile")
    stand_in("orjson", dumps=lambda content: json.dumps(content).encode())
    stand_in("fastkokoro.kokoro", trim_audio=None)
    stand_in("fastkokoro.engine", FastKokoro=Voice)
    from fastkokoro.config import Settings
    from fastkokoro.server import create_app

    app = create_app(engine=Voice(types.SimpleNamespace(warmup=False)), settings=Settings.from_env())
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
