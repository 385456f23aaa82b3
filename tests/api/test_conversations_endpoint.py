"""Conversations over real HTTP: what is begun, heard, read and refused."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import numpy as np
import pyrage
import pytest
from http_line_fakes import Practice, practice

from gateway.api.app import Health, create_app
from gateway.api.conversations import create_conversations_router
from gateway.api.server import HttpServer
from gateway.audio import read_wav
from gateway.records.journal import utc_now
from gateway.records.recording_keys import new_key, parse_keys

BASE = "/api/conversations"
WAV = {"Content-Type": "audio/wav"}
KEY, RECIPIENT = new_key()


def wav(rate: int = 8000, channels: int = 1, seconds: float = 1.0, width: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(bytes(int(seconds * rate) * channels * width))
    return buffer.getvalue()


async def _healthy() -> Health:
    return Health(status="ok", version="1", uptime_s=1.0, calls=0, parts={})


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Practice]:
    async with practice(tmp_path, *["Wann haben Sie heute offen?"] * 20, most=2) as one:
        yield one


@pytest.fixture
async def client(given: Practice) -> AsyncIterator[httpx.AsyncClient]:
    routers = [create_conversations_router(given.line, given.journal, keys=parse_keys(KEY, "RECORDING_KEY"))]
    app = create_app(_healthy, token=None, routers=routers)
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    host, port = server.address
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        yield client
    await server.stop()


async def begin(client: httpx.AsyncClient, **body: str) -> str:
    response = await client.post(BASE, json=body)
    assert response.status_code == 201, response.text
    return response.json()["id"]


async def test_a_conversation_is_begun_gone_on_with_ended_and_read(client: httpx.AsyncClient) -> None:
    begun = await client.post(BASE, json={"caller_number": "+41791234567"})
    call_id = begun.json()["id"]
    assert begun.headers["location"] == f"{BASE}/{call_id}"
    assert "aufgezeichnet" in begun.json()["reply"]
    assert len(read_wav(base64.b64decode(begun.json()["audio"])))
    answered = (await client.post(f"{BASE}/{call_id}/audio", content=wav(), headers=WAV)).json()
    assert answered["transcript"] == "Wann haben Sie heute offen?"
    assert answered["reply"]
    assert answered["end_reason"] is None
    ended = await client.post(f"{BASE}/{call_id}/end")
    assert ended.status_code == 200
    story = (await client.get(f"{BASE}/{call_id}")).json()
    assert story == ended.json()
    assert story["caller_number"] == "+41791234567"
    assert [turn["speaker"] for turn in story["transcript"]] == ["gateway", "caller", "gateway"]
    assert story["transcript"][1]["start_s"] < story["transcript"][1]["end_s"]


@pytest.mark.parametrize(
    ("rate", "channels"), [(8000, 1), (8000, 2), (16_000, 1), (44_100, 2), (48_000, 1), (96_000, 2)]
)
async def test_a_wav_file_of_any_rate_mono_or_stereo_is_heard(
    client: httpx.AsyncClient, rate: int, channels: int
) -> None:
    call_id = await begin(client)
    response = await client.post(f"{BASE}/{call_id}/audio", content=wav(rate, channels), headers=WAV)
    assert response.status_code == 200, response.text
    form = await client.post(f"{BASE}/{call_id}/audio", files={"file": ("a.wav", wav(rate, channels), "audio/wav")})
    assert form.status_code == 200, form.text


@pytest.mark.parametrize(
    ("content", "kind", "status", "says"),
    [
        (b"no sound at all", "audio/wav", 422, "16-bit PCM WAV"),
        (wav()[:30], "audio/wav", 422, "16-bit PCM WAV"),
        (wav(seconds=0), "audio/wav", 422, "no sound"),
        (wav(width=1), "audio/wav", 422, "16 are needed"),
        (wav(rate=4000), "audio/wav", 422, "4000 samples"),
        (wav(seconds=61), "audio/wav", 413, "60 s"),
        (b"\0" * (12 * 1024 * 1024 + 1), "audio/wav", 413, "12582912 bytes"),
        (wav(), "text/plain", 415, "WAV file"),
        (wav(), "multipart/form-data", 422, "form"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
            "file",
        ),
    ],
)
async def test_what_is_no_utterance_is_refused_with_the_reason_and_the_conversation_goes_on(
    client: httpx.AsyncClient, content: bytes, kind: str, status: int, says: str
) -> None:
    call_id = await begin(client)
    response = await client.post(f"{BASE}/{call_id}/audio", content=content, headers={"Content-Type": kind})
    assert response.status_code == status, response.text
    assert says in response.json()["detail"]
    assert (await client.post(f"{BASE}/{call_id}/audio", content=wav(), headers=WAV)).status_code == 200


@pytest.mark.parametrize("body", [{"caller_number": "079 123 45 67"}, {"practise": "x"}, {"practice": "elsewhere"}, []])
async def test_a_beginning_that_cannot_be_is_refused(client: httpx.AsyncClient, body: object) -> None:
    response = await client.post(BASE, json=body)
    assert response.status_code == 422
    assert response.json()["detail"]


async def test_a_practice_that_there_is_not_is_refused_as_every_other_value_is(client: httpx.AsyncClient) -> None:
    response = await client.post(BASE, json={"practice": "elsewhere"})
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", "practice"]
    assert "lindengarten" in problem["msg"]


async def test_a_body_in_no_encoding_is_refused_as_the_schema_says(client: httpx.AsyncClient) -> None:
    response = await client.post(BASE, content=b"T\xff\x02", headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    schema = (await client.get("/api/openapi.json")).json()
    assert "400" in schema["paths"][BASE]["post"]["responses"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_that_is_too_large_is_refused_before_it_fills_the_memory(
    client: httpx.AsyncClient, *, chunked: bool
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 1024

    body = endless() if chunked else b" " * 64 * 1024
    response = await client.post(BASE, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 413
    assert "too large" in response.text.lower()


async def test_what_does_not_exist_is_not_found(client: httpx.AsyncClient) -> None:
    call_id = await begin(client)
    for missing in ("unknown", call_id[:8]):
        assert (await client.get(f"{BASE}/{missing}")).status_code == 404
        assert (await client.post(f"{BASE}/{missing}/end")).status_code == 404
        assert (await client.get(f"{BASE}/{missing}/recording")).status_code == 404
        assert (await client.post(f"{BASE}/{missing}/audio", content=wav(), headers=WAV)).status_code == 404


async def test_no_room_for_a_conversation_is_said_with_the_time_to_wait(client: httpx.AsyncClient) -> None:
    await begin(client)
    await begin(client)
    response = await client.post(BASE, json={})
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


async def test_the_list_is_paged_latest_first(client: httpx.AsyncClient, given: Practice) -> None:
    ids = []
    for _ in range(5):
        ids.append(await begin(client))
        await client.post(f"{BASE}/{ids[-1]}/end")
    seen, before = [], None
    while True:
        page = (await client.get(BASE, params={"limit": 2} | ({"before": before} if before else {}))).json()
        seen += [call["id"] for call in page["conversations"]]
        before = page["next"]
        if before is None:
            break
    assert seen == ids[::-1]
    assert (await client.get(BASE, params={"limit": 0})).status_code == 422


async def test_the_recording_is_served_in_ranges(client: httpx.AsyncClient) -> None:
    call_id = await begin(client)
    await client.post(f"{BASE}/{call_id}/audio", content=wav(), headers=WAV)
    await client.post(f"{BASE}/{call_id}/end")
    url = f"{BASE}/{call_id}/recording"
    whole = await client.get(url)
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    part = await client.get(url, headers={"Range": "bytes=44-1043"})
    assert (part.status_code, part.content) == (206, whole.content[44:1044])
    assert (await client.get(url, headers={"Range": "bytes=999999999-"})).status_code == 416


async def recorded(client: httpx.AsyncClient, given: Practice) -> tuple[str, Path]:
    call_id = await begin(client)
    await client.post(f"{BASE}/{call_id}/end")
    return f"{BASE}/{call_id}/recording", (await given.journal.call(call_id)).summary.recording_path


def sealed_copy(path: Path, recipient: str) -> Path:
    sealed = path.with_suffix(".wav.age")
    sealed.write_bytes(pyrage.encrypt(path.read_bytes(), [pyrage.x25519.Recipient.from_str(recipient)]))
    path.unlink()
    return sealed


async def seal(given: Practice, url: str, path: Path, recipient: str) -> None:
    sealed = sealed_copy(path, recipient)
    await given.journal.answer_call(url.split("/")[-2], utc_now(), sealed, "announced")


async def test_an_encrypted_recording_is_served_decrypted_in_ranges_too(
    client: httpx.AsyncClient, given: Practice
) -> None:
    url, path = await recorded(client, given)
    plain = path.read_bytes()
    await seal(given, url, path, RECIPIENT)
    whole = await client.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, plain, "audio/wav")
    part = await client.get(url, headers={"Range": "bytes=44-143"})
    assert (part.status_code, part.content) == (206, plain[44:144])
    assert part.headers["content-range"] == f"bytes 44-143/{len(plain)}"
    assert (await client.get(url, headers={"Range": "bytes=999999999-"})).status_code == 416


async def test_a_recording_that_no_key_opens_is_not_served_and_the_reason_is_said(
    client: httpx.AsyncClient, given: Practice
) -> None:
    url, path = await recorded(client, given)
    await seal(given, url, path, new_key()[1])
    response = await client.get(url)
    assert response.status_code == 503
    assert "cannot be decrypted" in response.json()["detail"]


async def test_a_recording_that_is_gone_is_not_found(client: httpx.AsyncClient, given: Practice) -> None:
    url, path = await recorded(client, given)
    path.unlink()
    assert (await client.get(url)).status_code == 404


async def test_a_stereo_upload_is_mixed(client: httpx.AsyncClient, given: Practice) -> None:
    call_id = await begin(client)
    stereo = np.zeros((8000, 2), "<i2")
    stereo[:, 1] = 8000
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setparams((2, 2, 8000, 0, "NONE", ""))
        writer.writeframes(stereo.tobytes())
    await client.post(f"{BASE}/{call_id}/audio", content=buffer.getvalue(), headers=WAV)
    await client.post(f"{BASE}/{call_id}/end")
    recorded = (await given.journal.call(call_id)).summary.recording_path
    with wave.open(str(recorded), "rb") as reader:
        sides = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    assert 3900 < int(sides[:, 0].max()) < 4400


async def test_no_other_site_may_read_or_begin_anything_from_a_browser(client: httpx.AsyncClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    preflight = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert (await client.options(BASE, headers=preflight)).status_code == 405
    simple = await client.post(BASE, content=b"{}", headers={**origin, "Content-Type": "text/plain"})
    assert simple.status_code == 422, "what a browser sends without asking first begins nothing"
    answers = [await client.get(BASE, headers=origin), await client.options(BASE, headers=preflight), simple]
    assert not any(name.startswith("access-control") for each in answers for name in each.headers)


async def test_the_published_schema_has_every_route(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/api/openapi.json")).json()
    paths = {path for path in schema["paths"] if path.startswith(BASE)}
    assert paths == {
        f"{BASE}/health",
        BASE,
        f"{BASE}/{{conversation_id}}",
        f"{BASE}/{{conversation_id}}/audio",
        f"{BASE}/{{conversation_id}}/end",
        f"{BASE}/{{conversation_id}}/recording",
    }
