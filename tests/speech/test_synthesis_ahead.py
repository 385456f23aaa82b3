"""What is synthesised before it is asked for: there at once, dropped at no cost, never in the way of what is asked."""

import asyncio

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.speech.interface import SpeechError, SpeechUnavailable
from gateway.speech.synthesis_ahead import SynthesisAhead


class Voice:
    """Speaks a chunk a word, each once ``proceed`` is set; ``fails`` how many times at the word ``at``."""

    def __init__(self, fails=0, at=0):
        self.begun = []
        self.closed = []
        self.proceed = asyncio.Event()
        self.proceed.set()
        self.fails = fails
        self.at = at

    async def synthesise(self, text, language, voice=None):
        self.begun.append(text)
        failing, self.fails = self.fails > 0, self.fails - 1
        try:
            for number, _ in enumerate(text.split()):
                await self.proceed.wait()
                if failing and number == self.at:
                    raise SpeechUnavailable("down")
                yield Pcm(np.full(10, number, np.int16), 16_000)
        finally:
            self.closed.append(text)


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def sound_of(synthesiser, text):
    return [int(chunk.samples[0]) for chunk in [part async for part in synthesiser.synthesise(text, "de")]]


async def test_a_prepared_sentence_is_there_at_once_and_made_only_once():
    voice = Voice()
    ahead = SynthesisAhead(voice)
    ahead.prepare("eins zwei drei", "de")
    ahead.prepare("eins zwei drei", "de")
    await settle()
    assert voice.closed == ["eins zwei drei"]
    voice.proceed.clear()
    assert await sound_of(ahead, "eins zwei drei") == [0, 1, 2]
    assert voice.begun == ["eins zwei drei"]


async def test_a_sentence_that_is_asked_for_while_it_is_being_made_is_heard_as_it_comes():
    voice = Voice()
    ahead = SynthesisAhead(voice)
    voice.proceed.clear()
    ahead.prepare("eins zwei", "de")
    hearing = asyncio.create_task(sound_of(ahead, "eins zwei"))
    await settle()
    assert not hearing.done()
    voice.proceed.set()
    assert await hearing == [0, 1]
    assert voice.begun == ["eins zwei"]


async def test_another_sentence_or_language_is_not_taken_for_it_and_it_is_used_once():
    voice = Voice()
    ahead = SynthesisAhead(voice)
    ahead.prepare("eins", "fr")
    await settle()
    assert await sound_of(ahead, "eins") == [0]
    assert await sound_of(ahead, "eins") == [0]
    assert voice.begun == ["eins"] * 3
    ahead.drop()


async def test_what_is_dropped_is_cancelled_and_made_anew_when_it_is_asked_for_after_all():
    voice = Voice()
    ahead = SynthesisAhead(voice)
    voice.proceed.clear()
    ahead.prepare("eins", "de")
    await settle()
    ahead.drop()
    await settle()
    assert voice.closed == ["eins"]
    voice.proceed.set()
    assert await sound_of(ahead, "eins") == [0]
    assert voice.begun == ["eins", "eins"]


async def test_not_more_than_a_few_are_kept_the_newest():
    voice = Voice()
    ahead = SynthesisAhead(voice, most=2)
    voice.proceed.clear()
    for text in ("eins", "zwei", "drei"):
        ahead.prepare(text, "de")
        await settle()
    assert voice.closed == ["eins"]
    ahead.drop()
    await settle()
    assert voice.closed == ["eins", "zwei", "drei"]


async def test_what_nobody_asks_for_is_given_up_after_a_while():
    voice = Voice()
    ahead = SynthesisAhead(voice, kept_s=0.01)
    voice.proceed.clear()
    ahead.prepare("eins", "de")
    async with asyncio.timeout(2):
        while not voice.closed:
            await asyncio.sleep(0.005)
    assert voice.closed == ["eins"]


async def test_a_preparation_that_failed_before_its_first_sound_is_tried_anew():
    voice = Voice(fails=1)
    ahead = SynthesisAhead(voice)
    ahead.prepare("eins zwei", "de")
    await settle()
    assert await sound_of(ahead, "eins zwei") == [0, 1]
    assert voice.begun == ["eins zwei"] * 2


async def test_a_failure_in_the_middle_is_raised_as_it_would_be_without_preparation():
    ahead = SynthesisAhead(Voice(fails=1, at=1))
    ahead.prepare("eins zwei", "de")
    await settle()
    sound = ahead.synthesise("eins zwei", "de")
    assert (await anext(sound)).samples[0] == 0
    with pytest.raises(SpeechError):
        await anext(sound)


async def test_a_caller_who_interrupts_a_prepared_sentence_cancels_the_rest_of_it():
    voice = Voice()
    ahead = SynthesisAhead(voice)
    ahead.prepare("eins zwei", "de")
    await settle()
    voice.proceed.clear()
    ahead.prepare("drei vier", "de")
    sound = ahead.synthesise("drei vier", "de")
    hearing = asyncio.create_task(anext(sound))
    await settle()
    hearing.cancel()
    await asyncio.wait([hearing])
    await sound.aclose()
    await settle()
    assert voice.closed == ["eins zwei", "drei vier"]
    ahead.drop()
