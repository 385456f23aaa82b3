"""What the logs of whole conversations hold: nothing of what callers are called, called from, or said.

Conversations are held over real HTTP through every layer, at the level ``debug``, faults included.
"""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sqlite3
import sys
import threading
import warnings
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from http_line_fakes import practice
from sqlalchemy.exc import DataError

from gateway.api.app import Health, create_app
from gateway.api.conversations import create_conversations_router
from gateway.api.server import HttpServer
from gateway.logs import configure_logging
from gateway.records import writes
from gateway.records.errors import RecordsError
from gateway.records.model import NewTurn
from gateway.speech.interface import SpeechError

BASE = "/api/conversations"
NUMBER = "+41791234567"
SAID = (
    "Grüezi, mein Name ist Xaverine Quistorpius, ich möchte einen Termin am Donnerstag um zehn Uhr.",
    "Meine Nummer ist null sieben neun, 123 45 67.",
    "079 123 45 67, ja, und am Donnerstag wegen Zahnschmerzen beim Backenzahn.",
    "Xaverine Quistorpius, geboren am dritten Mai 1985.",
    "Ja, genau so ist es.",
)
PERSONAL = re.compile(
    r"xaverine|quistorpius|backenzahn|grüezi|gr\\u00fcezi|donnerstag|geboren"
    r"|(?:\+41|0041|0)[\s./-]?79[\s./-]?123[\s./-]?45[\s./-]?67|123[\s./-]?45[\s./-]?67|null sieben neun",
    re.IGNORECASE,
)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Return what is logged at the level ``debug``; put logging back as it was afterwards."""
    root = logging.getLogger()
    handlers, level, hooks, show = root.handlers[:], root.level, (sys.excepthook, threading.excepthook), warnings
    showwarning = show.showwarning
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    show.showwarning = showwarning
    root.handlers, (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)


async def _healthy() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


def utterance() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setparams((1, 2, 8000, 0, "NONE", ""))
        writer.writeframes(bytes(16_000))
    return buffer.getvalue()


async def converse(folder: Path, *answers: str | Exception) -> None:
    """Hold a conversation, look for it and read it, all over HTTP."""
    async with practice(folder, *answers) as given:
        app = create_app(_healthy, token=None, routers=[create_conversations_router(given.line, given.journal)])
        server = HttpServer(app, "127.0.0.1", 0)
        await server.start()
        async with httpx.AsyncClient(base_url="http://{}:{}".format(*server.address)) as client:
            begun = await client.post(BASE, json={"caller_number": NUMBER})
            call_id = begun.json()["id"]
            for _ in answers:
                await client.post(f"{BASE}/{call_id}/audio", content=utterance(), headers={"Content-Type": "audio/wav"})
            await client.post(f"{BASE}/{call_id}/end")
            for wanted in ({"text": "Xaverine Quistorpius"}, {"caller_number": NUMBER}, {"pratice": "Quistorpius"}):
                await client.get(BASE, params=wanted)
            await client.post(BASE, json={"practice": "Quistorpius", "caller_number": NUMBER})
            story = (await client.get(f"{BASE}/{call_id}")).json()
            assert story["caller_number"] == NUMBER, "or nothing would be proved"
        await server.stop()


def leaks(text: str) -> list[str]:
    return [line for line in text.splitlines() if PERSONAL.search(line)]


async def test_a_conversation_leaves_nothing_of_its_caller_in_the_logs(tmp_path: Path, stream: io.StringIO) -> None:
    await converse(tmp_path, *SAID)
    assert stream.getvalue().count('"http_request"') > len(SAID)
    assert leaks(stream.getvalue()) == []


@pytest.mark.parametrize(
    "fault",
    [
        SpeechError("the server cannot be reached"),
        ValueError(f"cannot read {SAID[0]!r}"),
        KeyError(SAID[0]),
        UnicodeEncodeError("ascii", SAID[0], 0, 1, "not in range"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_fault_that_quotes_what_was_said_does_not_bring_it_into_the_logs(
    tmp_path: Path, stream: io.StringIO, fault: Exception
) -> None:
    await converse(tmp_path, SAID[0], fault, SAID[1])
    assert type(fault).__name__ in stream.getvalue()
    assert leaks(stream.getvalue()) == []


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda values: DataError("INSERT INTO turn", values, sqlite3.DataError(repr(values))), "record_not_written"),
        (lambda values: ValueError(f"no such column: {values!r}"), "http_conversation_failed"),
    ],
)
async def test_records_that_cannot_be_written_are_told_of_without_what_was_to_be_written(
    tmp_path: Path, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Exception], told: str
) -> None:
    def refuse(_session: object, _call_id: str, *values: object, **_: object) -> None:
        if isinstance(values[0], NewTurn) and values[0].speaker == "gateway":
            return
        raise make(values)

    monkeypatch.setattr(writes, "insert_turn", refuse)
    monkeypatch.setattr(writes, "upsert_facts", refuse)
    await converse(tmp_path, *SAID)
    assert told in stream.getvalue()
    assert leaks(stream.getvalue()) == []


async def test_a_task_whose_fault_nobody_awaits_is_told_of_without_its_words(stream: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(SAID[0])

    task = asyncio.create_task(fail(), name="forgotten")
    await asyncio.wait([task])
    loop = asyncio.get_running_loop()
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    (line,) = [line for line in stream.getvalue().splitlines() if "never retrieved" in line]
    assert "ValueError" in line
    assert leaks(line) == []


def test_our_own_faults_keep_their_sentence(stream: io.StringIO) -> None:
    error = RecordsError("The database is locked by another process.")
    structlog.get_logger("gateway.test").error("x", exc_info=error)
    assert "is locked by another process" in stream.getvalue()
