"""SVOX Pico: synthesis in four languages within a few tens of milliseconds a sentence.

Pico reads markup inside its text, loops for ever on words of thousands of letters and stays silent on long runs of
digits; ``gateway.speech.spoken_text`` keeps all that from it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import py_nanotts

from gateway.audio import Pcm
from gateway.language import Language
from gateway.speech.engines.clean_memory import zeroed_memory
from gateway.speech.engines.level import level, trim
from gateway.speech.interface import SpeechError
from gateway.speech.spoken_text import sentences, spoken
from gateway.speech.voices import Voice, choose_voice

PICO_RATE = 16_000
VOLUME = 0.5
"""At Pico's own volume its peaks are clipped."""
BEFORE_MS = 10
BETWEEN_MS = 220
AFTER_MS = 80


_lock = threading.Lock()


class PicoEngine:
    """The four voices. Blocking; may be used from several threads, which wait for each other."""

    def __init__(self) -> None:
        self._native = py_nanotts.NanoTTS()

    def synthesise(self, text: str, language: Language | None, voice: str | None = None) -> Iterator[Pcm]:
        """Yield the sound of ``text`` at 16 kHz, sentence by sentence; nothing for a text without words.

        Raises:
            ValueError: the voice is unknown.
            SpeechError: the engine failed.

        """
        chosen = choose_voice(language, voice)
        parts = sentences(spoken(text, language or chosen.language), language or chosen.language)
        for number, sentence in enumerate(parts, start=1):
            sound = level(
                trim(self._speak(sentence, chosen), BEFORE_MS, AFTER_MS if number == len(parts) else BETWEEN_MS)
            )
            if len(sound):
                yield sound

    def _speak(self, sentence: str, voice: Voice) -> Pcm:
        # Pico's markup is sent only where it changes something: a neutral tag alters the intonation.
        pitch = voice.pitch if voice.pitch != 1.0 else None
        speed = voice.speed if voice.speed != 1.0 else None
        try:
            with _lock, zeroed_memory():
                data = self._native.speak(sentence, voice=voice.locale, pitch=pitch, speed=speed, volume=VOLUME)
        except (RuntimeError, MemoryError) as error:
            raise SpeechError(f"the synthesis engine failed: {error}") from error
        return Pcm.from_bytes(data, PICO_RATE)
