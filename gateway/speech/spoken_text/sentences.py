"""Text cut where a reader would pause, so that the first of it can be heard the sooner."""

from __future__ import annotations

import re

from gateway.language import Language

LONGEST_SENTENCE = 300

_END = re.compile(r"(?<=[.!?…])[\"»”’)]?\s+(?=[\"«“„(¿]?\w)")
_NO_END = re.compile(r"(?:\b\d{1,2}|\b[A-Za-zÀ-ÿ]|\b(?:St|Nr|ca|vgl|z\.B|d\.h|p\.m|a\.m))\.$")


def sentences(text: str, language: Language, longest: int = LONGEST_SENTENCE) -> list[str]:
    """Return the sentences of ``text``, none with more than ``longest`` characters."""
    parts: list[str] = []
    for piece in _END.split(text):
        if parts and (_NO_END.search(parts[-1]) or len(parts[-1]) < len("Ja, gut.")):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece:
            parts.append(piece)
    return [short for part in parts for short in _shortened(part, longest)]


def _shortened(sentence: str, longest: int) -> list[str]:
    pieces = []
    while len(sentence) > longest:
        head = sentence[:longest]
        cut = max(head.rfind(", "), head.rfind("; "), head.rfind(": "))
        cut = cut + 1 if cut > 0 else max(head.rfind(" "), 1)
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*pieces, sentence] if sentence else pieces
