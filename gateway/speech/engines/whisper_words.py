"""The times of a transcript's words, put together from those of its tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gateway.speech.engines.features import WHISPER_RATE, Floats
from gateway.speech.interface import Word

FRAME_MS = 20
AUDIBLE_DB = 30.0
"""A frame this far below the loudest one belongs to no word."""
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class TimedToken:
    """A token, where it lies in milliseconds, and how probable it is."""

    token: int
    start_ms: int
    end_ms: int
    probability: float


def timed_words(
    tokens: Sequence[TimedToken], decode: Callable[[Sequence[int]], str], wave: Floats, offset_ms: int = 0
) -> tuple[Word, ...]:
    """Return the words that ``tokens`` make, punctuation at the word before it.

    The attention that gives the times has the first word begin with the silence before it, and each word last until the
    next: words are cut back to what is audible in ``wave`` (16 kHz). ``offset_ms`` is where ``wave`` begins.
    """
    audible = _audible_frames(wave)
    words = []
    for group in _groups(tokens, decode):
        text = decode([token.token for token in group]).strip()
        start, end = _cut_back(group[0].start_ms, group[-1].end_ms, audible)
        probability = math.exp(sum(math.log(max(token.probability, 1e-9)) for token in group) / len(group))
        words.append(Word(text, offset_ms + start, offset_ms + end, probability))
    return tuple(words)


def _groups(tokens: Sequence[TimedToken], decode: Callable[[Sequence[int]], str]) -> list[list[TimedToken]]:
    """Return the tokens of each word: a word begins with a space; letters may be spread over tokens."""
    groups: list[list[TimedToken]] = []
    letter: list[TimedToken] = []
    for token in tokens:
        letter.append(token)
        text = decode([each.token for each in letter])
        if INCOMPLETE in text:
            continue
        begins_word = text.startswith(" ") and any(character.isalnum() for character in text)
        if begins_word or not groups:
            groups.append(letter)
        elif text.strip():
            groups[-1].extend(letter)
        letter = []
    if letter and groups:
        groups[-1].extend(letter)
    return groups


def _audible_frames(wave: Floats) -> list[int]:
    """Return which frames of 20 ms hold sound."""
    size = WHISPER_RATE * FRAME_MS // 1000
    whole = len(wave) // size
    if not whole:
        return []
    power = np.mean(np.square(wave[: whole * size].reshape(whole, size), dtype=np.float64), axis=1)
    audible: list[int] = np.flatnonzero(power > power.max() * 10 ** (-AUDIBLE_DB / 10)).tolist()
    return audible


def _cut_back(start_ms: int, end_ms: int, audible: Sequence[int]) -> tuple[int, int]:
    """Return the part of a word's span from its first audible frame to its last; all of it where none is."""
    inside = [frame for frame in audible if start_ms <= frame * FRAME_MS < end_ms]
    if not inside:
        return start_ms, max(start_ms, end_ms)
    return inside[0] * FRAME_MS, min(end_ms, (inside[-1] + 1) * FRAME_MS)
