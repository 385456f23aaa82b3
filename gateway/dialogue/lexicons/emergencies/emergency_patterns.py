"""The shape of a language's patterns of emergencies (see ``gateway.dialogue.patterns`` for how they are written)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyPatterns:
    """All that tells an emergency from what only sounds like one."""

    signs: Patterns
    """Each by itself is an emergency."""
    pairs: tuple[tuple[Patterns, Patterns], ...]
    """One of the first together with one of the second, anywhere in the turn, is an emergency: swelling and fever."""
    denials: Patterns
    """It is not so, or it is about something else: "keine Schwellung", "für den Notfall", "Unfallversicherung"."""
    past: Patterns
    """It was long ago: "letztes Jahr hatte ich einen Unfall"."""
    breaks: frozenset[str]
    """Folded words within ``past`` behind which something else is told: "und", "jetzt"."""
    number: Patterns
    """The caller asks for the number or the hours of the emergency service."""


def in_any_order(first: Iterable[str], second: Iterable[str]) -> Patterns:
    """Return the patterns of each of ``first`` before each of ``second`` in a sentence, and the other way round."""
    return tuple(
        pattern for one in first for other in second for pattern in (f"{one} ... {other}", f"{other} ... {one}")
    )
