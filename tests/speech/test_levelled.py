import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.speech.interface import SpeechUnavailable
from gateway.speech.levelled import LevelledSynthesiser
from gateway.speech.loudness import SPEECH_DBOV, speech_level

RATE = 24_000
CHUNK = RATE // 10


def speech(dbov, seconds=3.0, seed=1):
    time = np.arange(int(seconds * RATE)) / RATE
    swell = np.clip(np.sin(2 * np.pi * 4 * time), 0.05, None)
    wave = np.random.default_rng(seed).normal(0, 2000, len(time)) * swell
    level = speech_level(Pcm(wave.astype(np.int16), RATE)).dbov
    return np.clip(np.rint(wave * 10 ** ((dbov - level) / 20)), -32768, 32767).astype(np.int16)


class Server:
    """Says what it is told to, in chunks of 100 ms, and remembers how far it was asked."""

    def __init__(self, *sounds):
        self.sounds = list(sounds)
        self.sent = 0
        self.closed = 0
        self.error = None

    async def synthesise(self, text, language, voice=None):
        samples = self.sounds.pop(0)
        self.sent = 0
        try:
            for start in range(0, len(samples), CHUNK):
                self.sent += 1
                yield Pcm(samples[start : start + CHUNK], RATE)
                if self.error:
                    raise self.error
        finally:
            self.closed += 1


async def said(levelled, voice=None, language="de"):
    parts = [part.samples async for part in levelled.synthesise("x", language, voice)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


@pytest.mark.parametrize("dbov", [-38, -30, -20, -14])
async def test_a_voice_comes_out_at_the_level_of_all_voices_from_its_first_sentence_on(dbov):
    levelled = LevelledSynthesiser(Server(speech(dbov), speech(dbov, seed=2)))
    for _ in range(2):
        samples = await said(levelled)
        assert len(samples) == 3 * RATE
        assert speech_level(Pcm(samples, RATE)).dbov == pytest.approx(SPEECH_DBOV, abs=1.0)
        assert np.abs(samples.astype(int)).max() <= 29_205


async def test_only_a_voices_first_sentence_waits_to_be_measured():
    server = Server(speech(-30), speech(-30))
    levelled = LevelledSynthesiser(server)
    for waits in (10, 1):
        sound = levelled.synthesise("x", "de")
        await anext(sound)
        assert server.sent == waits
        async for _ in sound:
            continue


async def test_neighbouring_sentences_keep_their_difference_by_and_large():
    levelled = LevelledSynthesiser(Server(speech(-30), speech(-36), speech(-30)))
    levels = [speech_level(Pcm(await said(levelled), RATE)).dbov for _ in range(3)]
    assert levels == pytest.approx([-20, -26, -18.5], abs=0.7)


async def test_each_voice_has_a_level_of_its_own():
    levelled = LevelledSynthesiser(Server(speech(-30), speech(-16)))
    for voice in ("anna", "ben"):
        assert speech_level(Pcm(await said(levelled, voice), RATE)).dbov == pytest.approx(SPEECH_DBOV, abs=1.0)


async def test_a_short_word_is_levelled_at_its_end():
    word = speech(-32, 0.5)
    samples = await said(LevelledSynthesiser(Server(word)))
    assert len(samples) == len(word)
    assert speech_level(Pcm(samples, RATE)).dbov == pytest.approx(SPEECH_DBOV, abs=0.5)


async def test_silence_stays_silence_and_teaches_nothing():
    levelled = LevelledSynthesiser(Server(np.zeros(RATE, np.int16), np.zeros(0, np.int16), speech(-30)))
    assert not (await said(levelled)).any()
    assert len(await said(levelled)) == 0
    assert speech_level(Pcm(await said(levelled), RATE)).dbov == pytest.approx(SPEECH_DBOV, abs=1.0)


async def test_a_gain_has_its_limits():
    samples = await said(LevelledSynthesiser(Server(speech(-60))))
    assert speech_level(Pcm(samples, RATE)).dbov == pytest.approx(-40, abs=1.0)


async def test_who_stops_listening_closes_the_server_and_a_fault_comes_through():
    server = Server(speech(-30), speech(-30))
    levelled = LevelledSynthesiser(server)
    sound = levelled.synthesise("x", "de")
    await anext(sound)
    await sound.aclose()
    assert server.closed == 1
    server.error = SpeechUnavailable("gone")
    with pytest.raises(SpeechUnavailable):
        await said(levelled)
    assert server.closed == 2
