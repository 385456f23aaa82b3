"""Text that a Whisper model makes up when there is nothing to hear.

Whisper was trained on subtitles, so that silence, noise and music bring out what stands at their ends: credits of
subtitling services, thanks for watching. Where the sound is hard it can also repeat itself. (Koenecke et al.,
"Careless Whisper", FAccT 2024; the compression ratio is the original implementation's own test for repetition.)
"""

from __future__ import annotations

import difflib
import re
import unicodedata
import zlib

LONGEST_COMPRESSION_RATIO = 2.4
"""Text that zlib shortens by more repeats itself (the threshold of the original implementation)."""
MOST_CHARACTERS_PER_SECOND = 32.0
"""The fastest speakers reach about 25."""
LOWEST_LOG_PROBABILITY = -1.5
"""What was made up over noise of any kind lay below this, telephone speech above -0.9."""
CHARACTERS_BEFORE_PACE_COUNTS = 24
LEAST_ECHO = 2 / 3
"""Share of words of the prompt: over a ringing tone "Schmerzbehandlung, Klingel, Schmerzbehandlung" came out of one."""
LEAST_LIKENESS = 0.5
"""Share of letters in common: "Ursula Brunner" and "Ursola Bruner" have 0.92."""

_CREDITS = re.compile(
    r"amara\s?org|untertitel (im auftrag|von|der|des|erstellt)|untertitelung|copyright wdr|swr \d{4}|"
    r"sous titres? (realises?|par|de|faits?)|sous titrage|merci d avoir regarde|abonnez vous|"
    r"sottotitoli (e|a cura|creati|di|by)|sottotitolazione|iscrivetevi al canale|grazie per la visione|"
    r"thanks? (you )?for watching|subtitles? by|subscribe to|subtitling|please subscribe|qtss|"
    r"vielen dank furs zuschauen|bis zum nachsten mal|transcribed by|transcription by"
)
"""Nobody says this to a practice."""

_AFTERTHOUGHTS = frozenset(
    {
        "vielen dank",
        "danke",
        "danke schon",
        "tschuss",
        "das war s",
        "ja",
        "so",
        "merci",
        "merci beaucoup",
        "au revoir",
        "grazie",
        "grazie mille",
        "ciao",
        "thank you",
        "thank you very much",
        "thanks",
        "bye",
        "bye bye",
        "you",
        "okay",
        "oh",
    }
)
"""Callers say this too; made up when the model itself doubts that it heard speech."""


def plain(text: str) -> str:
    """Return ``text`` as lower-case words without accents and punctuation, one space between them."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters))


def is_invented(text: str, *, seconds: float, no_speech: float, average_log_probability: float) -> bool:
    """Whether ``text`` was made up rather than heard in ``seconds`` of sound.

    ``no_speech`` is the model's probability that nobody spoke, ``average_log_probability`` that of the text's tokens.
    """
    words = plain(text)
    if not words or _CREDITS.search(words):
        return True
    if average_log_probability < LOWEST_LOG_PROBABILITY or (no_speech > 0.4 and average_log_probability < -1.0):
        return True
    if words in _AFTERTHOUGHTS and (no_speech > 0.4 or average_log_probability < -1.0):
        return True
    if len(words) >= CHARACTERS_BEFORE_PACE_COUNTS and len(words) > MOST_CHARACTERS_PER_SECOND * seconds:
        return True
    return repeats_itself(text)


def repeats_itself(text: str) -> bool:
    """Whether ``text`` goes round in a loop."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) > LONGEST_COMPRESSION_RATIO


def echoes(text: str, prompt: str | None) -> bool:
    """Whether most of ``text`` are words that were given as likely (``prompt``)."""
    words = plain(text).split()
    given = set(plain(prompt or "").split())
    return bool(words) and sum(word in given for word in words) >= LEAST_ECHO * len(words)


def is_like(text: str, other: str) -> bool:
    """Whether two texts may be two spellings of the same sound."""
    one, two = (plain(each).replace(" ", "") for each in (text, other))
    return difflib.SequenceMatcher(a=one, b=two, autojunk=False).ratio() >= LEAST_LIKENESS
