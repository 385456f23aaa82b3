"""What the caller wants, found by the lexicons' patterns."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialogue.emergency_signs import asks_emergency_number, asks_whether_emergency, tells_emergency
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import Intent
from gateway.dialogue.patterns import find_all
from gateway.dialogue.text import Word
from gateway.language import Language

PRIORITY: tuple[Intent, ...] = (
    Intent.EMERGENCY,
    Intent.EMERGENCY_QUESTION,
    Intent.REFUSE_RECORDING,
    Intent.CHANGE_LANGUAGE,
    Intent.HUMAN,
    Intent.EMERGENCY_NUMBER,
    Intent.MOVE,
    Intent.CANCEL,
    Intent.CALLBACK,
    Intent.BOOK,
    Intent.OPEN_QUESTION,
    Intent.OPENING_HOURS,
    Intent.ADDRESS,
    Intent.REPEAT,
    Intent.GOODBYE,
)
"""The order in which intents of one turn count."""


def _occurs(intent: Intent, text: str, words: Sequence[Word], language: Language) -> bool:
    lexicon = LEXICONS[language]
    denials = find_all(lexicon.denials.get(intent, ()), text, words)
    matches = find_all(lexicon.intents.get(intent, ()), text, words)
    return any(not any(match.overlaps(denial) for denial in denials) for match in matches)


def find_intents(text: str, words: Sequence[Word], languages: Sequence[Language]) -> tuple[Intent, ...]:
    """Return the intents of a turn, most important first.

    ``languages`` are tried in order and the first with an intent counts, but an emergency is heard in any of the four.
    """
    found: set[Intent] = set()
    for language in languages:
        found = {intent for intent in LEXICONS[language].intents if _occurs(intent, text, words, language)}
        if found:
            break
    asks = asks_whether_emergency(text, words)
    if not asks and tells_emergency(text, words):
        found.add(Intent.EMERGENCY)
    elif asks_emergency_number(text, words):
        found.add(Intent.EMERGENCY_NUMBER)
    elif asks:
        found.add(Intent.EMERGENCY_QUESTION)
    return tuple(intent for intent in PRIORITY if intent in found)
