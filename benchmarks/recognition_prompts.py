r"""Whether words of the practice as a prompt help recognition in open turns: errors, names heard, names made up.

Each utterance goes through a telephone and is recognised without a prompt, with the names of the practice's people, and
with its services as well. The sentences with a name are spoken for every person of the practice.

    .venv/bin/python benchmarks/recognition_prompts.py --clips FOLDER

Prints a table and one JSON line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from recognition_clips import Clip, human_clips, spoken, synthesised_clips, telephone, word_error_rate

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.config import default_cache
from gateway.language import LANGUAGES, Language
from gateway.logs import configure_logging
from gateway.practice.loader import load_profile
from gateway.practice.profile import PracticeProfile
from gateway.speech.engines.inventions import plain
from gateway.speech.engines.pico import PicoEngine
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.engines.whisper_options import WhisperOptions
from gateway.speech.interface import RecognitionHints
from gateway.speech.job import Job
from gateway.speech.model_store import embedded_whisper

EXAMPLE = Path(__file__).parents[1] / "dialplan" / "practices" / "example.yaml"

WITH_A_NAME: Mapping[Language, Sequence[str]] = {
    "de": ("Ich möchte einen Termin bei {}.", "Kann ich bitte mit {} sprechen?"),
    "fr": ("Je voudrais un rendez-vous chez {}.", "Est-ce que je peux parler à {}?"),
    "it": ("Vorrei un appuntamento da {}.", "Posso parlare con {}?"),
    "en": ("I would like an appointment with {}.", "Could I speak to {} please?"),
}

NOISES = ("hiss", "hum", "ringing", "bursts", "clicks")
LEVELS_DBFS = (-40, -30, -20)
LENGTHS_S = (1.6, 3.0, 6.0)


@dataclass(frozen=True)
class Outcome:
    """What came of some utterances with one prompt.

    ``names`` counts those whose surname was heard, ``invented`` the utterances without a name, or without any words, in
    which a name of the prompt was heard; ``texts`` those without words that gave any text.
    """

    prompt: str
    kind: str
    utterances: int
    words: int
    wrong: int
    names: int
    invented: int
    texts: int
    languages_missed: int
    cpu_s: float


def prompts(profile: PracticeProfile, language: Language) -> dict[str, str | None]:
    """Return what is compared: no prompt, the names of the practice's people, and its services before them."""
    people = ", ".join(person.name for person in profile.people)
    services = ", ".join(service.name.in_language(language) for service in profile.services)
    return {"none": None, "people": f"{people}.", "services and people": f"{services}, {people}."}


def named_clips(profile: PracticeProfile) -> list[Clip]:
    """Return sentences in which a person of the practice is named, by every embedded voice."""
    pico = PicoEngine()
    return [
        Clip(
            person.name,
            spoken(pico, sentence.format(person.name), language),
            language,
            sentence.format(person.name),
            "named",
        )
        for language, sentences in WITH_A_NAME.items()
        for sentence in sentences
        for person in profile.people
    ]


def noise_clips() -> list[Clip]:
    """Return what a line carries that is no speech, in several lengths and levels."""
    return [
        Clip(f"{kind} {level}", noise(kind, seconds, level), "de", "", "noise")
        for kind in NOISES
        for level in LEVELS_DBFS
        for seconds in LENGTHS_S
    ]


def noise(kind: str, seconds: float, level_dbfs: float) -> Pcm:
    """Return one of ``NOISES`` at 8 kHz, its RMS ``level_dbfs``; always the same samples."""
    count = int(seconds * TELEPHONE_RATE)
    now = np.arange(count) / TELEPHONE_RATE
    chance = np.random.default_rng(7)
    hiss = chance.standard_normal(count)
    wave = {
        "hiss": hiss,
        "hum": np.sin(2 * np.pi * 50 * now) + 0.5 * np.sin(2 * np.pi * 150 * now),
        "ringing": np.sin(2 * np.pi * 425 * now) * (now % 1.0 < 0.8),
        "bursts": hiss * (np.sin(2 * np.pi * 1.5 * now) > 0.7),
        "clicks": hiss * (chance.random(count) < 0.002),
    }[kind]
    wave = wave / np.sqrt(np.mean(np.square(wave))) * 10 ** (level_dbfs / 20)
    return Pcm((np.clip(wave, -1, 1) * 32767).astype(np.int16), TELEPHONE_RATE)


def outcome(engine: WhisperEngine, profile: PracticeProfile, prompt: str, kind: str, clips: Sequence[Clip]) -> Outcome:
    """Return what comes of ``clips``, the services named in the language that is spoken."""
    surnames = {plain(person.name).split()[-1] for person in profile.people}
    pairs: list[tuple[str, str, Language]] = []
    names = invented = texts = missed = 0
    began = time.process_time()
    for clip in clips:
        hints = RecognitionHints(languages=profile.languages, prompt=prompts(profile, clip.language)[prompt])
        transcript = engine.recognise([Job(telephone(clip.pcm), hints)])[0]
        heard, said = set(plain(transcript.text).split()) & surnames, set(plain(clip.text).split()) & surnames
        pairs.append((clip.text, transcript.text, clip.language))
        names += bool(heard & said)
        invented += bool(heard - said)
        texts += bool(transcript.text) and not clip.text
        missed += bool(clip.text) and transcript.language != clip.language
    cpu_s = (time.process_time() - began) / len(clips)
    said_pairs = [pair for pair in pairs if pair[0]]
    wrong, words = word_error_rate(said_pairs) if said_pairs else (0, 0)
    return Outcome(prompt, kind, len(clips), words, wrong, names, invented, texts, missed, cpu_s)


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each kind of utterance and prompt."""
    rows = [
        "| utterances | prompt | number | WER | surname heard | name made up | text of noise | language wrong "
        "| CPU each |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in outcomes:
        rate = f"{100 * one.wrong / one.words:.1f} %" if one.words else ""
        rows.append(
            f"| {one.kind} | {one.prompt} | {one.utterances} | {rate} | {one.names} | {one.invented} | {one.texts} | "
            f"{one.languages_missed} | {one.cpu_s:.2f} s |"
        )
    return rows


def main() -> None:
    """Compare the prompts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of WAV files with a README.md that says what is said")
    parser.add_argument("--model", type=Path, help="folder of a Whisper model; without it the embedded one")
    parser.add_argument("--practice", type=Path, default=EXAMPLE, help="profile whose people and services are named")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    configure_logging("warning")
    profile = load_profile(options.practice)
    engine = WhisperEngine(
        options.model or embedded_whisper(default_cache()),
        WhisperOptions(device="cpu", compute_type="int8", threads=options.threads),
    )
    engine.warm_up()
    kinds = {"human": human_clips(options.clips)} if options.clips else {}
    kinds |= {"synthesised": synthesised_clips(), "with a name": named_clips(profile), "noise": noise_clips()}
    outcomes = [
        outcome(engine, profile, prompt, kind, clips)
        for kind, clips in kinds.items()
        for prompt in prompts(profile, LANGUAGES[0])
    ]
    print("\n".join(table(outcomes)))
    print(json.dumps([asdict(one) for one in outcomes]))


if __name__ == "__main__":
    main()
