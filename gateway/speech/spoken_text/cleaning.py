"""What no engine is given: markup, control characters, symbols that nobody speaks, endless words."""

from __future__ import annotations

import re
import unicodedata

from gateway.language import Language

LONGEST_WORD = 40
LONGEST_DIGITS = 24

_AND: dict[Language, str] = {"de": "und", "fr": "et", "it": "e", "en": "and"}
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_KEPT_SYMBOLS = frozenset("%+-–—'’\"«»“”„‚‘,.;:!?…()/€$£°&@#=*")


def clean(text: str, language: Language) -> str:
    """Return ``text`` on one line without markup, control characters and symbols that nobody speaks."""
    text = without_markup(unicodedata.normalize("NFC", text))
    text = text.replace("&", f" {_AND[language]} ")
    kept = (c if c.isalnum() or c in _KEPT_SYMBOLS or unicodedata.category(c) in ("Mn", "Mc") else " " for c in text)
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def without_markup(text: str) -> str:
    """Return ``text`` without the tags of SSML, HTML and the engines' own."""
    return _MARKUP.sub(" ", text)


def bounded(word: str) -> str:
    """Return ``word`` broken where it is longer than any word; the engine is silent or loops for ever on those."""
    limit = LONGEST_DIGITS if word.isdecimal() else LONGEST_WORD
    return " ".join(word[start : start + limit] for start in range(0, len(word), limit))
