import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from gateway.audio import Pcm, resample
from gateway.config import Settings
from gateway.speech import supervisor as supervisor_module
from gateway.speech.client import HttpRecogniser, HttpSynthesiser
from gateway.speech.interface import RecognitionHints, SpeechUnavailable
from gateway.speech.supervisor import SpeechProcess, SpeechStartError, SpeechState


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition, seconds=40):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
async def process(monkeypatch):
    monkeypatch.setattr(supervisor_module, "HEALTH_EVERY_S", 0.1)
    states = []
    process = SpeechProcess(Settings(speech_port=0, speech_threads=1), on_state=states.append)
    process.states = states
    yield process
    await process.stop()


@pytest.fixture
async def http():
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.mark.models
async def test_a_killed_server_and_a_hung_one_are_back_at_the_same_address(process, http, monkeypatch):
    with pytest.raises(SpeechUnavailable):
        assert process.base_url
    await process.start()
    url, first = process.base_url, process.pid
    recogniser, synthesiser = HttpRecogniser(url, client=http), HttpSynthesiser(url, client=http)
    parts = [part async for part in synthesiser.synthesise("Guten Tag, ich brauche einen Termin.", "de")]
    sound = resample(Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate), 8000)
    hints = RecognitionHints(deadline_ms=20_000)
    assert "Termin" in (await recogniser.recognise(sound, hints)).text

    os.kill(first, signal.SIGKILL)
    await until(lambda: process.state is SpeechState.DOWN)
    with pytest.raises(SpeechUnavailable):
        await recogniser.recognise(sound, hints)
    await until(lambda: process.state is SpeechState.READY)
    second = process.pid
    assert (process.base_url, second != first) == (url, True)
    assert "Termin" in (await recogniser.recognise(sound, hints)).text

    monkeypatch.setattr(supervisor_module, "HEALTH_ANSWER_S", 0.3)
    os.kill(second, signal.SIGSTOP)
    await until(lambda: process.state is SpeechState.DOWN)
    await until(lambda: not alive(second))
    await until(lambda: process.state is SpeechState.READY)
    assert "Termin" in (await recogniser.recognise(sound, hints)).text
    assert process.states.count(SpeechState.READY) == 3

    last = process.pid
    await process.stop()
    assert not alive(last)
    assert process.pid is None


async def test_a_missing_model_is_told_in_one_sentence(tmp_path):
    process = SpeechProcess(Settings(speech_port=0, cache_dir=tmp_path))
    with pytest.raises(SpeechStartError, match="gateway models pull"):
        await process.start()
    assert (process.pid, process.state) == (None, SpeechState.STOPPED)
    await process.stop()


async def test_a_taken_port_is_told_in_one_sentence():
    async with await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SpeechStartError, match="SPEECH_PORT"):
            await SpeechProcess(Settings(speech_port=port)).start()


async def test_a_child_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(supervisor_module, "READY_WITHIN_S", 0.2)
    process = SpeechProcess(Settings(speech_port=0))
    monkeypatch.setattr(process, "_command", lambda descriptor: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(SpeechStartError, match="not ready within"):
        await process.start()
    monkeypatch.setattr(process, "_command", lambda descriptor: [sys.executable, "-c", ""])
    monkeypatch.setattr(supervisor_module, "READY_WITHIN_S", 20)
    with pytest.raises(SpeechStartError, match="ended before"):
        await process.start()


PARENT = """
import asyncio
from gateway.config import Settings
from gateway.speech.supervisor import SpeechProcess

async def main():
    process = SpeechProcess(Settings(speech_port=0, speech_threads=1))
    process._ready = lambda descriptor: asyncio.sleep(0, "http://127.0.0.1:1")
    await process.start()
    print(process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_child_dies_with_its_parent_even_when_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        line = b""
        while not line.strip().isdigit():
            line = parent.stdout.readline()
        child = int(line)
        assert alive(child)
        parent.kill()
    deadline = time.monotonic() + 20
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


@pytest.mark.models
def test_the_command_ends_cleanly_on_sigterm():
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "gateway.speech", "--port", "0", "--ready-fd", str(writer)]
    with subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        os.close(writer)
        with os.fdopen(reader) as reports:
            listening = reports.readline()
            assert '"listening"' in listening
            assert '"ready"' in reports.readline()
        server.terminate()
        _, complaints = server.communicate(timeout=10)
    assert (server.returncode, complaints) == (0, b"")
    with contextlib.suppress(httpx.ConnectError):
        httpx.get(listening.split('"url": "')[1].split('"')[0], trust_env=False)
        pytest.fail("somebody still listens")
