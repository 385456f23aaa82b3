"""Sounds for the barge-in benchmark: callers and prompts, what is no speech, and the ways an echo takes.

All sound is float64 at 8 kHz with full scale 1.0 until ``line`` makes a telephone line's int16 of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import py_nanotts
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample
from gateway.media.codecs.g711 import decode, encode
from gateway.media.parameters import Codec

Sound: TypeAlias = npt.NDArray[np.float64]
Generator: TypeAlias = Callable[[np.random.Generator, int], Sound]

PROMPT_TEXTS = {
    "de-DE": "Grüezi, Sie sprechen mit der Zahnarztpraxis am See. Dieses Gespräch wird aufgezeichnet. Wenn Sie das "
    "nicht möchten, sagen Sie es bitte. Möchten Sie einen Termin vereinbaren, verschieben oder absagen? In einem "
    "Notfall wählen Sie bitte die Nummer eins vier vier. Wie kann ich Ihnen helfen?",
    "fr-FR": "Bonjour, vous êtes au cabinet dentaire du lac. Cette conversation est enregistrée. Si vous ne le "
    "souhaitez pas, dites-le s'il vous plaît. Voulez-vous prendre, déplacer ou annuler un rendez-vous ? En cas "
    "d'urgence, composez le numéro un quatre quatre. Comment puis-je vous aider ?",
    "it-IT": "Buongiorno, parla lo studio dentistico al lago. Questa conversazione viene registrata. Se non lo "
    "desidera, lo dica per favore. Vuole fissare, spostare o annullare un appuntamento? In caso di emergenza chiami il "
    "numero uno quattro quattro. Come posso aiutarla?",
    "en-GB": "Good morning, this is the dental practice by the lake. This conversation is being recorded. If you do "
    "not want that, please say so. Would you like to make, move or cancel an appointment? In an emergency, please call "
    "one four four. How can I help you?",
}
CALLER_TEXTS = {
    "de-DE": ("Ja, guten Tag, ich habe Zahnschmerzen.", "Nein, nicht am Montag."),
    "fr-FR": ("Oui bonjour, j'ai mal aux dents.", "Non, pas le lundi."),
    "it-IT": ("Sì, buongiorno, ho mal di denti.", "No, non di lunedì."),
    "en-GB": ("Yes, good morning, I have a toothache.", "No, not on Monday."),
}
ACTIVE_LEVEL_DBFS = -26.0
"""Level of speech on a good line (ITU-T P.56 active level, as ITU-T P.830 asks for)."""


def level(sound: Sound) -> float:
    """Return the root mean square of the loud half of a sound's 20 ms frames: near its active level."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    powers = np.sort((frames**2).mean(axis=1))
    return float(np.sqrt(powers[len(powers) // 2 :].mean()))


def at_level(sound: Sound, dbfs: float) -> Sound:
    """Return the sound with its active level at ``dbfs``."""
    return np.asarray(sound * (10 ** (dbfs / 20) / max(level(sound), 1e-9)))


@cache
def _band() -> npt.NDArray[np.float64]:
    return np.asarray(butter(4, [300, 3400], "bandpass", fs=TELEPHONE_RATE, output="sos"))


def telephone(pcm: Pcm) -> Sound:
    """Return recorded or synthesised sound as a telephone hears it: 8 kHz, 300 to 3400 Hz, active level -26 dBFS."""
    return at_level(np.asarray(sosfilt(_band(), resample(pcm, TELEPHONE_RATE).samples / 32768)), ACTIVE_LEVEL_DBFS)


def line(sound: Sound) -> npt.NDArray[np.int16]:
    """Return what comes out of an A-law line."""
    samples = (sound.clip(-1, 1) * 32767).astype(np.int16)
    return np.asarray(decode(Codec.PCMA, encode(Codec.PCMA, samples[None]))[0], np.int16)


def spoken(text: str, voice: str) -> Sound:
    """Return a synthesised sentence on the telephone."""
    return telephone(Pcm.from_bytes(py_nanotts.NanoTTS().speak(text, voice=voice), 16_000))


@cache
def prompts() -> Mapping[str, Sound]:
    """Return a long prompt in each language."""
    return {voice: spoken(text, voice) for voice, text in PROMPT_TEXTS.items()}


def callers(folder: Path | None) -> Mapping[str, Sound]:
    """Return callers' sentences: the WAV files of a folder, or synthesised ones; silence around them cut off."""
    if folder is None:
        sounds = {
            f"{voice}-{number}": spoken(text, voice)
            for voice, texts in CALLER_TEXTS.items()
            for number, text in enumerate(texts)
        }
    else:
        sounds = {path.stem: telephone(read_wav(path.read_bytes())) for path in sorted(folder.glob("*.wav"))}
    return {name: trimmed(sound) for name, sound in sounds.items()}


def trimmed(sound: Sound) -> Sound:
    """Cut off what is no speech before and after it: clicks, breath, noise.

    Speech begins with 10 ms within 20 dB of the active level that at least 60 of the next 100 ms are too.
    """
    pieces = sound[: len(sound) // 80 * 80].reshape(-1, 80)
    loud = np.sqrt((pieces**2).mean(axis=1)) > level(sound) * 10 ** (-20 / 20)
    ahead = np.convolve(np.concatenate([loud, np.zeros(9)]), np.ones(10), "valid")
    first = int(np.flatnonzero(loud & (ahead >= 6))[0])
    return sound[first * 80 : (int(np.flatnonzero(loud)[-1]) + 1) * 80]


@dataclass(frozen=True)
class EchoPath:
    """What becomes of the gateway's own voice: loss in dB, delay in ms, and the shape of the reflection.

    ``shape``: "flat" only delays, "hybrid" is a two-wire line's reflection of some 4 ms, "room" a hands-free
    telephone's with a tail of 60 ms, "changing" one that is moved about, so that its loss wavers by 6 dB each second.
    """

    loss_db: float
    delay_ms: int
    shape: str = "flat"

    def apply(self, sent: Sound, rng: np.random.Generator) -> Sound:
        """Return the echo of what was sent."""
        delayed = np.concatenate([np.zeros(8 * self.delay_ms), sent])[: len(sent)]
        if self.shape in ("room", "changing"):
            tail = rng.normal(size=480) * np.exp(-np.arange(480) / 100)
            tail[0] = 8
            delayed = fftconvolve(delayed, tail)[: len(sent)]
        elif self.shape == "hybrid":
            response = rng.normal(size=32) * np.exp(-np.arange(32) / 8)
            delayed = fftconvolve(delayed, response)[: len(sent)]
        gain = 10 ** (-self.loss_db / 20) * level(sent) / level(delayed)
        if self.shape == "changing":
            times = np.arange(len(sent)) / TELEPHONE_RATE
            return np.asarray(delayed * gain * 10 ** (3 * np.sin(2 * np.pi * times) / 20))
        return np.asarray(delayed * gain)


def _burst(rng: np.random.Generator, milliseconds: float, low: float, high: float, attack_ms: float) -> Sound:
    """Return band-limited noise that sets in fast and dies away."""
    samples = int(8 * milliseconds)
    times = np.arange(samples) / 8
    shape = np.minimum(times / attack_ms, 1) * np.exp(-times / (milliseconds / 4))
    band = butter(2, [low, high], "bandpass", fs=TELEPHONE_RATE, output="sos")
    return np.asarray(sosfilt(band, rng.normal(size=samples)) * shape)


def _scattered(one: Callable[[np.random.Generator], Sound], gap_s: float, loudest_db: float) -> Generator:
    """Return a generator that strews single sounds over time, ``gap_s`` apart on average, at uneven loudness."""

    def strew(rng: np.random.Generator, samples: int) -> Sound:
        track = np.zeros(samples)
        begin = int(rng.uniform(0.1, 1) * gap_s * TELEPHONE_RATE)
        while begin < samples:
            sound = one(rng)
            sound *= 10 ** ((loudest_db - rng.uniform(0, 15)) / 20) / np.abs(sound).max()
            end = min(samples, begin + len(sound))
            track[begin:end] += sound[: end - begin]
            begin = end + int(rng.uniform(0.5, 1.5) * gap_s * TELEPHONE_RATE)
        return track

    return strew


def cough(rng: np.random.Generator) -> Sound:
    """Return one to three coughs: an explosive burst, a hiss of 150 to 300 ms, at times a voiced end."""
    coughs = []
    for _ in range(rng.integers(1, 4)):
        burst = _burst(rng, 60, 300, 2500, 3)
        hiss = 0.5 * _burst(rng, rng.uniform(150, 300), 400, 3400, 20)
        voiced = np.zeros(0)
        if rng.random() < 0.5:
            pitch = rng.uniform(110, 240)
            times = np.arange(int(8 * rng.uniform(40, 90))) / TELEPHONE_RATE
            buzz = (times * pitch % 1 < 0.1) * np.exp(-times * 25)
            voiced = np.asarray(lfilter([1], [1, -1.2, 0.8], buzz))
            voiced *= 0.4 * np.abs(burst).max() / max(np.abs(voiced).max(), 1e-9)
        coughs += [burst, hiss, voiced, np.zeros(int(8 * rng.uniform(80, 300)))]
    return np.concatenate(coughs)


def click(rng: np.random.Generator) -> Sound:
    """Return a click of a switch or a handset that is put down."""
    return _burst(rng, rng.uniform(4, 40), 300, 3400, 0.5)


def breath(rng: np.random.Generator) -> Sound:
    """Return a breath into the handset: hiss that swells and falls over 0.4 to 1.2 s."""
    samples = int(TELEPHONE_RATE * rng.uniform(0.4, 1.2))
    band = butter(2, [400, 2500], "bandpass", fs=TELEPHONE_RATE, output="sos")
    return np.asarray(sosfilt(band, rng.normal(size=samples)) * np.hanning(samples))


def line_noise(rng: np.random.Generator, samples: int) -> Sound:
    """Return white noise at -45 dBFS with crackle."""
    crackle = np.where(rng.random(samples) < 0.0005, rng.normal(size=samples) * 0.05, 0)
    return np.asarray(rng.normal(size=samples) * 10 ** (-45 / 20) + crackle)


def street(rng: np.random.Generator, samples: int) -> Sound:
    """Return low rumble at about -38 dBFS that swells as cars go by."""
    band = butter(2, [80, 1200], "bandpass", fs=TELEPHONE_RATE, output="sos")
    times = np.arange(samples) / TELEPHONE_RATE
    swell = 1 + 0.8 * np.sin(2 * np.pi * times / 7 + rng.uniform(0, 6))
    rumble = np.asarray(sosfilt(band, rng.normal(size=samples)) * swell)
    return at_level(rumble, -38)


def hum(rng: np.random.Generator, samples: int) -> Sound:
    """Return the hum of the mains with its harmonics, at about -35 dBFS."""
    times = np.arange(samples) / TELEPHONE_RATE
    tones = [np.sin(2 * np.pi * 50 * n * times + rng.uniform(0, 6)) / n for n in range(1, 9)]
    return at_level(np.sum(tones, axis=0), -35)


def music(rng: np.random.Generator, samples: int) -> Sound:
    """Return chords and a tune from a radio in the room, at -35 dBFS: decaying harmonic notes."""
    track = np.zeros(samples + TELEPHONE_RATE)
    beat = TELEPHONE_RATE // 4
    for begin in range(0, samples, beat):
        times = np.arange(TELEPHONE_RATE) / TELEPHONE_RATE
        for note in rng.choice([0, 3, 5, 7, 10, 12, 15], size=2):
            pitch = 220 * 2 ** (note / 12)
            sound = sum(np.sin(2 * np.pi * pitch * n * times) / n**1.5 for n in range(1, 6))
            track[begin : begin + TELEPHONE_RATE] += np.asarray(sound) * np.exp(-times * 5)
    return at_level(track[:samples], -35)


def typing(rng: np.random.Generator, samples: int) -> Sound:
    """Return keys of a keyboard near the telephone, at up to -25 dBFS."""
    return _scattered(lambda r: _burst(r, r.uniform(8, 25), 800, 3400, 0.5), 0.18, -25)(rng, samples)


NO_SPEECH: Mapping[str, Generator] = {
    "coughs": _scattered(cough, 2.0, -12),
    "clicks": _scattered(click, 1.0, -8),
    "breathing": _scattered(breath, 1.5, -25),
    "typing": typing,
    "line noise": line_noise,
    "street": street,
    "mains hum": hum,
    "music": music,
}
"""By name what must not stop a prompt."""
