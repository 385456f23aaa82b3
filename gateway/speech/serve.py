"""``gateway speech``: the speech server as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeAlias

import structlog
import uvicorn

from gateway.config import Settings
from gateway.speech.model_store import ModelStoreError, embedded_whisper
from gateway.speech.server import Engines, SpeechService, create_app

_log = structlog.get_logger(__name__)

STOP_WITHIN_S = 3
BACKLOG = 128

Report: TypeAlias = Callable[[dict[str, str]], None]
"""Is told what the process has come to: ``listening``, ``ready`` or ``failed``."""


class ServeError(Exception):
    """The server cannot start; the message is one sentence."""


def load_engines(cache_dir: Path, threads: int) -> Engines:
    """Load and warm the embedded engines; raise ``ModelStoreError`` when a model is missing."""
    # Loaded here, in the server's loading thread: these imports take a third of a second.
    from gateway.speech.engines.pico import PicoEngine  # noqa: PLC0415
    from gateway.speech.engines.whisper import WhisperEngine  # noqa: PLC0415
    from gateway.speech.engines.whisper_options import WhisperOptions  # noqa: PLC0415

    recognition = WhisperEngine(embedded_whisper(cache_dir), WhisperOptions(threads=threads))
    recognition.warm_up()
    return Engines(
        recognition.recognise,
        PicoEngine(),
        "whisper-base",
        "pico",
        recognition.at_once,
        recognition.batching,
        recognition.largest_batch,
    )


def report_to(descriptor: int | None) -> Report:
    """Return what writes its reports to a file descriptor, one JSON object a line; None discards them."""

    def report(message: dict[str, str]) -> None:
        if descriptor is not None:
            with contextlib.suppress(BrokenPipeError):
                os.write(descriptor, json.dumps(message).encode() + b"\n")

    return report


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one. Raise ``ServeError``."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"SPEECH_PORT: {host}:{port} cannot be listened on ({error.strerror}). Is the gateway running already?"
        ) from error
    listener.setblocking(False)
    return listener


def address_url(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(settings: Settings, report: Report | None = None) -> None:
    """Serve until SIGTERM or SIGINT; to be called in the main thread.

    Raises:
        ServeError: the port is taken.
        ModelStoreError: the embedded model is missing; the server ends then.

    """
    # uvicorn raises the signal that stopped it once more; its default action would cut the stop short.
    signal.signal(signal.SIGTERM, _end)
    with listen(settings.speech_host, settings.speech_port) as listener:
        asyncio.run(_serve(settings, listener, report or report_to(None)))


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


async def _serve(settings: Settings, listener: socket.socket, report: Report) -> None:
    service = SpeechService(lambda: load_engines(settings.cache_dir, settings.speech_threads))
    config = uvicorn.Config(
        create_app(service),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = uvicorn.Server(config)
    url = address_url(listener)
    report({"state": "listening", "url": url})
    _log.info("speech_listening", url=url)
    loading = asyncio.create_task(_load(service, server, url, report))
    try:
        await server.serve(sockets=[listener])
    finally:
        loading.cancel()
        await asyncio.wait([loading])
        await service.close()
    if service.error is not None:
        raise service.error


async def _load(service: SpeechService, server: uvicorn.Server, url: str, report: Report) -> None:
    await service.load()
    if service.error is None:
        report({"state": "ready", "url": url})
        _log.info("speech_ready", url=url)
        return
    known = isinstance(service.error, ModelStoreError)
    report({"state": "failed", "reason": str(service.error) if known else repr(service.error)})
    server.should_exit = True
