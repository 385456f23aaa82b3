"""Writes names with the capitals they have: "von der Mühll", "McDonald", "D'Angelo", "Müller-Meier"."""

from __future__ import annotations

import re

from gateway.dialogue.normalise.lexicon import lexicon
from gateway.dialogue.normalise.tokens import fold
from gateway.language import Language

_PART = re.compile(r"[^\s'’-]+|[\s'’-]+")
_ALWAYS_SMALL = frozenset({"von", "vom", "zu", "zur", "zum", "y"})


def capitalise_name(name: str, language: Language) -> str:
    """Return ``name`` with its capitals; particles stay as they were heard, small where nothing was heard.

    Capitals inside a word ("McDonald", "DeLuca") are kept, as is a particle's capital ("De Luca").
    """
    words = name.split()
    shouted = name.isupper()
    return " ".join(
        _word(word, language, last=place == len(words) - 1, shouted=shouted) for place, word in enumerate(words)
    )


def _word(word: str, language: Language, *, last: bool, shouted: bool) -> str:
    tables = lexicon(language).names
    key = fold(word)
    if not last and key in tables.particles:
        if key in _ALWAYS_SMALL:
            return word.lower()
        if word[:1].isupper() and not shouted:
            return word[:1] + word[1:].lower()
        return word.lower().capitalize() if tables.capital_particles else word.lower()
    parts = _PART.findall(word)
    return "".join(
        _part(part, shouted=shouted, elided=place + 1 < len(parts) and parts[place + 1] in "'’")
        for place, part in enumerate(parts)
    )


def _part(part: str, *, shouted: bool, elided: bool) -> str:
    if not shouted and part[1:] != part[1:].lower() and not part.isupper():
        return part
    if elided and len(part) == 1 and part.islower():
        return part.upper()
    lower = part.lower()
    if lower.startswith("mc") and len(lower) > 4:
        return "Mc" + lower[2:].capitalize()
    return lower.capitalize()
