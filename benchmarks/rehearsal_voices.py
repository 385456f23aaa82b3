"""How well the embedded recogniser understands the voices that simulated patients could have.

Twenty phrases a language go through each candidate voice, A-law at 8 kHz and the embedded recogniser. The word error
rate is counted after numbers were written in digits on both sides. Candidates are the embedded engine's voices with
other pitches, paces and vocal tracts, and espeak-ng where it is installed.

    .venv/bin/python benchmarks/rehearsal_voices.py [--only PATTERN]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample
from gateway.config import default_cache
from gateway.dialogue.normalise import number_words_to_digits
from gateway.language import LANGUAGES, Language
from gateway.media.codecs.g711 import decode, encode
from gateway.media.parameters import Codec
from gateway.rehearsal.speaker import Speaker
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.engines.whisper_options import WhisperOptions
from gateway.speech.fallback import InProcessSynthesiser
from gateway.speech.interface import RecognitionHints
from gateway.speech.job import Job
from gateway.speech.model_store import embedded_whisper
from gateway.speech.voices import LOCALES

PHRASES: Mapping[Language, Sequence[str]] = {
    "de": (
        "Guten Tag, ich möchte einen Termin für eine Kontrolle.",
        "Ich muss meinen Termin absagen.",
        "Kann ich den Termin verschieben?",
        "Bitte rufen Sie mich zurück.",
        "Am Dienstag in einer Woche.",
        "Nächsten Donnerstag am Nachmittag.",
        "Um vierzehn Uhr dreissig.",
        "Am Morgen um neun.",
        "Mein Name ist Sandra Fischer.",
        "Ich heisse Thomas Zimmermann.",
        "Null sieben neun, vier fünf sechs, zwei drei, eins acht.",
        "Ja, das ist alles richtig.",
        "Nein, das stimmt nicht.",
        "Nein danke, das ist alles.",
        "Ja, ich war schon einmal bei Ihnen.",
        "Nein, ich bin zum ersten Mal bei Ihnen.",
        "Ich habe starke Zahnschmerzen.",
        "Wann haben Sie geöffnet?",
        "Ich möchte mit einem Menschen sprechen.",
        "Es geht um meine letzte Rechnung.",
    ),
    "fr": (
        "Bonjour, j'aimerais prendre rendez-vous pour un contrôle.",
        "Je dois annuler mon rendez-vous.",
        "Est-ce que je peux déplacer mon rendez-vous?",
        "Rappelez-moi s'il vous plaît.",
        "Mardi dans une semaine.",
        "Jeudi prochain dans l'après-midi.",
        "À quinze heures trente.",
        "Le matin à neuf heures.",
        "Je m'appelle Marie Dubois.",
        "Mon nom est Paul Martin.",
        "Zéro sept neuf, quatre cinq six, deux trois, un huit.",
        "Oui, c'est bien ça.",
        "Non, ce n'est pas juste.",
        "Non merci, c'est tout.",
        "Oui, je suis déjà venue chez vous.",
        "Non, c'est la première fois que je viens.",
        "J'ai très mal aux dents.",
        "Quelles sont vos heures d'ouverture?",
        "J'aimerais parler à quelqu'un.",
        "C'est au sujet de ma dernière facture.",
    ),
    "it": (
        "Buongiorno, vorrei un appuntamento per un controllo.",
        "Devo annullare il mio appuntamento.",
        "Posso spostare il mio appuntamento?",
        "Mi richiami per favore.",
        "Martedì fra una settimana.",
        "Giovedì prossimo nel pomeriggio.",
        "Alle quindici e trenta.",
        "La mattina alle nove.",
        "Il mio nome è Laura Bianchi.",
        "Mi chiamo Marco Rossi.",
        "Zero sette nove, quattro cinque sei, due tre, uno otto.",
        "Sì, è tutto giusto.",
        "No, non è giusto.",
        "No grazie, è tutto.",
        "Sì, sono già stata da voi.",
        "No, è la prima volta che vengo.",
        "Ho un forte mal di denti.",
        "Quali sono i vostri orari di apertura?",
        "Vorrei parlare con una persona.",
        "Si tratta della mia ultima fattura.",
    ),
    "en": (
        "Hello, I would like to book an appointment for a check-up.",
        "I have to cancel my appointment.",
        "Can I move my appointment?",
        "Please call me back.",
        "On Tuesday the eighth of December.",
        "Next Thursday in the afternoon.",
        "At half past two.",
        "In the morning at nine.",
        "My name is John Miller.",
        "My name is Emma Taylor.",
        "Zero seven nine, four five six, two three, one eight.",
        "Yes, that is correct.",
        "No, that is not right.",
        "No, that is all, thank you.",
        "Yes, I have been there before.",
        "No, I am a new patient.",
        "I have a terrible toothache.",
        "What are your opening hours?",
        "I would like to speak to a person.",
        "It is about my last bill.",
    ),
}

PICO = (
    *("pitch=1.0", "pitch=0.93", "pitch=0.8", "pitch=1.15", "pitch=1.3"),
    *("pitch=1.0;tract=1.08", "pitch=0.75;tract=1.12", "pitch=0.65;tract=1.18", "pitch=1.15;tract=0.92"),
    *("pitch=1.1,speed=1.15", "pitch=0.9,speed=0.85"),
)
ESPEAK = ("+m3", "+f2", "+m3 -s 140", "+f5 -s 150")
ESPEAK_VOICES: Mapping[Language, str] = {"de": "de", "fr": "fr-fr", "it": "it", "en": "en-gb"}


def candidates(language: Language) -> Iterator[str]:
    """Yield the names of the voices that are tried."""
    yield from (f"{LOCALES[language]}:{variant}" for variant in PICO)
    if shutil.which("espeak-ng"):
        yield from (f"espeak-ng {ESPEAK_VOICES[language]}{variant}" for variant in ESPEAK)


async def sound_of(voice: str, text: str, language: Language) -> Pcm:
    """Return ``text`` as the gateway's recogniser gets it from a G.711 line."""
    if voice.startswith("espeak-ng "):
        name, *options = voice.removeprefix("espeak-ng ").split()
        command = ["espeak-ng", "-v", name, *options, "--stdout", text]
        spoken = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        sound = read_wav(_whole(spoken.stdout))
        sound = Pcm((sound.samples * 0.5).astype(np.int16), sound.rate)
    else:
        chunks = [chunk async for chunk in Speaker(InProcessSynthesiser()).synthesise(text, language, voice)]
        sound = Pcm(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate)
    line = resample(sound, TELEPHONE_RATE).samples
    line = np.concatenate([np.zeros(1600, np.int16), line, np.zeros(1600, np.int16)])
    return Pcm(decode(Codec.PCMA, encode(Codec.PCMA, line)), TELEPHONE_RATE)


def _whole(wav: bytes) -> bytes:
    """Return espeak-ng's WAV, which tells no length on a pipe, with its length."""
    data = io.BytesIO(wav)
    at = wav.index(b"data")
    head = bytearray(data.read(at + 8))
    body = data.read()
    head[4:8] = (len(head) - 8 + len(body)).to_bytes(4, "little")
    head[at + 4 : at + 8] = len(body).to_bytes(4, "little")
    return bytes(head) + body


def words_of(text: str, language: Language) -> list[str]:
    """Return the words with numbers in digits, each digit a word."""
    digits = number_words_to_digits(text.casefold().replace("ß", "ss"), language)
    return re.findall(r"[^\W\d_]+|\d", digits)


def errors(expected: Sequence[str], heard: Sequence[str]) -> int:
    """Return the fewest insertions, deletions and substitutions (Levenshtein) between two sequences of words."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(expected, start=1):
        above, row[0] = row[0], index
        for place, other in enumerate(heard, start=1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (word != other))
    return row[-1]


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Word error rates of the voices of simulated patients.")
    parser.add_argument("--only", default="", help="voices whose names match this expression")
    parser.add_argument("--errors", action="store_true", help="print what was understood wrong")
    arguments = parser.parse_args()
    engine = WhisperEngine(embedded_whisper(default_cache()), WhisperOptions(threads=1))
    found: dict[str, float] = {}
    for language in LANGUAGES:
        for voice in candidates(language):
            if not re.search(arguments.only, voice):
                continue
            wrong = total = 0
            for phrase in PHRASES[language]:
                pcm = await sound_of(voice, phrase, language)
                (transcript,) = engine.recognise([Job(pcm, RecognitionHints(languages=LANGUAGES))])
                expected = words_of(phrase, language)
                missed = errors(expected, words_of(transcript.text, language))
                wrong, total = wrong + missed, total + len(expected)
                if missed and arguments.errors:
                    print(f"      {phrase}  ->  {transcript.text} ({transcript.language})", file=sys.stderr)
            found[voice] = round(wrong / total, 3)
            print(f"{voice:<36} {wrong / total:6.1%}", flush=True)
    print(json.dumps(found))


asyncio.run(main())
