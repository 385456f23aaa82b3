"""A voice that fails, hangs, trickles or never ends costs the caller a bounded time, and another one speaks."""

import asyncio

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.speech import bounded as bounded_module
from gateway.speech.bounded import bounded
from gateway.speech.fallback import FallbackSynthesiser, InProcessSynthesiser
from gateway.speech.interface import SpeechError, SpeechRejected, SpeechTimeout, SpeechUnavailable
from gateway.speech.resting import FIRST_REST_S, LONGEST_REST_S, RestingSynthesiser


def chunk(seconds=0.1):
    return Pcm(np.ones(int(16_000 * seconds), np.int16), 16_000)


class Voice:
    """Says ``chunks`` chunks and then does what ``then`` says: ends, fails or hangs."""

    def __init__(self, chunks, then=None):
        self.chunks = chunks
        self.then = then
        self.asked = 0
        self.closed = 0

    async def synthesise(self, text, language, voice=None):
        self.asked += 1
        try:
            for _ in range(self.chunks):
                yield chunk()
            if self.then == "hang":
                await asyncio.Event().wait()
            if self.then is not None:
                raise self.then
        finally:
            self.closed += 1


async def count(synthesiser):
    return len([part async for part in synthesiser.synthesise("Guten Tag.", "de")])


@pytest.fixture
def impatient(monkeypatch):
    for name in ("first_s", "next_s"):
        monkeypatch.setitem(bounded_module.bounded.__kwdefaults__, name, 0.05)


@pytest.mark.parametrize("fault", [SpeechUnavailable("down"), SpeechTimeout("late"), SpeechError("broken"), "hang"])
async def test_a_voice_that_fails_or_hangs_before_its_first_sound_is_replaced_by_the_other(fault, impatient):
    first, second = Voice(0, fault), Voice(3)
    assert await count(FallbackSynthesiser(first, second)) == 3
    assert first.closed == second.closed == 1


@pytest.mark.parametrize("fault", [SpeechUnavailable("down"), "hang"])
async def test_a_voice_that_fails_or_hangs_in_the_middle_is_told_and_no_other_begins(fault, impatient):
    first, second = Voice(2, fault), Voice(3)
    sound = FallbackSynthesiser(first, second).synthesise("Guten Tag.", "de")
    assert [await anext(sound), await anext(sound)]
    with pytest.raises(SpeechError):
        await anext(sound)
    assert first.closed == 1
    assert second.asked == 0


async def test_where_both_voices_hang_that_is_told_in_time(impatient):
    with pytest.raises(SpeechTimeout):
        await count(FallbackSynthesiser(Voice(0, "hang"), Voice(0, "hang")))


async def test_a_voice_that_trickles_is_cut_off():
    async def trickle():
        while True:
            await asyncio.sleep(0.01)
            yield chunk(0.001)

    with pytest.raises(SpeechTimeout):
        _ = [part async for part in bounded(trickle(), sentence_s=0.1)]


async def test_a_voice_that_never_ends_is_cut_off():
    with pytest.raises(SpeechError, match="does not end"):
        _ = [part async for part in bounded(Voice(10**9).synthesise("", "de"), longest_s=5)]


async def test_a_listener_who_is_slow_is_not_taken_for_a_voice_that_is():
    sound = bounded(Voice(3).synthesise("", "de"), first_s=0.05, next_s=0.05)
    heard = 0
    async for _ in sound:
        heard += 1
        await asyncio.sleep(0.06)
    assert heard == 3


async def test_who_stops_listening_closes_the_voice():
    voice = Voice(3)
    sound = FallbackSynthesiser(voice, Voice(3)).synthesise("Guten Tag.", "de")
    await anext(sound)
    await sound.aclose()
    assert voice.closed == 1


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


async def refused(synthesiser):
    try:
        await count(synthesiser)
    except SpeechUnavailable:
        return True
    return False


@pytest.mark.parametrize("fault", [SpeechUnavailable("down"), SpeechTimeout("late")])
async def test_an_engine_that_is_down_is_left_alone_for_a_while_and_longer_each_time(fault):
    clock, engine = Clock(), Voice(0, fault)
    resting = RestingSynthesiser(engine, clock=clock)
    rest_s = FIRST_REST_S
    for attempts in range(1, 8):
        with pytest.raises(type(fault)):
            await count(resting)
        assert engine.asked == attempts
        clock.now += rest_s - 0.1
        assert await refused(resting)
        assert engine.asked == attempts, "it was left alone"
        clock.now += 0.2
        rest_s = min(LONGEST_REST_S, 2 * rest_s)


async def test_the_first_sound_ends_the_rests():
    clock, engine = Clock(), Voice(0, SpeechUnavailable("down"))
    resting = RestingSynthesiser(engine, clock=clock)
    for _ in range(3):
        await refused(resting)
        clock.now += LONGEST_REST_S
    engine.chunks, engine.then = 2, None
    assert await count(resting) == 2
    engine.chunks, engine.then = 0, SpeechUnavailable("down")
    await refused(resting)
    clock.now += FIRST_REST_S + 0.1
    asked = engine.asked
    await refused(resting)
    assert engine.asked == asked + 1


async def test_a_text_that_is_refused_says_nothing_against_the_engine():
    engine = Voice(0, SpeechRejected("no such voice"))
    resting = RestingSynthesiser(engine, clock=Clock())
    for _ in range(2):
        with pytest.raises(SpeechRejected):
            await count(resting)
    assert engine.asked == 2


async def test_sentences_that_fail_together_are_one_failure():
    clock = Clock()
    resting = RestingSynthesiser(Voice(0, SpeechUnavailable("down")), clock=clock)
    await asyncio.gather(*(refused(resting) for _ in range(10)))
    clock.now += FIRST_REST_S + 0.1
    engine = resting._inner
    engine.chunks, engine.then = 1, None
    assert await count(resting) == 1


async def test_the_voice_inside_the_process_speaks_all_languages_without_any_server():
    for language, text in (("de", "Guten Tag."), ("fr", "Bonjour."), ("it", "Buongiorno."), ("en", "Good morning.")):
        sound = [part async for part in InProcessSynthesiser().synthesise(text, language)]
        assert sum(part.seconds for part in sound) > 0.4
