"""What stands in for engines and servers in the tests of this folder."""

import asyncio
import contextlib
import threading

import numpy as np
import uvicorn

from gateway.audio import Pcm
from gateway.speech.interface import SpeechError, Transcript
from gateway.speech.loaded_engines import Engines
from gateway.speech.serve import address_url, listen
from gateway.speech.server import create_app
from gateway.speech.service import SpeechService
from gateway.speech.voices import choose_voice


def tone(milliseconds, rate=16_000, amplitude=8000):
    count = rate * milliseconds // 1000
    return Pcm((amplitude * np.sin(2 * np.pi * 440 * np.arange(count) / rate)).astype(np.int16), rate)


class FakeEngines:
    """Recognises the length of a sound, speaks half a second for each word; can be told to wait or to fail."""

    def __init__(self):
        self.jobs = []
        self.proceed = threading.Event()
        self.proceed.set()
        self.error = None
        self.closed = 0

    def recognise(self, jobs):
        self.jobs += jobs
        assert self.proceed.wait(20)
        if self.error:
            raise self.error
        return [
            Transcript(f"{job.pcm.seconds:.1f}", job.hints.language or "fr", 0.75, 0.1, {"fr": 0.9, "de": 0.1})
            for job in jobs
        ]

    def synthesise(self, text, language, voice=None):
        choose_voice(language, voice)
        for word in text.split():
            if word == "fail":
                raise SpeechError("no voice")
            assert self.proceed.wait(20)
            yield tone(500)

    def load(self):
        return Engines(self.recognise, self, "fake-ears", "fake-mouth")


@contextlib.asynccontextmanager
async def served(load, token=None):
    """Serve the application over a real socket; yield its base URL and the service."""
    with listen("127.0.0.1", 0) as listener:
        service = SpeechService(load)
        server = uvicorn.Server(
            uvicorn.Config(create_app(service, token), lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        )
        running = asyncio.create_task(server._serve([listener]))  # without taking over the signals
        loading = asyncio.create_task(service.load())
        try:
            yield address_url(listener), service
        finally:
            server.should_exit = True
            await asyncio.gather(running, loading)
            await service.close()


@contextlib.asynccontextmanager
async def scripted_server(answer):
    """Listen with ``answer(reader, writer, head)`` for each request; yield the base URL."""
    tasks = set()

    async def handle(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer, head)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
