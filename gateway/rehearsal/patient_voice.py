"""The voices of simulated patients: none is the gateway's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.audio.resample import resample
from gateway.caller.line.background import NoiseKind, make_noise
from gateway.caller.steps import PlaySound, PlayWav, Say
from gateway.caller.voice import DEFAULT_VOICES, FAREWELLS, Sounds, speak
from gateway.language import Language
from gateway.rehearsal.scenario import Scenario
from gateway.speech.interface import Synthesiser

VOICES: Mapping[str, Mapping[Language, str]] = {
    "woman": {
        "de": "de-DE:pitch=0.8",
        "fr": "fr-FR:pitch=1.0;tract=1.08",
        "it": "it-IT:pitch=1.15",
        "en": "en-GB:pitch=1.15",
    },
    "man": {
        "de": "de-DE:pitch=0.75;tract=1.12",
        "fr": "fr-FR:pitch=0.65;tract=1.18",
        "it": "it-IT:pitch=0.75;tract=1.12",
        "en": "en-GB:pitch=0.65;tract=1.18",
    },
    "slow": {
        "de": "de-DE:pitch=0.9,speed=0.85",
        "fr": "fr-FR:pitch=0.9,speed=0.85",
        "it": "it-IT:pitch=0.9,speed=0.85",
        "en": "en-GB:pitch=0.9,speed=0.85",
    },
}
"""By the names that scenarios use. They were chosen by how well the embedded recogniser understands them, which is
measured in docs/measurements/rehearsal-voices.md."""

USUAL = "woman"
"""The voice of a scenario that names none."""

_FRAME_MS = 20
_AUDIBLE_DB = -30.0
"""How far below its loudest 20 ms a sound is still heard."""
_AFTER_MS = 60
_COUGH_MS = 280
_BABBLE: Mapping[Language, tuple[str, ...]] = {
    "de": (
        "Gestern waren wir noch lange unterwegs und haben viel gelacht.",
        "Er hat gesagt, er komme später.",
    ),
    "fr": ("Nous sommes allés nous promener au bord du lac hier soir.",),
    "it": ("Domani andiamo a mangiare dalla nonna con tutti i bambini.",),
    "en": ("I told her that the train was late again this morning.",),
}


def voice_of(scenario: Scenario, language: Language) -> str:
    """Return the patient's voice in ``language``, as ``Speaker`` knows it."""
    named = scenario.voice or USUAL
    if named in VOICES:
        return VOICES[named][language]
    return named if language == scenario.language else VOICES[USUAL][language]


async def patient_sounds(scenario: Scenario, sayings: Iterable[Say | PlaySound], synthesiser: Synthesiser) -> Sounds:
    """Return the sound of everything that the patient may say; raise ``CallerInputError`` where one cannot be made."""
    sounds: dict[Say | PlayWav | PlaySound, Pcm] = {}
    for saying in (*sayings, FAREWELLS[scenario.language]):
        if saying in sounds:
            continue
        if isinstance(saying, Say):
            language = saying.language or scenario.language
            spoken = await speak(saying, synthesiser, language, voice_of(scenario, language))
            sounds[saying] = without_tail(spoken)
        else:
            sounds[saying] = cough()
    return sounds


def without_tail(sound: Pcm) -> Pcm:
    """Return ``sound`` up to just behind its last audible part, by its own loudest.

    The Italian voice hums on for 0.7 s behind a sentence. A turn would seem to end only then, and an answer that comes
    in time to be cut into it.
    """
    size = sound.rate * _FRAME_MS // 1000
    frames = sound.samples[: len(sound) // size * size].reshape(-1, size).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    if not len(levels):
        return sound
    audible = np.flatnonzero(levels > levels.max() * 10 ** (_AUDIBLE_DB / 20))
    kept = 0 if not len(audible) else (int(audible[-1]) + 1) * size + sound.rate * _AFTER_MS // 1000
    return Pcm(sound.samples[:kept], sound.rate) if kept else sound


def cough() -> Pcm:
    """Return the sound of a cough: a burst of noise that falls off."""
    noise = make_noise(NoiseKind.WHITE, seed=7)[: TELEPHONE_RATE * _COUGH_MS // 1000].astype(np.float64)
    times = np.arange(len(noise)) / TELEPHONE_RATE
    shaped = noise * np.minimum(times / 0.01, 1) * np.exp(-times / 0.09) * 2.5
    return Pcm(np.clip(shaped, -32768, 32767).astype(np.int16), TELEPHONE_RATE)


async def babble_voices(synthesiser: Synthesiser) -> tuple[Pcm, ...]:
    """Return the voices that a babble is made of, at 8 kHz."""
    voices: list[Pcm] = []
    for language, lines in _BABBLE.items():
        for line in lines:
            sound = await speak(Say(line), synthesiser, language, DEFAULT_VOICES[language])
            voices.append(resample(sound, TELEPHONE_RATE))
    return tuple(voices)
