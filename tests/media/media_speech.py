"""Real speech for the tests of this folder, synthesised once a run."""

from __future__ import annotations

from functools import cache

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
