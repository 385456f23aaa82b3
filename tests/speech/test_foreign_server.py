"""ASR_ENDPOINT and TTS_ENDPOINT pointed at servers that others wrote.

faster-whisper-server recognises with the embedded weights; fastkokoro's server speaks with the embedded voice.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from gateway_process import free_port
from xtts_test import pip_command

from gateway.audio import Pcm
from gateway.config import default_cache
from gateway.speech.client import HttpRecogniser, HttpSynthesiser
from gateway.speech.engines.pico import PicoEngine
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechRejected
from gateway.speech.model_store import embedded_whisper

ROOT = Path(__file__).parents[2]
REQUIREMENTS = Path(__file__).with_name("foreign-server.txt")

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def installed() -> Path:
    """The folder that the foreign server is installed in, once for all runs."""
    version = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = default_cache() / "environments" / f"foreign-server-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "fastkokoro").is_dir():
            command = [*pip_command(), "install", "--quiet", "--no-deps", "--require-hashes", "--target", str(folder)]
            subprocess.run([*command, "-r", str(REQUIREMENTS)], check=True, timeout=100)
    return folder


@contextmanager
def running(command: Sequence[str], port: int, installed: Path, folder: Path) -> Iterator[str]:
    """Run a server that listens on ``port``; yield its base URL."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "2"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{url}/health", process, log)
            yield url
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that recognises."""
    port = free_port(socket.SOCK_STREAM)
    weights = str(embedded_whisper(default_cache()))
    command = ("-m", "faster_whisper_server", weights, "--host", "127.0.0.1", "--port", str(port))
    with running(command, port, installed, tmp_path_factory.mktemp("recognition")) as url:
        yield url


@pytest.fixture(scope="module")
def voice_server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that speaks."""
    port = free_port(socket.SOCK_STREAM)
    program = str(Path(__file__).with_name("foreign_synthesis.py"))
    with running((program, str(port)), port, installed, tmp_path_factory.mktemp("synthesis")) as url:
        yield url


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"The server did not start: {log.read_text()}")


def spoken(text: str, language: str) -> Pcm:
    parts = list(PicoEngine().synthesise(text, language))
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)


async def test_what_is_said_comes_back_with_its_language_from_the_foreign_server(server: str) -> None:
    recogniser = HttpRecogniser(server)
    try:
        german = await recogniser.recognise(
            spoken("Guten Tag, ich möchte einen Termin am Donnerstag.", "de"), RecognitionHints(deadline_ms=60_000)
        )
        french = await recogniser.recognise(
            spoken("Bonjour, je voudrais un rendez-vous.", "fr"),
            RecognitionHints(language="fr", prompt="Luca Bernasconi.", deadline_ms=60_000),
        )
    finally:
        await recogniser.close()
    assert (german.language, french.language) == ("de", "fr")
    assert "ich möchte einen Termin" in german.text
    assert "rendez-vous" in french.text


async def test_what_fails_in_the_foreign_server_is_told_with_its_status(server: str) -> None:
    recogniser = HttpRecogniser(server)
    try:
        with pytest.raises(SpeechError, match="Recognition answered 500"):  # what that server says of a language
            await recogniser.recognise(Pcm(np.zeros(8000, np.int16), 8000), RecognitionHints(language="xx"))
    finally:
        await recogniser.close()


async def test_what_the_foreign_server_speaks_comes_whole_and_at_its_rate(voice_server: str) -> None:
    synthesiser = HttpSynthesiser(voice_server, model="kokoro", voices={"de": "df_anna"})
    try:
        text = "Guten Tag, hier ist die Zahnarztpraxis."
        parts = [part async for part in synthesiser.synthesise(text, "de")]
        assert {part.rate for part in parts} == {24_000}
        assert sum(part.seconds for part in parts) == pytest.approx(spoken(text, "de").seconds, abs=0.05)
        with pytest.raises(SpeechRejected, match="400"):
            [part async for part in synthesiser.synthesise(text, "fr")]
    finally:
        await synthesiser.close()
