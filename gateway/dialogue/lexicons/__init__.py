"""What callers say, one data module a language."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.dialogue.lexicons import de, en, fr, it
from gateway.dialogue.lexicons.lexicon import Lexicon
from gateway.language import Language

LEXICONS: Mapping[Language, Lexicon] = {"de": de.LEXICON, "fr": fr.LEXICON, "it": it.LEXICON, "en": en.LEXICON}

__all__ = ["LEXICONS", "Lexicon"]
