"""Utterances with what is said in them, clean and as a telephone delivers them; word error rates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from scipy import signal
from text_to_num import alpha2digit

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample
from gateway.language import LANGUAGES, Language
from gateway.media.codecs import g711
from gateway.media.parameters import Codec
from gateway.speech.engines.pico import PicoEngine

BAND_HZ = (300, 3400)
_ROW = re.compile(r"\|\s*([\w.-]+\.wav)\s*\|\s*(de|fr|it|en)\s*\|\s*(.+?)\s*\|\s*$")

SENTENCES: dict[Language, Sequence[str]] = {
    "de": (
        "Ich habe starke Zahnschmerzen, kann ich heute noch vorbeikommen?",
        "Guten Tag, ich brauche einen Termin für eine Kontrolle.",
        "Am Donnerstag in zwei Wochen, am liebsten am Vormittag.",
        "Meine Nummer ist null sieben neun, eins zwei drei, vier fünf, sechs sieben.",
        "Können Sie den Termin meiner Tochter verschieben?",
    ),
    "fr": (
        "Bonjour, je voudrais un rendez-vous demain matin.",
        "J'ai très mal aux dents depuis hier soir.",
        "Est-ce que vous êtes ouverts le samedi?",
        "Je dois annuler mon rendez-vous de jeudi après-midi.",
        "Mon fils a perdu un plombage.",
    ),
    "it": (
        "Vorrei un appuntamento per un controllo.",
        "Buongiorno, vorrei venire giovedì mattina.",
        "Ho un forte mal di denti da ieri sera.",
        "Devo spostare l'appuntamento di mia figlia.",
        "A che ora aprite il lunedì?",
    ),
    "en": (
        "I would like to book an appointment for a check-up.",
        "Good morning, do you have time on Thursday afternoon?",
        "I have had a bad toothache since last night.",
        "Could you please move my appointment to next week?",
        "My daughter has lost a filling.",
    ),
}


@dataclass(frozen=True)
class Clip:
    """An utterance, its language and what is said in it; ``kind`` is ``human`` or ``synthesised``."""

    name: str
    pcm: Pcm
    language: Language
    text: str
    kind: str


def human_clips(folder: Path) -> list[Clip]:
    """Return the WAV files of ``folder`` that its README.md names in a table of file, language and what is said.

    Raise ``ValueError`` where there are none.
    """
    readme = folder / "README.md"
    rows = [_ROW.match(line) for line in readme.read_text("utf-8").splitlines()] if readme.is_file() else []
    clips = [
        Clip(row[1], read_wav((folder / row[1]).read_bytes()), language, row[3], "human")
        for row in rows
        if row
        for language in LANGUAGES
        if language == row[2]
    ]
    if not clips:
        raise ValueError(f"{readme} has no table of WAV files, languages and texts.")
    return clips


def synthesised_clips() -> list[Clip]:
    """Return sentences of callers, spoken by the embedded voices."""
    pico = PicoEngine()
    clips = []
    for language, sentences in SENTENCES.items():
        for number, text in enumerate(sentences, start=1):
            clips.append(Clip(f"{language}-{number}", spoken(pico, text, language), language, text, "synthesised"))
    return clips


def spoken(pico: PicoEngine, text: str, language: Language) -> Pcm:
    """Return ``text`` by the embedded voice."""
    parts = list(pico.synthesise(text, language))
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)


def telephone(pcm: Pcm) -> Pcm:
    """Return ``pcm`` as a trunk delivers it: 300 to 3400 Hz, 8 kHz, through G.711 A-law."""
    wave = resample(pcm, TELEPHONE_RATE).samples.astype(np.float64)
    band = signal.butter(4, BAND_HZ, "bandpass", fs=TELEPHONE_RATE, output="sos")
    limited = np.clip(np.rint(signal.sosfilt(band, wave)), -32768, 32767).astype(np.int16)
    return Pcm(g711.decode(Codec.PCMA, g711.encode(Codec.PCMA, limited)), TELEPHONE_RATE)


def normalised(text: str, language: Language) -> str:
    """Return ``text`` as words to be compared.

    Lower case, ß as ss, number words as digits (text2num), the signs ×, = and % as English words, no punctuation; what
    a point or an apostrophe parts inside a number is one number. Accents count.
    """
    plain = unicodedata.normalize("NFC", text).casefold()
    plain = re.sub(r"(?<=\d)[.,'’](?=\d{3}\b)", "", plain)
    for sign, word in (("×", " times "), ("=", " equals "), ("%", " percent ")):
        plain = plain.replace(sign, word)
    return " ".join(re.findall(r"\w+", alpha2digit(plain, language)))


def word_error_rate(pairs: Iterable[tuple[str, str, Language]]) -> tuple[int, int]:
    """Return (wrong words, words) over pairs of what was said and what was heard, by jiwer's alignment."""
    said, heard = [], []
    for reference, hypothesis, language in pairs:
        said.append(normalised(reference, language))
        heard.append(normalised(hypothesis, language))
    output = jiwer.process_words(said, heard)
    wrong = output.substitutions + output.deletions + output.insertions
    return wrong, output.hits + output.substitutions + output.deletions
