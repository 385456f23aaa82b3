"""Recognition and synthesis over HTTP, in the shape of the OpenAI API (``/v1/audio/*``).

The application listens before its models are loaded, and answers 503 until they are. A client that closes its
connection cancels its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from pydantic import ValidationError

from gateway.audio import Pcm, Resampler, write_wav
from gateway.language import Language
from gateway.speech.batching import ONE_BY_ONE, Batching
from gateway.speech.interface import SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.recognition_queue import Recognise, RecognitionQueue
from gateway.speech.requests import OPENAI_RATE, BadRequest, SpeechRequest, read_body, read_transcription
from gateway.speech.voices import choose_voice

_log = structlog.get_logger(__name__)

T = TypeVar("T")

CLIENT_CLOSED_REQUEST = 499
"""Status for the log when the client has gone (nginx's convention); nobody receives it."""

State: TypeAlias = Literal["loading", "ready", "failed"]


class SynthesisEngine(Protocol):
    """A blocking synthesiser."""

    def synthesise(self, text: str, language: Language | None, voice: str | None = None) -> Iterator[Pcm]:
        """Yield the sound of ``text``; raise ``ValueError`` for an unknown voice, ``SpeechError`` when it fails."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The loaded engines and the names under which they are listed."""

    recognise: Recognise
    synthesis: SynthesisEngine
    recognition_model: str
    synthesis_model: str
    recognised_at_once: int = 1
    """In how many threads ``recognise`` may be called at the same time."""
    batching: Batching = ONE_BY_ONE
    """How utterances are gathered for ``recognise``."""
    largest_batch: Callable[[], int] | None = None
    """How many utterances ``recognise`` takes in a batch at the moment, where that changes."""


class SpeechService:
    """The engines while the server runs: loading, ready, or failed."""

    def __init__(self, load: Callable[[], Engines]) -> None:
        self._load = load
        self._queue: RecognitionQueue | None = None
        self._engines: Engines | None = None
        self._synthesis = ThreadPoolExecutor(1, thread_name_prefix="synthesis")
        self.error: Exception | None = None
        self.settled = asyncio.Event()
        """Is set when loading is over, one way or the other."""

    @property
    def state(self) -> State:
        """How far the engines are."""
        return "failed" if self.error else "ready" if self._engines else "loading"

    @property
    def waiting(self) -> int:
        """How many utterances wait for recognition."""
        return len(self._queue) if self._queue else 0

    async def load(self) -> None:
        """Load the engines in a thread; a failure is kept in ``error``."""
        try:
            engines = await asyncio.to_thread(self._load)
        except Exception as error:  # noqa: BLE001 - told to the supervisor and to every request
            self.error = error
        else:
            self._queue = RecognitionQueue(
                engines.recognise,
                at_once=engines.recognised_at_once,
                batching=engines.batching,
                largest=engines.largest_batch,
            )
            self._engines = engines
        finally:
            self.settled.set()

    async def close(self) -> None:
        """Finish what is being done and refuse the rest."""
        if self._queue is not None:
            await self._queue.close()
        await asyncio.to_thread(self._synthesis.shutdown)

    @property
    def queue(self) -> RecognitionQueue:
        """The recognition queue; raise ``SpeechUnavailable`` while there is none."""
        if self._queue is None:
            raise SpeechUnavailable(f"The engines are {self.state}.")
        return self._queue

    @property
    def engines(self) -> Engines:
        """The engines; raise ``SpeechUnavailable`` while there are none."""
        if self._engines is None:
            raise SpeechUnavailable(f"The engines are {self.state}.")
        return self._engines

    async def synthesise(self, request: SpeechRequest, rate: int | None) -> AsyncIterator[Pcm]:
        """Yield the sound of a request, at ``rate`` or at the engine's own."""
        parts = self.engines.synthesis.synthesise(request.input, request.language, request.voice)
        loop = asyncio.get_running_loop()
        resampler: Resampler | None = None
        while (part := await loop.run_in_executor(self._synthesis, next, parts, None)) is not None:
            if resampler is None:
                resampler = Resampler(part.rate, rate or part.rate)
            yield resampler.push(part)
        if resampler is not None:
            yield resampler.push(Pcm.silence(0, resampler.source_rate), last=True)


def create_app(service: SpeechService) -> FastAPI:
    """Return the application over ``service``."""
    app = FastAPI(title="Speech", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(BadRequest, _bad_request)
    app.add_exception_handler(SpeechError, _speech_error)
    app.add_api_route("/health", functools.partial(_health, service), methods=["GET"], response_model=None)
    app.add_api_route("/v1/models", functools.partial(_models, service), methods=["GET"], response_model=None)
    app.add_api_route("/v1/audio/transcriptions", _transcriptions(service), methods=["POST"], response_model=None)
    app.add_api_route("/v1/audio/speech", _speech(service), methods=["POST"], response_model=None)
    return app


async def _health(service: SpeechService) -> Response:
    body: dict[str, Any] = {"status": service.state, "waiting": service.waiting}
    if service.state == "ready":
        engines = service.engines
        body["models"] = {"recognition": engines.recognition_model, "synthesis": engines.synthesis_model}
    return JSONResponse(body, status_code=200 if service.state == "ready" else 503)


async def _models(service: SpeechService) -> Response:
    engines = service.engines
    names = (engines.recognition_model, engines.synthesis_model)
    return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def _transcriptions(service: SpeechService) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def transcriptions(request: Request) -> Response:
        queue = service.queue
        wanted = await read_transcription(request)
        began = time.monotonic()
        transcript = await _unless_closed(request, queue.recognise(wanted.pcm, wanted.hints))
        if transcript is None:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        _log.debug(
            "recognised",
            seconds=round(wanted.pcm.seconds, 2),
            took_ms=round(1000 * (time.monotonic() - began)),
            language=transcript.language,
        )
        if wanted.response_format == "text":
            return PlainTextResponse(transcript.text)
        if wanted.response_format == "json":
            return JSONResponse({"text": transcript.text})
        return JSONResponse(verbose(transcript, wanted.pcm.seconds))

    return transcriptions


def verbose(transcript: Transcript, seconds: float) -> dict[str, Any]:
    """Return a transcript as ``verbose_json``: OpenAI's fields, and ours beside them."""
    return {
        "task": "transcribe",
        "text": transcript.text,
        "language": transcript.language,
        "duration": round(seconds, 3),
        "confidence": round(transcript.confidence, 4),
        "no_speech": round(transcript.no_speech, 4),
        "languages": {language: round(share, 4) for language, share in transcript.languages.items()},
    }


def _speech(service: SpeechService) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def speech(request: Request) -> Response:
        wanted = parse_speech(await read_body(request))
        rate = wanted.sample_rate or (OPENAI_RATE if wanted.response_format == "pcm" else None)
        sound = service.synthesise(wanted, rate)
        # The first sentence is made before the status is sent, so that a failure has a status of its own.
        first = await anext(sound, None)
        if first is None:
            raise BadRequest("It holds nothing that can be spoken.", "input")
        if wanted.response_format == "wav":
            whole = [first.to_bytes(), *[part.to_bytes() async for part in sound]]
            return Response(write_wav(Pcm.from_bytes(b"".join(whole), first.rate)), media_type="audio/wav")
        return StreamingResponse(
            _stream(first, sound), media_type="audio/pcm", headers={"X-Sample-Rate": str(first.rate)}
        )

    return speech


def parse_speech(body: bytes) -> SpeechRequest:
    """Return the request of ``POST /v1/audio/speech``; raise ``BadRequest``."""
    try:
        wanted = SpeechRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise BadRequest(f"{first['msg']}.", field) from error
    try:
        choose_voice(wanted.language, wanted.voice)
    except ValueError as error:
        raise BadRequest(f"{error}.", "voice") from error
    return wanted


async def _stream(first: Pcm, rest: AsyncIterator[Pcm]) -> AsyncIterator[bytes]:
    yield first.to_bytes()
    async for part in rest:
        yield part.to_bytes()


async def _unless_closed(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what ``work`` returns, or cancel it and return None when the client closes its connection."""
    task = asyncio.create_task(work)
    closed = asyncio.create_task(_closed(request.receive))
    try:
        await asyncio.wait([task, closed], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        return None
    finally:
        for each in (task, closed):
            if each.cancel():
                with contextlib.suppress(asyncio.CancelledError):
                    await each


async def _closed(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _bad_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, BadRequest)  # noqa: S101 - FastAPI's signature is wider than what it calls this with
    message = f"{error.param}: {error}" if error.param else str(error)
    return _error(error.status, message, "invalid_request_error", error.param)


async def _speech_error(_: Request, error: Exception) -> Response:
    if isinstance(error, SpeechTimeout):
        return _error(504, str(error), "timeout")
    if isinstance(error, SpeechUnavailable):
        return _error(503, str(error), "unavailable")
    _log.error("speech_failed", cause=str(error))
    return _error(500, "The engine failed.", "server_error")


def _error(status: int, message: str, kind: str, param: str | None = None) -> Response:
    body = {"error": {"message": message, "type": kind, "param": param, "code": None}}
    return Response(json.dumps(body, ensure_ascii=False), status_code=status, media_type="application/json")
