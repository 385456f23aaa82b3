import dataclasses

import httpx
import pytest
from speech_fakes import FakeEngines, served

pytest.importorskip("torch", reason="PyTorch is in an environment of its own: make xtts-test")


@pytest.fixture
async def http(tiny_engine):
    def load():
        return dataclasses.replace(
            FakeEngines().load(),
            synthesis=tiny_engine,
            synthesis_model="xtts-v2",
            synthesised_at_once=tiny_engine.at_once,
            check_voice=tiny_engine.check_voice,
            synthesis_version=tiny_engine.version,
        )

    async with served(load) as (url, service), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await service.settled.wait()
        yield client


async def test_the_speech_server_streams_what_xtts_says(http):
    asked = {"input": "Guten Tag.", "language": "de", "voice": "Bruno", "response_format": "pcm"}
    async with http.stream("POST", "/v1/audio/speech", json=asked) as answer:
        assert answer.status_code == 200
        chunks = [chunk async for chunk in answer.aiter_raw()]
    assert len(chunks) > 2
    assert sum(map(len, chunks)) > 2 * 24_000


async def test_a_voice_that_xtts_has_not_got_is_refused_by_name(http):
    answer = await http.post("/v1/audio/speech", json={"input": "Hallo.", "language": "de", "voice": "Carla"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "voice"
    assert "Ana Florence" in answer.json()["error"]["message"]
