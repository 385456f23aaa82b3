"""Synthesis with the Piper voices of a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import structlog

from gateway.audio import Pcm
from gateway.language import LANGUAGES, Language
from gateway.speech.engines.level import level, trim
from gateway.speech.engines.piper.phonemes import PROGRAM, EspeakPhonemes
from gateway.speech.engines.piper.voice import PiperVoice, PiperVoiceError, VoiceDescription, describe, load
from gateway.speech.spoken_text import sentences, spoken_words
from gateway.speech.synthesis_version import synthesis_version
from gateway.speech.voices import LANGUAGE_OF, parse_voice

_log = structlog.get_logger(__name__)

BEFORE_MS = 10
BETWEEN_MS = 220
AFTER_MS = 80
LONGEST_SENTENCE = 200
"""Characters; a network makes a whole sentence before any of it can be heard, at ten times the speed of speech."""


class PiperEngine:
    """The voices in a folder. Blocking; may be used from ``at_once`` threads at a time."""

    def __init__(self, folder: Path, *, threads: int = 1, at_once: int = 1, program: str = PROGRAM) -> None:
        """Load one voice of each language, the first by name; others are loaded when they are first named.

        Raises:
            PiperVoiceError: the folder holds no voice for any of the four languages, one of them is damaged, or
                ``program`` is not installed.

        """
        self.at_once = at_once
        self._threads = threads
        self._lock = threading.Lock()
        try:
            self._phonemes = EspeakPhonemes(program)
        except FileNotFoundError as error:
            raise PiperVoiceError(str(error)) from error
        self._found = _voices_in(folder)
        self._voices: dict[str, PiperVoice] = {}
        self._default: dict[Language, str] = {}
        for name, (_, _, language) in self._found.items():
            self._default.setdefault(language, name)
        if not self._default:
            raise PiperVoiceError(f"{folder} holds no Piper voice (NAME.onnx and NAME.onnx.json) that speaks one of "
                                  f"{', '.join(LANGUAGES)}.")  # fmt: skip
        for name in self._default.values():
            self._voice(name)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that there are voices for."""
        return tuple(language for language in LANGUAGES if language in self._default)

    @property
    def version(self) -> str:
        """Changes with the voices and with whatever else would make the same text sound otherwise."""
        networks = [network for network, _, _ in self._found.values()]
        return synthesis_version("piper", *networks, *(path.with_name(f"{path.name}.json") for path in networks))

    def check_voice(self, language: Language | None, voice: str | None) -> None:
        """Raise ``ValueError`` with one sentence where ``synthesise`` would."""
        self._chosen(language, voice)

    def synthesise(self, text: str, language: Language | None, voice: str | None = None) -> Iterator[Pcm]:
        """Yield the sound of ``text`` at the voice's own rate, sentence by sentence; nothing for a text without words.

        ``voice`` is a file's name without its ending, behind a ``#`` perhaps one of its speakers; a name of the
        embedded voices (``de-DE:speed=0.9``) stands for its language's first voice at that speed.

        Raises:
            ValueError: the voice is unknown, or no voice speaks the language.
            SpeechError: the voice failed.

        """
        name, speaker, speed = self._chosen(language, voice)
        chosen = self._voice(name)
        number = chosen.speaker(speaker) if speaker else 0
        parts = sentences(spoken_words(text, chosen.language), chosen.language, LONGEST_SENTENCE)
        for count, sentence in enumerate(parts, start=1):
            phonemes = self._phonemes.of(sentence, chosen.description.espeak.voice)
            raw = chosen.speak(phonemes, speed, number)
            sound = level(trim(raw, BEFORE_MS, AFTER_MS if count == len(parts) else BETWEEN_MS))
            if len(sound):
                yield sound

    def _chosen(self, language: Language | None, voice: str | None) -> tuple[str, str, float]:
        """Return the name of a voice, its speaker or "", and the speed."""
        if voice is not None and voice.partition(":")[0] not in LANGUAGE_OF:
            name, _, speaker = voice.partition("#")
            if name not in self._found:
                raise ValueError(f"unknown voice {name!r}; there are {', '.join(self._found)}")
            if speaker:
                self._voice(name).speaker(speaker)
            return name, speaker, 1.0
        speed = 1.0
        if voice is not None:
            embedded = parse_voice(voice)
            language, speed = embedded.language, embedded.speed
        if language is None:
            raise ValueError("neither a voice nor a language is given")
        if language not in self._default:
            raise ValueError(f"no voice speaks {language!r}; there are {', '.join(self._found)}")
        return self._default[language], "", speed

    def _voice(self, name: str) -> PiperVoice:
        with self._lock:
            voice = self._voices.get(name)
            if voice is None:
                network, description, language = self._found[name]
                voice = self._voices[name] = load(network, description, language, self._threads)
                _log.info("piper_voice_loaded", voice=name, language=language)
            return voice


def _voices_in(folder: Path) -> dict[str, tuple[Path, VoiceDescription, Language]]:
    """Return the voices of the gateway's languages by name, in the order of their names."""
    found = {}
    for network in sorted(folder.glob("*.onnx")):
        description = describe(network)
        if description.language is not None:
            found[network.name.removesuffix(".onnx")] = (network, description, description.language)
    return found
