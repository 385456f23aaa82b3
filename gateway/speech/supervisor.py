"""The speech server as a child process: started, watched, started again when it dies or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from enum import StrEnum

import httpx
import structlog

from gateway.config import Settings
from gateway.speech.handed_settings import settings_file
from gateway.speech.interface import SpeechUnavailable
from gateway.speech.restart_policy import HealthWatch, RestartPolicy

_log = structlog.get_logger(__name__)

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
HEALTH_EVERY_S = 2.0
HEALTH_ANSWER_S = 3.0
NICE = 5
"""The child's threads step back behind the media worker's when both want the same core."""


class SpeechState(StrEnum):
    """What the child process is doing."""

    STARTING = "starting"
    READY = "ready"
    DOWN = "down"
    STOPPED = "stopped"


class SpeechStartError(SpeechUnavailable):
    """The speech server could not be started; the message is one sentence that says why."""


class SpeechProcess:
    """One speech server. ``start`` it, use ``base_url``, ``stop`` it.

    The child is killed by the kernel when the thread that called ``start`` ends: start it from one that lives on.
    """

    def __init__(self, settings: Settings, on_state: Callable[[SpeechState], None] | None = None) -> None:
        """``on_state`` is called at every change of the state, inside the event loop."""
        self._settings = settings
        self._on_state = on_state
        self._state = SpeechState.STOPPED
        self._url: str | None = None
        self.synthesis_version = ""
        """What the sound of a text depends on besides its voice, as the child says; empty before the first start."""
        self._port = settings.speech_port
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._policy = RestartPolicy()

    @property
    def state(self) -> SpeechState:
        """What the child is doing."""
        return self._state

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def base_url(self) -> str:
        """Where the server answers; the same after a restart. Raise ``SpeechUnavailable`` before the first start."""
        if self._url is None:
            raise SpeechUnavailable("The speech server has not been started.")
        return self._url

    async def start(self) -> None:
        """Start the child and return when it is ready.

        Raises:
            SpeechStartError: it failed, or was not ready within ``READY_WITHIN_S``.

        """
        try:
            await self._launch()
        except BaseException:
            await self._kill()
            self._become(SpeechState.STOPPED)
            raise
        self._watch = asyncio.create_task(self._keep_alive(), name="speech-process")

    async def stop(self) -> None:
        """End the child; harmless when it does not run."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        await self._kill()
        self._become(SpeechState.STOPPED)

    async def _launch(self) -> None:
        """Start a child and wait until it is ready; raise ``SpeechStartError``."""
        self._become(SpeechState.STARTING)
        began = time.monotonic()
        reader, writer = os.pipe()
        # The child's settings are this process's own, whatever its environment says; on the port it had before.
        settings = settings_file(self._settings.model_copy(update={"speech_port": self._port}))
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(writer),
                stdin=settings,
                pass_fds=[writer],
                # Ctrl-C reaches the whole process group; the server is needed until the last call has ended.
                start_new_session=True,
            )
        except OSError as error:
            os.close(reader)
            raise SpeechStartError(f"The speech server cannot be started: {error}.") from error
        finally:
            os.close(writer)
            os.close(settings)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                self._url = await self._ready(reader)
        except TimeoutError as error:
            raise SpeechStartError(f"The speech server was not ready within {READY_WITHIN_S:.0f} s.") from error
        self._port = httpx.URL(self._url).port or self._port
        self._policy.ready(time.monotonic())
        self._become(SpeechState.READY, seconds=round(time.monotonic() - began, 2))

    def _command(self, report_descriptor: int) -> list[str]:
        return [
            *(sys.executable, "-m", "gateway.speech", "--settings-from-stdin"),
            *("--ready-fd", str(report_descriptor), "--parent", str(os.getpid()), "--nice", str(NICE)),
        ]

    async def _ready(self, descriptor: int) -> str:
        """Return the URL that the child reports once it is ready."""
        stream = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb", buffering=0)
        )
        try:
            async for line in stream:
                message = json.loads(line)
                if message["state"] == "ready":
                    self.synthesis_version = str(message.get("synthesis_version", ""))
                    return str(message["url"])
                if message["state"] == "failed":
                    raise SpeechStartError(str(message["reason"]))
        finally:
            transport.close()
        raise SpeechStartError("The speech server ended before it was ready.")

    async def _keep_alive(self) -> None:
        while True:
            await self._until_it_fails()
            self._become(SpeechState.DOWN)
            await self._kill()
            while True:
                await asyncio.sleep(self._policy.ended(time.monotonic()))
                try:
                    await self._launch()
                    break
                except SpeechStartError as error:
                    _log.error("speech_restart_failed", cause=str(error))
                    self._become(SpeechState.DOWN)
                    await self._kill()

    async def _until_it_fails(self) -> None:
        """Return when the child has ended, or no longer answers."""
        assert self._process is not None  # noqa: S101 - only called after a launch
        ended = asyncio.create_task(self._process.wait())
        watch = HealthWatch()
        try:
            async with httpx.AsyncClient(timeout=HEALTH_ANSWER_S, trust_env=False) as client:
                while not ended.done():
                    await asyncio.wait([ended], timeout=HEALTH_EVERY_S)
                    if not ended.done() and watch.answered(well=await self._is_well(client)):
                        _log.error("speech_hangs")
                        return
            _log.error("speech_died", code=ended.result())
        finally:
            ended.cancel()

    async def _is_well(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.base_url}/health")).is_success
        except httpx.HTTPError:
            return False

    async def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._process = None

    def _become(self, state: SpeechState, **details: object) -> None:
        if state is self._state:
            return
        self._state = state
        _log.info("speech_state", state=str(state), **details)
        if self._on_state is not None:
            self._on_state(state)
