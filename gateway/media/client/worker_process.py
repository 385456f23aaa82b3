"""One worker process as its parent sees it: start, requests and answers, the end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import msgspec

from gateway.media.errors import LegGone, MediaError
from gateway.media.playout.silence_fill import Silence
from gateway.media.wire import messages as m

_READ_CHUNK = 256 * 1024
_START_DEADLINE_S = 15.0
_STOP_DEADLINE_S = 5.0
REQUEST_DEADLINE_S = 5.0
"""How long an answer may take; the worker itself answers within two ticks."""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""How numpy multiplies matrices in the worker.

By default it shares large products among threads, one a core, and waits for them: the products of a tick are done in
less than a millisecond, but on a busy machine that wait takes 20.
"""

AnswerType = TypeVar("AnswerType", bound=m.Answer)

Detector: TypeAlias = Literal["silero", "webrtc"]
"""What judges speech: a neural network, or the light detector of WebRTC."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker is started: ``host`` and the range of ports are what its RTP sockets are bound to.

    ``media_timeout_s`` without a packet count as loss. ``silence`` is what is sent while nothing is played. ``cpu`` is
    the core to run on, None leaves that to the system.
    """

    host: str
    port_min: int
    port_max: int
    media_timeout_s: float = 20.0
    detector: Detector = "silero"
    silence: Silence = Silence.SILENCE
    cpu: int | None = None

    def arguments(self) -> list[str]:
        """Return the options as the worker's command takes them."""
        arguments = ["--host", self.host, "--port-min", str(self.port_min), "--port-max", str(self.port_max)]
        arguments += ["--media-timeout", str(self.media_timeout_s), "--vad", self.detector]
        arguments += ["--silence", self.silence]
        return arguments if self.cpu is None else [*arguments, "--cpu", str(self.cpu)]


class WorkerProcess:
    """A running worker.

    ``on_message`` gets its events, notices and load; ``on_exit`` is awaited once when it is gone.
    """

    def __init__(
        self, on_message: Callable[[m.Event | m.Notice | m.Load], None], on_exit: Callable[[], Awaitable[None]]
    ) -> None:
        self._on_message = on_message
        self._on_exit = on_exit
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._ready: asyncio.Future[m.Ready] = asyncio.get_running_loop().create_future()
        self._answers: dict[int, asyncio.Future[m.Answer]] = {}
        self._requests = itertools.count(1)
        self._reading: asyncio.Task[None] | None = None
        self.gone = False
        """Whether the connection to it has ended."""

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid if self._process else -1

    @property
    def runs_with(self) -> str:
        """What priority and CPU the system has granted the process, in words; known once it is started."""
        return self._ready.result().runs_with

    async def start(self, options: WorkerOptions) -> None:
        """Start the process and wait until it is ready.

        Raises:
            MediaError: it could not be started, ended at once, or was not ready in 15 s.

        """
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise MediaError(f"the media worker cannot be started: {error.strerror or error}") from error
        command = [sys.executable, "-m", "gateway.media.worker", "--control-fd", str(theirs.fileno())]
        command += options.arguments()
        try:
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env=os.environ | _ONE_THREAD,
                )
        except OSError as error:
            ours.close()
            raise MediaError(f"the media worker cannot be started: {error.strerror or error}") from error
        except BaseException:
            ours.close()
            raise
        try:
            reader, self._writer = await asyncio.open_connection(sock=ours)
            self._reading = asyncio.create_task(self._read(reader), name="media worker's messages")
            await asyncio.wait_for(self._ready, _START_DEADLINE_S)
        except TimeoutError as error:
            raise MediaError("the media worker was not ready in time") from error
        finally:
            if self._writer is None:
                ours.close()
            if not (self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None):
                self.kill()
                await self.stop()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Dispatch messages until the connection ends, then tell everyone who waits."""
        messages = m.MessageReader()
        decoder = msgspec.msgpack.Decoder(m.FromWorker)
        try:
            while data := await reader.read(_READ_CHUNK):
                for body in messages.feed(data):
                    self._dispatch(decoder.decode(body))
        except ConnectionError:
            pass  # a reset is the same news as the end of the stream
        finally:
            await self._ended()

    def _dispatch(self, message: m.FromWorker) -> None:
        if isinstance(message, (m.Event, m.Notice, m.Load)):
            self._on_message(message)
        elif isinstance(message, m.Ready):
            # One that comes when it is not waited for any longer tells nothing: the process is being ended.
            if not self._ready.done():
                self._ready.set_result(message)
        else:
            future = self._answers.pop(message.request, None)
            if future is not None and not future.done():
                future.set_result(message)

    async def _ended(self) -> None:
        self.gone = True
        if not self._ready.done():
            self._ready.set_exception(MediaError("the media worker ended while it started; its output says why"))
        for future in self._answers.values():
            if not future.done():
                future.set_exception(LegGone("the media worker ended"))
        self._answers.clear()
        if self._writer is not None:
            self._writer.close()
        await self._on_exit()

    def post(self, message: m.ToWorker) -> None:
        """Send a message that has no answer; without effect when the process is gone."""
        if self._writer is not None and not self.gone:
            self._writer.write(m.pack(message))

    async def drain(self) -> None:
        """Wait while the worker has too much to read."""
        if self._writer is not None and not self.gone:
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()

    async def request(self, build: Callable[[int], m.ToWorker], answer: type[AnswerType]) -> AnswerType:
        """Send ``build(number)`` and return its answer.

        Raises:
            LegGone: the process ended.
            MediaError: it refused, or did not answer within 5 s.

        """
        if self.gone:
            raise LegGone("the media worker ended")
        number = next(self._requests)
        future: asyncio.Future[m.Answer] = asyncio.get_running_loop().create_future()
        self._answers[number] = future
        self.post(build(number))
        try:
            result = await asyncio.wait_for(future, REQUEST_DEADLINE_S)
        except TimeoutError as error:
            raise MediaError("the media worker did not answer") from error
        finally:
            self._answers.pop(number, None)
        if isinstance(result, m.Failed):
            raise MediaError(result.sentence)
        if not isinstance(result, answer):
            raise MediaError(f"the media worker answered with {type(result).__name__}")
        return result

    def kill(self) -> None:
        """End the process without asking it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """Close the connection, upon which the process finishes its recordings and ends; kill it after 5 s."""
        if self._writer is not None:
            self._writer.close()
        if self._process is not None:
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_DEADLINE_S)
            except TimeoutError:
                self.kill()
                await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def wait(self) -> int:
        """Wait until the process has ended; return its exit status, negative for a signal."""
        return await self._process.wait() if self._process is not None else 0
