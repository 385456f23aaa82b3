"""Recognition, synthesis and language model in one server, each of which takes a known time and no more.

The recogniser knows the lines that the callers say by the course of their loudness, so any number of calls may speak at
once; the voice is a tone; the model reads nothing. Each takes its time from the head of the request to the first byte
of the answer, its own work included.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np
import numpy.typing as npt
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from gateway.audio import TELEPHONE_RATE, Pcm, resample
from gateway.speech.answers import verbose
from gateway.speech.interface import Transcript
from gateway.speech.requests import parse_speech, read_body, read_transcription
from gateway.speech.serve import address_url, listen

FRAME = TELEPHONE_RATE // 50
VOICE_RATE = 16_000
TONE_HZ = 300
SOUND_PER_CHARACTER_S = 0.025
"""Twice as fast as people speak, so that a benchmark is over sooner."""
NOTHING_READ = json.dumps({"intents": [], "spans": [], "answer": "none", "entry": "none"})

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class StubTimes:
    """How long each engine takes, in milliseconds."""

    recognition_ms: float = 100.0
    synthesis_ms: float = 60.0
    model_ms: float = 200.0


@dataclass(slots=True)
class StubEngines:
    """The server; ``lines`` are the texts that callers say with their sound. Use it as an asynchronous context."""

    lines: Mapping[str, Pcm]
    times: StubTimes
    stalls: bool = False
    """Whether the voice breaks off in the middle of each sentence, and the connection stays open."""
    asked_model: set[str] = field(default_factory=set)
    """Lines about which the model was asked."""
    url: str = ""
    _courses: dict[str, Floats] = field(default_factory=dict)
    _server: uvicorn.Server | None = None
    _serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> StubEngines:
        self._courses = {text: loudness(sound) for text, sound in self.lines.items()}
        listener = listen("127.0.0.1", 0)
        self.url = address_url(listener)
        app = FastAPI(openapi_url=None)
        app.add_api_route("/v1/audio/transcriptions", self._recognise, methods=["POST"], response_model=None)
        app.add_api_route("/v1/audio/speech", self._speak, methods=["POST"], response_model=None)
        app.add_api_route("/v1/chat/completions", self._chat, methods=["POST"], response_model=None)
        app.add_api_route("/v1/models", self._models, methods=["GET"], response_model=None)
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving

    async def _recognise(self, request: Request) -> Response:
        began = time.monotonic()
        wanted = await read_transcription(request)
        text = self.line_of(wanted.pcm)
        await _until(began, self.times.recognition_ms)
        return JSONResponse(verbose(Transcript(text, "de", 0.95, 0.0, {"de": 1.0}), wanted.pcm.seconds))

    async def _speak(self, request: Request) -> Response:
        began = time.monotonic()
        text = parse_speech(await read_body(request)).input
        count = round(VOICE_RATE * SOUND_PER_CHARACTER_S * len(text))
        tone = (6000 * np.sin(2 * np.pi * TONE_HZ * np.arange(count) / VOICE_RATE)).astype("<i2")
        await _until(began, self.times.synthesis_ms)
        headers = {"X-Sample-Rate": str(VOICE_RATE)}
        if self.stalls:
            return StreamingResponse(_stalling(tone[: count // 2].tobytes()), media_type="audio/pcm", headers=headers)
        return Response(tone.tobytes(), media_type="audio/pcm", headers=headers)

    async def _chat(self, request: Request) -> Response:
        began = time.monotonic()
        body = json.loads(await read_body(request))
        asked = body["messages"][-1]["content"]
        if sum(text in asked for text in self.lines) == 1:  # The summary of a call holds all that was said.
            self.asked_model.update(text for text in self.lines if text in asked)
        await _until(began, self.times.model_ms)
        if body.get("stream"):
            return StreamingResponse(_events(NOTHING_READ), media_type="text/event-stream")
        message = {"role": "assistant", "content": NOTHING_READ}
        return JSONResponse({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    async def _models(self) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "stub", "object": "model"}]})

    def line_of(self, pcm: Pcm) -> str:
        """Return the line whose loudness follows most closely the same course as that of ``pcm``."""
        heard = loudness(pcm)
        return max(self._courses, key=lambda text: _likeness(heard, self._courses[text]))


def loudness(pcm: Pcm) -> Floats:
    """Return the RMS of each 20 ms of ``pcm``."""
    samples = resample(pcm, TELEPHONE_RATE).samples.astype(np.float64)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(np.sqrt(np.mean(np.square(frames), axis=1)), np.float64)


def _likeness(heard: Floats, known: Floats) -> float:
    """Return the largest correlation of the two at any shift, 1 for the same course."""
    product = np.correlate(heard, known, "full")
    return float(np.max(product) / (np.linalg.norm(heard) * np.linalg.norm(known) + 1e-9))


async def _until(began: float, milliseconds: float) -> None:
    """Wait until ``milliseconds`` have passed since ``began``: what the stub itself takes is in its time."""
    await asyncio.sleep(max(0.0, began + milliseconds / 1000 - time.monotonic()))


async def _stalling(sound: bytes) -> AsyncIterator[bytes]:
    yield sound
    await asyncio.Event().wait()


async def _events(text: str) -> AsyncIterator[bytes]:
    for choice in ({"delta": {"content": text}}, {"delta": {}, "finish_reason": "stop"}):
        yield b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"
