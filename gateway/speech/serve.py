"""``gateway speech``: the speech server as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TypeAlias

import structlog
import uvicorn

from gateway.access_log import AccessLog
from gateway.config import Settings
from gateway.speech.gpu_figures import find_gpus
from gateway.speech.loading import load_engines
from gateway.speech.metrics import SpeechMetrics
from gateway.speech.models.errors import ModelStoreError
from gateway.speech.server import create_app
from gateway.speech.service import SpeechService

_log = structlog.get_logger(__name__)

STOP_WITHIN_S = 3
BACKLOG = 128
ENGINE_HANGS = 3
"""Exit code where an engine had to be left in its work."""

Report: TypeAlias = Callable[[dict[str, str]], None]
"""Is told what the process has come to: ``listening``, ``ready`` or ``failed``."""


class ServeError(Exception):
    """The server cannot start; the message is one sentence."""


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

    At the first one new requests are refused, and those under way may go on for ``SPEECH_DRAIN_S``; a second one ends
    them.

    Raises:
        ServeError: the port is taken.
        ModelStoreError: a model is missing, or a setting of the engines cannot be used; the server ends then.

    """
    # uvicorn raises the signal that stopped it once more; its default action would cut the stop short.
    signal.signal(signal.SIGTERM, _end)
    with listen(settings.speech_host, settings.speech_port) as listener:
        asyncio.run(_serve(settings, listener, report or report_to(None)))


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


class DrainingServer(uvicorn.Server):
    """Goes on answering while the service is drained: others learn from ``/ready`` to send nothing here."""

    def __init__(self, config: uvicorn.Config, service: SpeechService, drain_s: float) -> None:
        super().__init__(config)
        self._service = service
        self._drain_s = drain_s
        self._loop = asyncio.get_running_loop()
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain at the first signal, and end at the second; called by the signal's handler."""
        if self._service.draining:
            self.force_exit = True
            super().handle_exit(sig, frame)
        else:
            self._captured_signals.append(sig)
            self._service.drain()
            self._loop.call_soon_threadsafe(self._begin_draining)

    def _begin_draining(self) -> None:
        self._draining = asyncio.create_task(self._drain(), name="drain")

    async def _drain(self) -> None:
        _log.info("speech_draining", seconds=self._drain_s)
        try:
            async with asyncio.timeout(self._drain_s):
                await self._service.idle()
        except TimeoutError:
            _log.warning("speech_drain_ended_early")
        self.should_exit = True


async def _serve(settings: Settings, listener: socket.socket, report: Report) -> None:
    metrics = SpeechMetrics(gpus=find_gpus())
    service = SpeechService(lambda: load_engines(settings, metrics.stages_of("recognition")), metrics=metrics)
    token = settings.speech_token.get_secret_value() if settings.speech_token is not None else None
    config = uvicorn.Config(
        AccessLog(create_app(service, token)),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = DrainingServer(config, service, settings.speech_drain_s)
    url = address_url(listener)
    report({"state": "listening", "url": url})
    _log.info("speech_listening", url=url)
    loading = asyncio.create_task(_load(service, server, url, report))
    try:
        await server.serve(sockets=[listener])
    finally:
        loading.cancel()
        await asyncio.wait([loading])
        await _close(service)
    if service.error is not None:
        raise service.error


async def _close(service: SpeechService) -> None:
    """Wait for the engines; end the process where one of them does not end its work, which nothing can interrupt."""
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await service.close()
    except TimeoutError:
        _log.error("engine_does_not_end")
        os._exit(ENGINE_HANGS)


async def _load(service: SpeechService, server: uvicorn.Server, url: str, report: Report) -> None:
    await service.load()
    if service.engines is not None:
        report({"state": "ready", "url": url, "synthesis_version": service.engines.synthesis_version})
        _log.info("speech_ready", url=url)
        return
    known = isinstance(service.error, ModelStoreError)
    report({"state": "failed", "reason": str(service.error) if known else repr(service.error)})
    server.should_exit = True
