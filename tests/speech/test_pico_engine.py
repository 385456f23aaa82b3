import threading
import time

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.speech.engines.pico import AFTER_MS, PicoEngine
from gateway.speech.interface import SpeechError
from gateway.speech.loudness import SPEECH_DBOV, speech_level

SENTENCES = {
    "de": "Guten Tag, wie kann ich Ihnen helfen?",
    "fr": "Bonjour, comment puis-je vous aider ?",
    "it": "Buongiorno, come posso aiutarla?",
    "en": "Good morning, how can I help you?",
}


@pytest.fixture(scope="module")
def engine():
    return PicoEngine()


def spoken(engine, text, language, voice=None):
    parts = list(engine.synthesise(text, language, voice))
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)


def same(one, other):
    return np.array_equal(one.samples, other.samples)


def dbfs(pcm):
    loud = pcm.samples[np.abs(pcm.samples) > 200] / 32768
    return 10 * np.log10(np.mean(np.square(loud)))


@pytest.mark.parametrize("language", SENTENCES)
def test_every_language_speaks_at_the_same_level_without_clipping(engine, language):
    pcm = spoken(engine, SENTENCES[language], language)
    assert pcm.rate == 16_000
    assert 1.0 < pcm.seconds < 5.0
    assert dbfs(pcm) == pytest.approx(-20, abs=2)
    assert np.abs(pcm.samples).max() < 32_767


@pytest.mark.parametrize("language", SENTENCES)
def test_every_voice_is_silent_where_its_sentence_is_over(engine, language):
    """Pico's Italian voice hums 0.6 s behind its last word, and sentences would lie that far apart."""
    samples = np.abs(spoken(engine, SENTENCES[language], language).samples)
    frames = samples[: len(samples) // 16 * 16].reshape(-1, 16).max(axis=1)[:-AFTER_MS]
    last_word = np.flatnonzero(frames > 0.1 * frames.max())[-1]
    assert len(frames) - last_word < 200


@pytest.mark.parametrize("language", SENTENCES)
def test_every_voice_has_the_same_active_speech_level(engine, language):
    measured = speech_level(spoken(engine, SENTENCES[language], language))
    assert measured.dbov == pytest.approx(SPEECH_DBOV, abs=0.5)


def test_each_sentence_comes_by_itself(engine):
    assert len(list(engine.synthesise("Guten Tag, hier ist die Praxis. Was kann ich für Sie tun?", "de"))) == 2


def test_pitch_and_speed_change_the_voice(engine):
    plain = spoken(engine, SENTENCES["de"], "de")
    slow = spoken(engine, SENTENCES["de"], "de", "de-DE:speed=0.7")
    high = spoken(engine, SENTENCES["de"], "de", "de-DE:pitch=1.4")
    assert slow.seconds > 1.2 * plain.seconds
    assert high.seconds == pytest.approx(plain.seconds, rel=0.05)
    assert not same(high, plain)


def test_markup_in_the_text_changes_nothing_and_is_not_read(engine):
    marked = spoken(engine, '<volume level="0">Guten <b>Tag</b></volume>', "de")
    plain = spoken(engine, "Guten Tag", "de")
    assert same(marked, plain)


@pytest.mark.parametrize("text", ["a" * 5000, "1" * 500, "ä" * 300, "?!" * 200, "😀", "\x00", "(" * 50 + "ja"])
def test_no_text_hangs_the_engine(engine, text):
    began = time.monotonic()
    for _ in engine.synthesise(text, "de"):
        continue
    assert time.monotonic() - began < 20


def test_what_harms_its_neighbours_does_not(engine):
    assert list(engine.synthesise("…", "de")) == []
    with pytest.raises(ValueError, match="unknown voice"):
        list(engine.synthesise("x", "de", "xx-XX"))


def test_the_same_text_always_sounds_the_same(engine):
    for language, text in SENTENCES.items():
        first = spoken(engine, text, language)
        assert all(same(spoken(engine, text, language), first) for _ in range(8))


def test_threads_get_their_own_sound(engine):
    alone = {language: spoken(engine, text, language) for language, text in SENTENCES.items()}
    wrong = []

    def speak(language):
        for _ in range(3):
            if not same(spoken(engine, SENTENCES[language], language), alone[language]):
                wrong.append(language)

    threads = [threading.Thread(target=speak, args=(language,)) for language in SENTENCES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_fault_of_the_engine_is_a_speech_error(engine, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("pico_getData failed")

    monkeypatch.setattr(engine._native, "speak", broken)
    with pytest.raises(SpeechError, match="pico_getData"):
        list(engine.synthesise("Guten Tag", "de"))
