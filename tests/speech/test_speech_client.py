import asyncio
import json
import re
import socket

import numpy as np
import pytest
from speech_fakes import FakeEngines, scripted_server, served, tone

from gateway.audio import Pcm
from gateway.speech import client as client_module
from gateway.speech.client import HttpRecogniser, HttpSynthesiser
from gateway.speech.interface import (
    RecognitionHints,
    SpeechError,
    SpeechRejected,
    SpeechTimeout,
    SpeechUnavailable,
)

SOUND = tone(500, 8000)


def answering(body, status="200 OK", headers=""):
    """Return a server's behaviour: one answer, then the connection is closed."""

    async def answer(reader, writer, head):
        await read_body(reader, head)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{headers}Connection: close\r\n\r\n".encode())
        writer.write(data)
        await writer.drain()

    return answer


async def read_body(reader, head):
    length = re.search(rb"content-length: (\d+)", head.lower())
    await reader.readexactly(int(length.group(1)))


async def hang(reader, writer, head):
    await asyncio.Event().wait()


async def recognise(url, **hints):
    recogniser = HttpRecogniser(url)
    try:
        return await recogniser.recognise(SOUND, RecognitionHints(**hints))
    finally:
        await recogniser.close()


async def synthesise(url, text="eins zwei", into=None, **options):
    synthesiser = HttpSynthesiser(url, **options)
    chunks = [] if into is None else into
    try:
        async for chunk in synthesiser.synthesise(text, "de"):
            chunks.append(chunk)
        return chunks
    finally:
        await synthesiser.close()


async def test_both_directions_work_against_the_real_server():
    engines = FakeEngines()
    async with served(engines.load) as (url, service):
        await service.settled.wait()
        transcript = await recognise(url, languages=("fr", "de"), prompt="Keller", deadline_ms=3000, partial=True)
        assert (transcript.text, transcript.language, transcript.confidence) == ("0.5", "fr", 0.75)
        assert (transcript.no_speech, transcript.languages) == (0.1, {"de": 0.1, "fr": 0.9})
        hints = engines.jobs[0].hints
        assert (hints.languages, hints.prompt, hints.deadline_ms) == (("fr", "de"), "Keller", 3000)
        assert hints.partial
        chunks = await synthesise(f"{url}/v1/", sample_rate=8000)
        assert {chunk.rate for chunk in chunks} == {8000}
        assert sum(len(chunk) for chunk in chunks) == 8000
        with pytest.raises(SpeechRejected, match="input"):
            await synthesise(url, text=" ")


async def test_a_plain_openai_answer_is_understood():
    async with scripted_server(answering({"text": " Hallo ", "language": "german", "segments": []})) as url:
        transcript = await recognise(url)
    assert (transcript.text, transcript.language, transcript.confidence) == ("Hallo", "de", 1.0)
    async with scripted_server(answering({"text": "x"})) as url:
        assert (await recognise(url, language="it")).language == "it"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("400 Bad Request", SpeechRejected),
        ("413 Too Large", SpeechRejected),
        ("429 Slow Down", SpeechUnavailable),
        ("500 Oops", SpeechError),
        ("502 Bad", SpeechUnavailable),
        ("503 Busy", SpeechUnavailable),
        ("504 Late", SpeechTimeout),
        ("302 Elsewhere", SpeechError),
    ],
)
async def test_each_status_has_its_error(status, error):
    async with scripted_server(answering({"error": {"message": "Because."}}, status)) as url:
        with pytest.raises(error, match="Because") as recognition:
            await recognise(url)
        with pytest.raises(error) as synthesis:
            await synthesise(url)
    assert type(recognition.value) is type(synthesis.value) is error


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"text": null}', b'{"text": "x", "confidence": "high"}', b"1"]
)
async def test_garbage_is_an_error_and_no_transcript(body):
    async with scripted_server(answering(body)) as url:
        with pytest.raises(SpeechError):
            await recognise(url)


async def test_an_endless_answer_is_cut_off():
    async def endless(reader, writer, head):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with scripted_server(endless) as url:
        with pytest.raises(SpeechError, match="larger"):
            await recognise(url)


async def test_a_server_that_hangs_costs_the_deadline_and_no_more(monkeypatch):
    async with scripted_server(hang) as url:
        with pytest.raises(SpeechTimeout):
            await recognise(url, deadline_ms=100)
        monkeypatch.setattr(client_module, "SYNTHESIS_FIRST_S", 0.1)
        with pytest.raises(SpeechTimeout):
            await synthesise(url)


async def test_a_stream_that_stalls_or_breaks_off_raises_after_what_came(monkeypatch):
    monkeypatch.setattr(client_module, "SYNTHESIS_NEXT_S", 0.1)
    head = b"HTTP/1.1 200 OK\r\nX-Sample-Rate: 8000\r\nContent-Length: 8000\r\n\r\n"

    async def stall(reader, writer, _):
        writer.write(head + b"\1\0" * 100 + b"\1")
        await asyncio.Event().wait()

    async def break_off(reader, writer, _):
        writer.write(head + b"\1\0" * 100)

    for behaviour, error in ((stall, SpeechTimeout), (break_off, SpeechUnavailable)):
        async with scripted_server(behaviour) as url:
            chunks = []
            with pytest.raises(error):
                await synthesise(url, into=chunks)
            assert sum(len(chunk) for chunk in chunks) == 100


async def test_samples_torn_between_chunks_are_put_together():
    samples = np.arange(1000, dtype=np.int16)
    data = Pcm(samples, 8000).to_bytes()

    async def torn(reader, writer, _):
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        for start in range(0, len(data), 333):
            writer.write(data[start : start + 333])
            await writer.drain()
            await asyncio.sleep(0)

    async with scripted_server(torn) as url:
        chunks = await synthesise(url)
    assert {chunk.rate for chunk in chunks} == {24_000}
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), samples)


@pytest.mark.parametrize("rate", ["abc", "0", "-8000", "999999999"])
async def test_an_impossible_sample_rate_is_an_error(rate):
    async with scripted_server(answering(b"\0\0", headers=f"X-Sample-Rate: {rate}\r\n")) as url:
        with pytest.raises(SpeechError, match="rate"):
            await synthesise(url)


async def test_no_sound_is_an_error():
    async with scripted_server(answering(b"")) as url:
        with pytest.raises(SpeechError, match="no sound"):
            await synthesise(url)


async def test_a_refused_connection_is_tried_once_more(monkeypatch):
    monkeypatch.setattr(client_module, "RETRY_AFTER_S", 0.3)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with pytest.raises(SpeechUnavailable):
        await recognise(url)
    first = asyncio.create_task(recognise(url))
    await asyncio.sleep(0.1)
    handler = answering({"text": "da", "language": "de"})

    async def handle(reader, writer):
        await handler(reader, writer, await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", port):
        assert (await first).text == "da"


async def test_a_connection_that_broke_while_it_was_kept_open_is_replaced():
    behaviour = answering({"text": "da", "language": "de"})
    requests = []

    async def break_the_first(reader, writer, head):
        requests.append(head)
        if len(requests) == 1:
            await read_body(reader, head)
            return
        await behaviour(reader, writer, head)

    async with scripted_server(break_the_first) as url:
        assert (await recognise(url)).text == "da"
    assert len(requests) == 2


async def test_cancelling_closes_the_connection():
    closed = asyncio.Event()
    arrived = asyncio.Event()

    async def watch(reader, writer, head):
        arrived.set()
        while await reader.read(65536):
            pass
        closed.set()

    async with scripted_server(watch) as url:
        task = asyncio.create_task(recognise(url))
        await arrived.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await asyncio.wait_for(closed.wait(), 5)
