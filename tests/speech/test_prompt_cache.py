import asyncio
import os
import time

import numpy as np
import pytest
from speech_fakes import tone

from gateway.speech.interface import SpeechUnavailable
from gateway.speech.prompt_cache import UNUSED_S, CachingSynthesiser

GREETING = ("Guten Tag.", "de")


class Voice:
    """Speaks 100 ms for each word and counts."""

    def __init__(self, rate=16_000):
        self.rate = rate
        self.spoken = []
        self.error = None
        self.proceed = asyncio.Event()
        self.proceed.set()

    async def synthesise(self, text, language, voice=None):
        self.spoken.append(text)
        await self.proceed.wait()
        for _ in text.split():
            if self.error:
                raise self.error
            yield tone(100, self.rate)


@pytest.fixture
async def voice():
    return Voice()


async def said(cache, text, language="de", voice=None):
    chunks = [chunk async for chunk in cache.synthesise(text, language, voice)]
    return chunks[0].rate, np.concatenate([chunk.samples for chunk in chunks])


async def test_a_fixed_prompt_is_synthesised_once_over_restarts(voice, tmp_path):
    first = CachingSynthesiser(voice, tmp_path, "1")
    assert not first.is_cached(*GREETING)
    assert await first.warm([GREETING, GREETING, ("Bonjour.", "fr")]) == 2
    assert first.is_cached(*GREETING)
    rate, samples = await said(first, "Guten Tag.")
    assert (rate, len(samples)) == (16_000, 3200)
    again = CachingSynthesiser(voice, tmp_path, "1")
    assert await again.warm([GREETING]) == 0
    assert again.is_cached(*GREETING)
    assert np.array_equal((await said(again, "Guten Tag."))[1], samples)
    assert sorted(voice.spoken) == ["Bonjour.", "Guten Tag."]


@pytest.mark.parametrize("rate", [8_000, 24_000])
async def test_a_voice_of_another_rate_is_kept_at_that_of_a_wideband_line(tmp_path, rate):
    cache = CachingSynthesiser(Voice(rate), tmp_path, "1")
    await cache.warm([GREETING])
    kept_rate, samples = await said(cache, "Guten Tag.")
    assert (kept_rate, len(samples)) == (16_000, 3200)


async def test_another_engine_or_language_speaks_anew(voice, tmp_path):
    await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING])
    assert await CachingSynthesiser(voice, tmp_path, "2").warm([GREETING]) == 1
    assert await CachingSynthesiser(voice, tmp_path, "1").warm([("Guten Tag.", "en")]) == 1


async def test_what_is_not_a_fixed_prompt_never_reaches_the_disk(voice, tmp_path):
    cache = CachingSynthesiser(voice, tmp_path, "1")
    await cache.warm([GREETING])
    before = sorted(tmp_path.rglob("*"))
    rate, samples = await said(cache, "Guten Tag, Frau Meier.")
    assert (rate, len(samples)) == (16_000, 6400)
    assert sorted(tmp_path.rglob("*")) == before
    assert not cache.is_cached("Guten Tag, Frau Meier.", "de")


async def test_no_text_is_readable_in_the_folder(voice, tmp_path):
    await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING])
    for path in tmp_path.rglob("*"):
        assert "Guten" not in path.name
        assert not path.is_file() or b"Guten" not in path.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"x" * 31, b"x" * 5000])
async def test_a_damaged_file_is_synthesised_anew(voice, tmp_path, damage):
    await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING])
    (path,) = tmp_path.rglob("*.pcm")
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:-1])
    cache = CachingSynthesiser(voice, tmp_path, "1")
    cache.fix([GREETING])
    await said(cache, "Guten Tag.")
    assert voice.spoken == ["Guten Tag."] * 2
    assert len(path.read_bytes()) == len(whole)
    assert await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING]) == 0


async def test_who_asks_at_the_same_time_shares_the_work_even_when_one_gives_up(voice, tmp_path):
    cache = CachingSynthesiser(voice, tmp_path, "1")
    cache.fix([GREETING])
    voice.proceed.clear()
    tasks = [asyncio.create_task(said(cache, "Guten Tag.")) for _ in range(3)]
    while not voice.spoken:
        await asyncio.sleep(0.001)
    tasks[0].cancel()
    await asyncio.wait([tasks[0]])
    voice.proceed.set()
    assert [len(samples) for _, samples in await asyncio.gather(*tasks[1:])] == [3200, 3200]
    assert voice.spoken == ["Guten Tag."]


async def test_a_failure_is_raised_and_not_kept(voice, tmp_path):
    cache = CachingSynthesiser(voice, tmp_path, "1")
    voice.error = SpeechUnavailable("down")
    assert await cache.warm([GREETING]) == 0
    with pytest.raises(SpeechUnavailable):
        await said(cache, "Guten Tag.")
    assert not cache.is_cached(*GREETING)
    voice.error = None
    assert len((await said(cache, "Guten Tag."))[1]) == 3200


async def test_a_folder_that_cannot_be_written_does_not_silence_the_prompt(voice, tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = CachingSynthesiser(voice, tmp_path / "file", "1")
    cache.fix([GREETING])
    assert len((await said(cache, "Guten Tag."))[1]) == 3200


async def test_memory_is_bounded_and_the_disk_stands_behind_it(voice, tmp_path):
    cache = CachingSynthesiser(voice, tmp_path, "1", memory_bytes=4000)
    prompts = [(f"Nummer {number}", "de") for number in range(4)]
    await cache.warm(prompts)
    assert cache._held <= 4000
    for text, language in prompts:
        await said(cache, text, language)
    assert len(voice.spoken) == 4


async def test_what_nobody_used_for_long_is_removed_and_what_is_used_stays(voice, tmp_path):
    await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING])
    (old,) = tmp_path.rglob("*.pcm")
    partial = old.with_suffix(".99.partial")
    partial.write_bytes(b"half")
    long_ago = time.time() - UNUSED_S - 10
    for path in (old, partial):
        os.utime(path, (long_ago, long_ago))
    await CachingSynthesiser(voice, tmp_path, "1").warm([GREETING])
    assert list(tmp_path.rglob("*.pcm")) == [old]
    assert not partial.exists()
    os.utime(old, (long_ago, long_ago))
    await CachingSynthesiser(voice, tmp_path, "2").warm([GREETING])
    assert not old.exists()
    assert len(list(tmp_path.rglob("*.pcm"))) == 1


async def test_another_voice_of_a_language_speaks_anew(voice, tmp_path):
    await CachingSynthesiser(voice, tmp_path, "1", voices={"de": "anna"}).warm([GREETING])
    assert await CachingSynthesiser(voice, tmp_path, "1", voices={"de": "ben"}).warm([GREETING]) == 1
