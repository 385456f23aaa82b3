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
    "low": {"de": "de-DE:pitch=0.93", "fr": "fr-FR:pitch=0.93", "it": "it-IT:pitch=0.93", "en": "en-GB:pitch=0.93"},
    "high": {"de": "de-DE:pitch=1.1", "fr": "fr-FR:pitch=1.1", "it": "it-IT:pitch=1.1", "en": "en-GB:pitch=1.1"},
}
"""By the names that scenarios use."""

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


def voice_of(scenario: Scenario) -> str:
    """Return the name of the patient's voice as the embedded engine knows it."""
    if scenario.voice is None:
        return DEFAULT_VOICES[scenario.language]
    named = VOICES.get(scenario.voice)
    return scenario.voice if named is None else named[scenario.language]


async def patient_sounds(scenario: Scenario, sayings: Iterable[Say | PlaySound], synthesiser: Synthesiser) -> Sounds:
    """Return the sound of everything that the patient may say; raise ``CallerInputError`` where one cannot be made."""
    voice = voice_of(scenario)
    sounds: dict[Say | PlayWav | PlaySound, Pcm] = {}
    for saying in (*sayings, FAREWELLS[scenario.language]):
        if saying in sounds:
            continue
        if isinstance(saying, Say):
            sounds[saying] = await speak(saying, synthesiser, scenario.language, voice)
        else:
            sounds[saying] = cough()
    return sounds


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
