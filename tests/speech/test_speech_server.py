import asyncio
import threading

import httpx
import pytest
from speech_fakes import FakeEngines, served, tone

from gateway.audio import Pcm, read_wav, write_wav
from gateway.speech.requests import LARGEST_UPLOAD

WAV = write_wav(tone(500, 8000))


@pytest.fixture
async def engines():
    engines = FakeEngines()
    yield engines
    engines.proceed.set()


@pytest.fixture
async def http(engines):
    async with served(engines.load) as (url, service), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await service.settled.wait()
        yield client


def transcribe(http, file=WAV, **fields):
    return http.post("/v1/audio/transcriptions", files={"file": ("a.wav", file)}, data=fields)


def speak(http, **fields):
    return http.post("/v1/audio/speech", json=fields)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_each_transcript_format_is_openais(http):
    assert (await transcribe(http)).json() == {"text": "0.5"}
    assert (await transcribe(http, response_format="text")).text == "0.5"
    verbose = (await transcribe(http, response_format="verbose_json", model="whisper-1")).json()
    assert verbose["language"] == "fr"
    assert verbose["confidence"] == 0.75
    assert verbose["no_speech"] == 0.1
    assert verbose["languages"] == {"fr": 0.9, "de": 0.1}
    assert verbose["duration"] == 0.5


async def test_every_hint_reaches_the_engine(http, engines):
    await transcribe(http, language="it", languages="de, it", prompt="Dr. Rossi", deadline_ms="1500", partial="true")
    hints = engines.jobs[0].hints
    assert (hints.language, hints.languages, hints.prompt) == ("it", ("de", "it"), "Dr. Rossi")
    assert (hints.deadline_ms, hints.partial) == (1500, True)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"language": "rm"}, "language"),
        ({"languages": "de,xx"}, "languages"),
        ({"response_format": "srt"}, "response_format"),
        ({"deadline_ms": "soon"}, "deadline_ms"),
        ({"deadline_ms": "1"}, "deadline_ms"),
        ({"prompt": "x" * 3000}, "prompt"),
        ({"file": b"ID3 not a wav"}, "file"),
        ({"file": b""}, "file"),
        ({"file": WAV[:44]}, "file"),
        ({"file": write_wav(Pcm(tone(100).samples, 100))}, "file"),
    ],
)
async def test_bad_input_is_refused_with_the_fields_name(http, fields, param):
    answer = await transcribe(http, **fields)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == param
    assert error["message"].startswith(f"{param}: ")


async def test_what_is_no_form_is_refused(http):
    assert (await http.post("/v1/audio/transcriptions", content=b"abc")).status_code == 415
    torn = await http.post(
        "/v1/audio/transcriptions", content=b"abc", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert torn.status_code == 400
    unbounded = await http.post(
        "/v1/audio/transcriptions", content=b"abc", headers={"content-type": "multipart/form-data"}
    )
    assert unbounded.status_code == 400
    missing = await http.post("/v1/audio/transcriptions", files={"other": b"x"})
    assert missing.json()["error"]["param"] == "file"
    text = await http.post("/v1/audio/transcriptions", files={"x": b""}, data={"file": "words"})
    assert text.json()["error"]["param"] == "file"


async def test_a_body_that_is_too_large_is_refused_declared_or_not(http):
    declared = await transcribe(http, file=b"\0" * (LARGEST_UPLOAD + 1))
    assert declared.status_code == 413

    async def endless():
        for _ in range(LARGEST_UPLOAD // 65536 + 2):
            yield b"\0" * 65536

    chunked = await http.post(
        "/v1/audio/transcriptions", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert chunked.status_code == 413


async def test_a_minutes_long_utterance_is_refused(http):
    answer = await transcribe(http, file=write_wav(Pcm.silence(121_000)))
    assert (answer.status_code, answer.json()["error"]["param"]) == (413, "file")


async def test_an_overloaded_a_late_and_a_failing_engine_have_their_own_status(http, engines):
    engines.error = RuntimeError("secret detail")
    failed = await transcribe(http)
    assert failed.status_code == 500
    assert "secret" not in failed.text
    engines.error = None
    engines.proceed.clear()
    assert (await transcribe(http, deadline_ms="100")).status_code == 504
    engines.proceed.set()


async def test_closing_the_connection_takes_the_utterance_out_of_the_queue(http, engines):
    engines.proceed.clear()
    running = asyncio.create_task(transcribe(http, prompt="running"))
    await until(lambda: engines.jobs)
    gone = asyncio.create_task(transcribe(http, prompt="gone"))
    health = await http.get("/health")
    while health.json()["waiting"] == 0:
        health = await http.get("/health")
    gone.cancel()
    while (await http.get("/health")).json()["waiting"]:
        await asyncio.sleep(0.005)
    engines.proceed.set()
    assert (await running).status_code == 200
    assert [job.hints.prompt for job in engines.jobs] == ["running"]


async def test_pcm_is_streamed_as_it_is_made(http, engines):
    body = {"input": "eins zwei", "voice": "de-DE", "response_format": "pcm", "sample_rate": 8000}
    engines.proceed.clear()
    threading.Timer(0.05, engines.proceed.set).start()
    async with http.stream("POST", "/v1/audio/speech", json=body) as response:
        assert response.headers["x-sample-rate"] == "8000"
        chunks = [chunk async for chunk in response.aiter_bytes()]
    assert len(chunks) > 1
    assert len(b"".join(chunks)) == 2 * 8000


async def test_speech_formats_and_rates_are_openais_unless_others_are_asked_for(http):
    pcm = await speak(http, input="eins", language="de", response_format="pcm")
    assert (pcm.headers["x-sample-rate"], len(pcm.content)) == ("24000", 24_000)
    wav = read_wav((await speak(http, input="eins zwei", voice="fr-FR")).content)
    assert (wav.rate, wav.seconds) == (16_000, 1.0)
    assert read_wav((await speak(http, input="eins", voice="fr-FR", sample_rate=8000)).content).rate == 8000


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": "x"}, "voice"),
        ({"input": "x", "voice": "alloy"}, "voice"),
        ({"input": "", "language": "de"}, "input"),
        ({"input": "x" * 5000, "language": "de"}, "input"),
        ({"language": "de"}, "input"),
        ({"input": " ", "language": "de"}, "input"),
        ({"input": "x", "language": "rm"}, "language"),
        ({"input": "x", "language": "de", "response_format": "aac"}, "response_format"),
        ({"input": "x", "language": "de", "stream_format": "websocket"}, "stream_format"),
        ({"input": "x", "language": "de", "speed": 5}, "speed"),
        ({"input": "x", "language": "de", "deadline_ms": 1}, "deadline_ms"),
        ({"input": "x", "language": "de", "sample_rate": 1}, "sample_rate"),
    ],
)
async def test_bad_speech_requests_are_refused_with_the_fields_name(http, fields, param):
    answer = await speak(http, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_what_is_no_json_is_refused(http):
    assert (await http.post("/v1/audio/speech", content=b"{")).status_code == 400
    assert (await http.post("/v1/audio/speech", content=b"[1]")).status_code == 400


async def test_a_voice_that_fails_at_once_has_a_status_and_a_later_one_breaks_the_stream(http):
    assert (await speak(http, input="fail", language="de")).status_code == 500
    with pytest.raises(httpx.RemoteProtocolError):
        await speak(http, input="eins zwei fail", language="de", response_format="pcm")


async def test_models_are_listed(http):
    assert [model["id"] for model in (await http.get("/v1/models")).json()["data"]] == ["fake-ears", "fake-mouth"]


async def test_health_and_readiness_tell_loading_ready_and_failed(engines):
    loading = threading.Event()

    def slow():
        assert loading.wait(10)
        return engines.load()

    async with served(slow) as (url, service), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "loading")
        assert "loaded" in answer.json()["missing"]
        assert (await client.get("/health")).status_code == 200
        refused = await transcribe(client)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert (await speak(client, input="x", language="de")).status_code == 503
        loading.set()
        await service.settled.wait()
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["models"]["recognition"]) == (200, "fake-ears")

    def broken():
        raise OSError("disk")

    async with served(broken) as (url, service), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await service.settled.wait()
        for path in ("/health", "/ready"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["status"]) == (503, "failed")
