"""The shape of a language's patterns of emergencies (see ``gateway.dialogue.patterns`` for how they are written)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyPatterns:
    """All that tells an emergency from what only sounds like one."""

    signs: Patterns
    """Each by itself is an emergency."""
    strong_pain: Patterns
    """Pain that is strong and no emergency by itself: it is for the practice's own text to say who helps."""
    questions: Patterns
    """The caller asks whether it is an emergency; the words ask it by their order."""
    marked_questions: Patterns
    """The same in words that only a question mark tells from telling of one."""
    pairs: tuple[tuple[Patterns, Patterns], ...]
    """One of the first together with one of the second, anywhere in the turn, is an emergency: swelling and fever."""
    denials: Patterns
    """It is not so, or it is about something else: "keine Schwellung", "für den Notfall", "Unfallversicherung"."""
    past_times: Patterns
    past_events: Patterns
    """One of the first with one of the second was long ago: "letztes Jahr hatte ich einen Unfall"."""
    breaks: frozenset[str]
    """Folded words between the two behind which something new is told: "und", "jetzt"."""
    negators: frozenset[str]
    """Folded words by which a denial begins that reaches as far as its clause."""
    clause_starts: frozenset[str]
    """Folded words by which a new clause begins where recognition wrote no comma: "keine Zeit ich habe Fieber"."""
    number: Patterns
    """The caller asks for the number or the hours of the emergency service."""

    @property
    def past_first(self) -> Patterns:
        """The patterns of past times before events."""
        return _one_before_other(self.past_times, self.past_events)

    @property
    def past_last(self) -> Patterns:
        """The patterns of events before past times."""
        return _one_before_other(self.past_events, self.past_times)


@cache
def _one_before_other(first: Patterns, second: Patterns) -> Patterns:
    return tuple(f"{one} ... {other}" for one in first for other in second)
