"""Where each word of a transcript lies, over HTTP: asked of our own server, and read from another's answer."""

import json
import re

import pytest
from speech_fakes import FakeEngines, scripted_server, served, tone

from gateway.speech.client import HttpRecogniser
from gateway.speech.interface import RecognitionHints, SpeechError, Transcript, Word

WORDS = (Word("Guten", 120, 480, 0.9), Word("Tag.", 480, 900, 0.8))


async def recognise(url, **hints):
    recogniser = HttpRecogniser(url)
    try:
        return await recogniser.recognise(tone(500, 8000), RecognitionHints(**hints))
    finally:
        await recogniser.close()


async def test_words_times_come_from_our_server_where_they_are_asked_for():
    engines = FakeEngines()
    asked = []

    def recognise_words(jobs):
        asked.extend(job.hints.word_times for job in jobs)
        return [Transcript("Guten Tag.", "de", 0.9, words=WORDS) for _ in jobs]

    engines.recognise = recognise_words
    async with served(engines.load) as (url, service):
        await service.settled.wait()
        assert (await recognise(url, word_times=True)).words == WORDS
        assert (await recognise(url)).words == ()
    assert asked == [True, False]


def answering(body):
    async def answer(reader, writer, head):
        await reader.readexactly(int(re.search(rb"content-length: (\d+)", head.lower())[1]))
        payload = json.dumps(body).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(payload) + payload)
        await writer.drain()

    return answer


async def test_openais_own_words_are_read_too():
    body = {"text": "Guten Tag.", "words": [{"word": " Guten", "start": 0.12, "end": 0.48}]}
    async with scripted_server(answering(body)) as url:
        assert (await recognise(url, word_times=True)).words == (Word("Guten", 120, 480, 1.0),)


@pytest.mark.parametrize("words", [[{"word": "x"}], ["x"], [{"word": "x", "start": "soon", "end": 1}], 5])
async def test_words_that_are_none_are_an_error(words):
    async with scripted_server(answering({"text": "x", "words": words})) as url:
        with pytest.raises(SpeechError):
            await recognise(url, word_times=True)
