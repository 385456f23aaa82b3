"""Recognition and synthesis over HTTP, in the shape of the OpenAI API (``/v1/audio/*``).

The application listens before its models are loaded, and answers 503 until they are. A client that closes its
connection cancels its work.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import ClientDisconnect

from gateway.audio import Pcm
from gateway.speech.answers import encoded, speech_events, transcript_events, verbose
from gateway.speech.bearer_token import BearerToken
from gateway.speech.interface import SpeechError, SpeechTimeout, SpeechUnavailable
from gateway.speech.requests import (
    LARGEST_TEXT_REQUEST,
    OPENAI_RATE,
    BadRequest,
    SpeechRequest,
    parse_speech,
    read_body,
    read_transcription,
)
from gateway.speech.service import SpeechService
from gateway.speech.sound_formats import MEDIA_TYPES, sound_format
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)

T = TypeVar("T")

CLIENT_CLOSED_REQUEST = 499
"""Status for the log when the client has gone (nginx's convention); nobody receives it."""
RETRY_AFTER_S = 1.0
"""Where the refusal does not say when to come back."""


def create_app(service: SpeechService, token: str | None = None) -> FastAPI:
    """Return the application over ``service``; with ``token`` all but ``/health`` and ``/ready`` needs it."""
    app = FastAPI(title="Speech", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(BadRequest, _bad_request)
    app.add_exception_handler(SpeechError, _speech_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    routes: list[tuple[str, str, Callable[..., Any]]] = [
        ("GET", "/health", functools.partial(_health, service)),
        ("GET", "/ready", functools.partial(_ready, service)),
        ("GET", "/metrics", functools.partial(_metrics, service)),
        ("GET", "/v1/models", functools.partial(_models, service)),
        ("POST", "/v1/audio/transcriptions", _transcriptions(service)),
        ("POST", "/v1/audio/speech", _speech(service)),
    ]
    for method, path, answer in routes:
        app.add_api_route(path, answer, methods=[method], response_model=None)
    if token is not None:
        app.add_middleware(BearerToken, token=token, open_paths=frozenset({"/health", "/ready"}))
    return app


async def _health(service: SpeechService) -> Response:
    """Tell whether the process is well, and should live on: also while it loads its models or is being drained."""
    body = {"status": service.state, "waiting": service.waiting}
    return JSONResponse(body, status_code=503 if service.state in {"failed", "hung"} else 200)


async def _ready(service: SpeechService) -> Response:
    """Tell whether requests should be sent here, and what is missing."""
    engines, state = service.engines, service.state
    body: dict[str, Any] = {"status": state, "waiting": service.waiting}
    if engines is not None:
        body["models"] = {"recognition": engines.recognition_model, "synthesis": engines.synthesis_model}
        body["synthesis_version"] = engines.synthesis_version
    if state != "ready":
        body["missing"] = {
            "loading": "The engines are being loaded.",
            "draining": "The server is being stopped.",
            "failed": "The engines could not be loaded.",
            "hung": f"The engine does not end its work: {', '.join(service.hanging)}.",
        }[state]
    return JSONResponse(body, status_code=200 if state == "ready" else 503)


async def _metrics(service: SpeechService) -> Response:
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _models(service: SpeechService) -> Response:
    engines = service.loaded().engines
    names = (engines.recognition_model, engines.synthesis_model)
    return JSONResponse(
        {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "gateway"} for name in names]}
    )


def _transcriptions(service: SpeechService) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def transcriptions(request: Request) -> Response:
        service.loaded()  # Before the body is read: a server that takes nothing says so at once.
        wanted = await read_transcription(request)
        began = time.monotonic()
        transcript = await _unless_closed(request, service.recognise(wanted.pcm, wanted.hints))
        if transcript is None:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        _log.debug(
            "recognised",
            seconds=round(wanted.pcm.seconds, 2),
            took_ms=round(1000 * (time.monotonic() - began)),
            language=transcript.language,
        )
        if wanted.stream:
            return Response(b"".join(transcript_events(transcript)), media_type="text/event-stream")
        if wanted.response_format == "text":
            return PlainTextResponse(transcript.text)
        if wanted.response_format == "json":
            return JSONResponse({"text": transcript.text})
        return JSONResponse(verbose(transcript, wanted.pcm.seconds, words=wanted.hints.word_times))

    return transcriptions


def _speech(service: SpeechService) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def speech(request: Request) -> Response:
        engines = service.loaded().engines
        wanted = parse_speech(await read_body(request, LARGEST_TEXT_REQUEST))
        try:
            engines.check_voice(wanted.language, wanted.voice)
        except ValueError as error:
            raise BadRequest(f"{error}.", "voice") from error
        sound = service.synthesise(wanted, _rate(wanted))
        # The first sound is made before the status is sent, so that a failure has a status of its own.
        begun = await _unless_closed(request, _first(sound))
        if begun is None:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        (first,) = begun
        if first is None:
            raise BadRequest("It holds nothing that can be spoken.", "input")
        return await _answer(request, wanted, first, sound)

    return speech


def _rate(wanted: SpeechRequest) -> int | None:
    """Return the rate to speak at; None leaves it to the engine."""
    if wanted.sample_rate is not None:
        return wanted.sample_rate
    return OPENAI_RATE if wanted.response_format == "pcm" else None


async def _first(sound: AsyncGenerator[Pcm]) -> tuple[Pcm | None]:
    """Return the first of ``sound``, None where there is none; close it where that fails or is cancelled."""
    try:
        return (await anext(sound, None),)
    except BaseException:
        await sound.aclose()
        raise


async def _answer(request: Request, wanted: SpeechRequest, first: Pcm, rest: AsyncGenerator[Pcm]) -> Response:
    parts = encoded(first, rest, sound_format(wanted.response_format, first.rate), wanted.speed)
    headers = {"X-Sample-Rate": str(first.rate)}
    if wanted.stream_format == "sse":
        return StreamingResponse(speech_events(parts), media_type="text/event-stream", headers=headers)
    media_type = MEDIA_TYPES[wanted.response_format]
    if wanted.response_format != "wav":
        return StreamingResponse(parts, media_type=media_type, headers=headers)
    # Its head tells its length, so that all of it is made first; a failure still has a status of its own.
    whole = await _unless_closed(request, _whole(parts))
    if whole is None:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    return Response(whole, media_type=media_type, headers=headers)


async def _whole(parts: AsyncIterator[bytes]) -> bytes:
    async with closed_after(parts):
        return b"".join([part async for part in parts])


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
        again_s = max(1, math.ceil(error.retry_after_s or RETRY_AFTER_S))
        return _error(503, str(error), "unavailable", headers={"Retry-After": str(again_s)})
    _log.error("speech_failed", cause=str(error))
    return _error(500, "The engine failed.", "server_error")


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def _error(
    status: int, message: str, kind: str, param: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    body = {"error": {"message": message, "type": kind, "param": param, "code": None}}
    return Response(
        json.dumps(body, ensure_ascii=False), status_code=status, media_type="application/json", headers=headers
    )
