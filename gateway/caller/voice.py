"""The sound of the caller's lines, made before the call so that no line is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gateway.audio import AudioFormatError, Pcm, read_wav
from gateway.caller.errors import CallerInputError
from gateway.caller.steps import PlaySound, PlayWav, Say, Turn
from gateway.language import Language
from gateway.speech.interface import SpeechError, Synthesiser
from gateway.speech.voices import parse_voice

Sounds: TypeAlias = Mapping[Say | PlayWav | PlaySound, Pcm]

DEFAULT_VOICES: dict[Language, str] = {
    "de": "de-DE:pitch=0.93",
    "fr": "fr-FR:pitch=0.93",
    "it": "it-IT:pitch=0.93",
    "en": "en-GB:pitch=0.93",
}
"""Voices that a listener can tell from the gateway's own."""

FAREWELLS: dict[Language, Say] = {
    "de": Say("Auf Wiederhören."),
    "fr": Say("Au revoir."),
    "it": Say("Arrivederci."),
    "en": Say("Goodbye."),
}


async def make_sounds(
    turns: Iterable[Turn], synthesiser: Synthesiser, language: Language, voice: str | None
) -> dict[Say | PlayWav | PlaySound, Pcm]:
    """Return the sound of every line, and of the farewell.

    Raises:
        CallerInputError: a WAV file that cannot be read, or a line or voice that cannot be synthesised.

    """
    sounds: dict[Say | PlayWav | PlaySound, Pcm] = {}
    spoken = voice or DEFAULT_VOICES[language]
    try:
        parse_voice(spoken)
    except ValueError as error:
        raise CallerInputError(str(error)) from error
    moves = [move for turn in turns for move in turn.moves if isinstance(move, Say | PlayWav)]
    for move in (*moves, FAREWELLS[language]):
        if move not in sounds:
            sounds[move] = (
                _read(move.path) if isinstance(move, PlayWav) else await speak(move, synthesiser, language, spoken)
            )
    return sounds


async def speak(line: Say, synthesiser: Synthesiser, language: Language, voice: str) -> Pcm:
    """Return the sound of ``line``, in ``voice`` where the line has no language but the caller's own ``language``.

    Raises:
        CallerInputError: the line or the voice cannot be synthesised.

    """
    spoken = line.language or language
    if spoken != language:
        voice = DEFAULT_VOICES[spoken]
    try:
        chunks = [chunk async for chunk in synthesiser.synthesise(line.text, spoken, voice)]
    except SpeechError as error:
        raise CallerInputError(f'"{line.text}" cannot be spoken with voice {voice}: {error}') from error
    if not any(len(chunk) for chunk in chunks):
        raise CallerInputError(f'"{line.text}" has nothing that can be spoken')
    samples = np.concatenate([chunk.samples for chunk in chunks])
    if line.gain_db:
        louder = samples.astype(np.float64) * 10 ** (line.gain_db / 20)
        samples = np.clip(np.round(louder), -32768, 32767).astype(np.int16)
    return Pcm(samples, chunks[0].rate)


def _read(path: Path) -> Pcm:
    try:
        return read_wav(path.read_bytes())
    except OSError as error:
        raise CallerInputError(f"{path} cannot be read: {error.strerror}") from error
    except AudioFormatError as error:
        raise CallerInputError(f"{path}: {error}") from error
