"""Real speech for the tests of this folder, synthesised once a run."""

from __future__ import annotations

from functools import cache

import numpy as np
import py_nanotts

from gateway.audio import Pcm, resample

SENTENCES = {
    "de-DE": "Guten Tag, ich möchte einen Termin vereinbaren",
    "fr-FR": "Bonjour, je voudrais prendre un rendez-vous",
    "it-IT": "Buongiorno, vorrei fissare un appuntamento",
    "en-GB": "Hello, I would like to make an appointment",
}


@cache
def speech(voice: str = "de-DE", text: str | None = None) -> Pcm:
    """A sentence at 16 kHz."""
    return Pcm.from_bytes(py_nanotts.NanoTTS().speak(text or SENTENCES[voice], voice=voice), 16_000)


def telephone_speech(voice: str = "de-DE") -> Pcm:
    """The same at 8 kHz."""
    return resample(speech(voice), 8000)


def share_heard(heard: np.ndarray, said: np.ndarray, rate: int = 8000, likeness: float = 0.9) -> float:
    """Return which share of the loud tenths of a second of ``said`` is in ``heard``, each wherever it fits best.

    A jitter buffer may leave out or stretch a moment between two words, so a sentence as a whole does not compare.
    """
    piece = rate // 10
    sound = heard.astype(float)
    power = np.convolve(sound**2, np.ones(piece), "valid")
    found = []
    for begin in range(0, len(said) - piece, piece):
        part = said[begin : begin + piece].astype(float)
        if np.sqrt(np.mean(part**2)) > 1000:
            match = np.correlate(sound, part, "valid") / np.sqrt(power * np.dot(part, part) + 1)
            found.append(bool(match.max() > likeness))
    return sum(found) / len(found)
