"""With the real weights: what the telephone leaves of a voice is understood in four languages, and noise is not."""

import numpy as np
import pytest
from scipy import signal

from gateway.audio import Pcm, resample
from gateway.config import default_cache
from gateway.speech.engines.features import WHISPER_RATE, windows
from gateway.speech.engines.inventions import plain
from gateway.speech.engines.pico import PicoEngine
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.interface import RecognitionHints
from gateway.speech.job import Job
from gateway.speech.model_store import embedded_whisper

pytestmark = pytest.mark.models

PHRASES = {
    "de": ("Ich habe starke Zahnschmerzen, kann ich heute noch vorbeikommen?", "Guten Tag, ich brauche einen Termin."),
    "fr": ("Bonjour, je voudrais un rendez-vous demain matin.", "Merci beaucoup et bonne journée."),
    "it": ("Vorrei un appuntamento per un controllo.", "Buongiorno, vorrei venire giovedì mattina."),
    "en": (
        "I would like to book an appointment for a check-up.",
        "Good morning, do you have time on Thursday afternoon?",
    ),
}
WORST_WORD_ERROR_RATE = {"de": 0.15, "fr": 0.35, "it": 0.15, "en": 0.15}
"""What the base model makes of these voices, and a word more."""


@pytest.fixture(scope="module")
def engine():
    engine = WhisperEngine(embedded_whisper(default_cache()))
    engine.warm_up()
    return engine


@pytest.fixture(scope="module")
def pico():
    return PicoEngine()


def telephone(pcm):
    """Return ``pcm`` as G.711 delivers it: 300-3400 Hz, 8 kHz, mu-law companded to 8 bits."""
    wave = resample(pcm, 8000).samples / 32768
    band = signal.butter(4, [300, 3400], "bandpass", fs=8000, output="sos")
    wave = np.clip(signal.sosfilt(band, wave), -1, 1)
    companded = np.rint(np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256) * 127) / 127
    return Pcm((np.sign(companded) * (256 ** np.abs(companded) - 1) / 255 * 32767).astype(np.int16), 8000)


def say(pico, text, language):
    parts = list(pico.synthesise(text, language))
    return telephone(Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate))


def hear(engine, pcm, **hints):
    return engine.recognise([Job(pcm, RecognitionHints(**hints))])[0]


def word_errors(said, heard):
    """Return the edit distance between two texts, in words."""
    rows = list(range(len(heard) + 1))
    for number, word in enumerate(said, start=1):
        previous, rows[0] = rows[0], number
        for column, other in enumerate(heard, start=1):
            previous, rows[column] = (
                rows[column],
                min(rows[column] + 1, rows[column - 1] + 1, previous + (word != other)),
            )
    return rows[-1]


@pytest.mark.parametrize("language", PHRASES)
def test_telephone_speech_is_understood_and_its_language_found(engine, pico, language):
    errors = words = 0
    heard = []
    for phrase in PHRASES[language]:
        transcript = hear(engine, say(pico, phrase, language))
        assert transcript.language == language
        assert transcript.confidence > 0.4
        assert sum(transcript.languages.values()) == pytest.approx(1)
        errors += word_errors(plain(phrase).split(), plain(transcript.text).split())
        words += len(plain(phrase).split())
        heard.append(transcript.text)
    assert errors / words <= WORST_WORD_ERROR_RATE[language], heard


def test_the_language_is_chosen_among_the_given_ones_only(engine, pico):
    pcm = say(pico, PHRASES["it"][0], "it")
    transcript = hear(engine, pcm, languages=("de", "fr"))
    assert transcript.language in ("de", "fr")
    assert set(transcript.languages) == {"de", "fr"}
    fixed = hear(engine, pcm, language="it")
    assert (fixed.language, fixed.languages) == ("it", {"it": 1.0})


def test_a_batch_hears_what_each_utterance_says(engine, pico):
    jobs = [
        Job(say(pico, PHRASES["de"][0], "de"), RecognitionHints()),
        Job(Pcm.silence(800), RecognitionHints(languages=("fr",))),
        Job(say(pico, PHRASES["en"][0], "en"), RecognitionHints(prompt="Dr. Keller, Dr. Rossi")),
    ]
    german, nothing, english = engine.recognise(jobs)
    assert "zahnschmerzen" in plain(german.text)
    assert (nothing.text, nothing.language) == ("", "fr")
    assert "appointment" in plain(english.text)


def noise(kind, seconds, dbfs):
    count = int(seconds * 8000)
    time = np.arange(count) / 8000
    random = np.random.default_rng(7).standard_normal(count)
    wave = {
        "hiss": random,
        "rumble": np.cumsum(random) - np.linspace(0, np.cumsum(random)[-1], count),
        "hum": np.sin(2 * np.pi * 50 * time) + 0.5 * np.sin(2 * np.pi * 150 * time),
        "ring": np.sin(2 * np.pi * 425 * time),
        "bursts": random * (np.sin(2 * np.pi * 1.5 * time) > 0.7),
        "clicks": random * (np.random.default_rng(8).random(count) < 0.002),
    }[kind]
    wave = wave / np.sqrt(np.mean(np.square(wave))) * 10 ** (dbfs / 20)
    return telephone(Pcm((np.clip(wave, -1, 1) * 32767).astype(np.int16), 8000))


@pytest.mark.parametrize("kind", ["hiss", "rumble", "hum", "ring", "bursts", "clicks"])
@pytest.mark.parametrize(("seconds", "dbfs"), [(0.5, -30), (2.0, -45), (3.0, -20)])
def test_noise_is_not_taken_for_speech(engine, kind, seconds, dbfs):
    assert hear(engine, noise(kind, seconds, dbfs)).text == ""


@pytest.mark.parametrize("pcm", [Pcm.silence(3000), Pcm.silence(0), Pcm.silence(50), noise("hiss", 2, -65)])
def test_silence_is_not_even_looked_at(engine, pcm, monkeypatch):
    monkeypatch.setattr(engine, "_transcribe", None)
    transcript = hear(engine, pcm, languages=("it", "de"))
    assert (transcript.text, transcript.language, transcript.no_speech) == ("", "it", 1.0)


def test_a_long_utterance_is_split_where_it_is_quiet(engine, pico):
    sentences = [sentence for phrases in PHRASES.values() for sentence in phrases]
    pause = np.zeros(8000, np.int16)
    spoken = [say(pico, sentence, "de").samples for sentence in [*PHRASES["de"], *sentences[:1]] * 3]
    pcm = Pcm(np.concatenate([part for sound in spoken for part in (sound, pause)]), 8000)
    assert pcm.seconds > 30
    transcript = hear(engine, pcm)
    assert transcript.language == "de"
    assert "zahnschmerzen" in plain(transcript.text)


def test_windows_lose_nothing_and_are_cut_in_pauses():
    rng = np.random.default_rng(1)
    wave = rng.standard_normal(70 * WHISPER_RATE).astype(np.float32)
    wave[27 * WHISPER_RATE : 28 * WHISPER_RATE] = 0
    pieces = windows(wave)
    assert np.array_equal(np.concatenate(pieces), wave)
    assert all(len(piece) <= 30 * WHISPER_RATE for piece in pieces)
    assert 27 < len(pieces[0]) / WHISPER_RATE < 28


@pytest.mark.parametrize("kind", ["hiss", "hum", "ring", "bursts"])
def test_a_prompt_is_not_heard_in_noise(engine, kind):
    prompt = "Kontrolle, Dentalhygiene, Schmerzbehandlung, Sandra Meier, Luca Bernasconi, Nicole Favre."
    assert hear(engine, noise(kind, 2.0, -25), language="de", prompt=prompt).text == ""


def test_a_name_of_the_prompt_is_heard_where_it_is_said(engine, pico):
    pcm = say(pico, "Je voudrais un rendez-vous chez le docteur Bernasconi.", "fr")
    names = "Sandra Meier, Luca Bernasconi, Nicole Favre, Ruth Ammann."
    assert "Bernasconi" in hear(engine, pcm, language="fr", prompt=names).text
    alone = hear(engine, say(pico, "Luca Bernasconi.", "it"), language="it", prompt=names)
    assert plain(alone.text) == "luca bernasconi"


def test_each_word_lies_where_it_is_said(engine, pico):
    pause = np.zeros(8000, np.int16)
    first, second = (say(pico, text, "de").samples for text in PHRASES["de"])
    pcm = Pcm(np.concatenate([pause, first, pause, second]), 8000)
    transcript = hear(engine, pcm, language="de", word_times=True)
    assert " ".join(word.text for word in transcript.words) == transcript.text
    parted = 1000 * (len(pause) + len(first)) / 8000
    pain = next(word for word in transcript.words if "schmerzen" in word.text.lower())
    appointment = next(word for word in transcript.words if "Termin" in word.text)
    assert 1000 < pain.start_ms < pain.end_ms < parted
    assert parted + 1000 * len(pause) / 8000 < appointment.start_ms < appointment.end_ms <= 1000 * pcm.seconds
    assert transcript.words[0].start_ms >= 800
