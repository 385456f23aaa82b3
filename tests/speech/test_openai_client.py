"""The speech server as the official client of OpenAI's API uses it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import openai
import pytest
from speech_fakes import FakeEngines, served, tone

from gateway.audio import read_wav, write_wav
from gateway.speech.interface import SpeechUnavailable

WAV = ("utterance.wav", write_wav(tone(500, 8000)), "audio/wav")
TOKEN = "a-token-of-the-speech-server"


@pytest.fixture
async def engines() -> FakeEngines:
    return FakeEngines()


@pytest.fixture
async def client(engines: FakeEngines) -> AsyncIterator[openai.AsyncOpenAI]:
    async with served(engines.load, TOKEN) as (url, service):
        await service.settled.wait()
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=TOKEN, max_retries=0) as client:
            yield client


async def test_the_models_are_listed(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["fake-ears", "fake-mouth"]


async def test_an_utterance_is_transcribed_in_each_format(client: openai.AsyncOpenAI) -> None:
    plain = await client.audio.transcriptions.create(model="whisper-1", file=WAV)
    assert plain.text == "0.5"
    as_text = await client.audio.transcriptions.create(model="whisper-1", file=WAV, response_format="text")
    assert as_text.strip() == "0.5"
    verbose = await client.audio.transcriptions.create(
        model="whisper-1", file=WAV, response_format="verbose_json", timestamp_granularities=["word"], language="it"
    )
    assert (verbose.text, verbose.language, verbose.duration, verbose.words) == ("0.5", "it", 0.5, [])


async def test_a_transcript_is_streamed_as_events(client: openai.AsyncOpenAI) -> None:
    stream = await client.audio.transcriptions.create(model="whisper-1", file=WAV, stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events][-1] == "transcript.text.done"
    assert events[-1].text == "0.5"
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == "0.5"


async def test_speech_is_streamed_as_it_is_made_and_comes_in_each_format(client: openai.AsyncOpenAI) -> None:
    async with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="de-DE", input="zwei Worte", response_format="pcm"
    ) as response:
        octets = b"".join([part async for part in response.iter_bytes()])
    assert len(octets) == 2 * 24_000  # a second at 24 kHz, 16 bits
    wav = await client.audio.speech.create(model="tts-1", voice="de-DE", input="zwei Worte", response_format="wav")
    assert read_wav(wav.content).seconds == 1.0
    for response_format, head in (("flac", b"fLaC"), ("opus", b"OggS"), ("mp3", b"ID3")):
        sound = await client.audio.speech.create(
            model="tts-1", voice="de-DE", input="zwei Worte", response_format=response_format
        )
        assert sound.content.startswith(head), response_format


async def test_faults_are_the_clients_own_exceptions(client: openai.AsyncOpenAI, engines: FakeEngines) -> None:
    with pytest.raises(openai.BadRequestError, match="file"):
        await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", io.BytesIO(b"no sound")))
    engines.error = SpeechUnavailable("The queue is full.")
    with pytest.raises(openai.InternalServerError) as refused:
        await client.audio.transcriptions.create(model="whisper-1", file=WAV)
    assert refused.value.status_code == 503
    assert int(refused.value.response.headers["retry-after"]) >= 1
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="another").models.list()
