"""Whether a turn tells of an emergency, or asks for the number of the emergency service. Pure.

A false alarm costs the practice a glance, an emergency that is not heard may cost more: what is denied or long past
does not count, everything else does, in whichever of the four languages it is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.dialogue.lexicons.emergencies import EMERGENCIES, EmergencyPatterns
from gateway.dialogue.patterns import Match, find_all, occurs
from gateway.dialogue.text import Word

_CLAUSE_ENDS = frozenset(",;:")
_TIME_WORDS = 5
"""Words of the longest time in the past ("il y a trois ans")."""


def tells_emergency(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the ``words`` of ``text`` tell of an emergency, or ask whether it is one."""
    return _tells(text, words, ())


def asks_whether_emergency(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the caller asks whether it is an emergency, and tells of no sign of one beside the question."""
    asked = [match for patterns in EMERGENCIES.values() for match in find_all(patterns.questions, text, words)]
    if text.rstrip().endswith("?"):
        asked += [
            match for patterns in EMERGENCIES.values() for match in find_all(patterns.marked_questions, text, words)
        ]
    return bool(asked) and not _tells(text, words, asked)


def tells_strong_pain(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the caller has strong pain, of which the practice's own text says who helps."""
    strong = [match for patterns in EMERGENCIES.values() for match in find_all(patterns.strong_pain, text, words)]
    excuses = [excuse for patterns in EMERGENCIES.values() for excuse in _excuses(patterns, text, words)]
    return any(not _excused(match, excuses) for match in strong)


def _tells(text: str, words: Sequence[Word], besides: Sequence[Match]) -> bool:
    """Tell whether there is a sign that is neither excused nor overlaps one of ``besides``."""
    found = [(patterns, find_all(patterns.signs, text, words)) for patterns in EMERGENCIES.values()]
    paired = [pair for patterns in EMERGENCIES.values() for pair in _pairs(patterns, text, words)]
    if not paired and not any(matches for _, matches in found):
        return False
    excuses = [*besides, *(excuse for patterns in EMERGENCIES.values() for excuse in _excuses(patterns, text, words))]
    if any(not _excused(match, excuses) for _, matches in found for match in matches):
        return True
    return any(all(any(not _excused(match, excuses) for match in side) for side in pair) for pair in paired)


def denies_emergency(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the caller speaks of an emergency only to say that there is none ("nein, kein Notfall")."""
    signs = any(find_all(patterns.signs, text, words) for patterns in EMERGENCIES.values())
    return signs and not tells_emergency(text, words)


def asks_emergency_number(text: str, words: Sequence[Word]) -> bool:
    """Tell whether the caller asks how the emergency service is reached."""
    return any(occurs(patterns.number, text, words) for patterns in EMERGENCIES.values())


def _pairs(patterns: EmergencyPatterns, text: str, words: Sequence[Word]) -> Iterable[tuple[tuple[Match, ...], ...]]:
    for first, second in patterns.pairs:
        sides = (find_all(first, text, words), find_all(second, text, words))
        if all(sides):
            yield sides


def _excuses(patterns: EmergencyPatterns, text: str, words: Sequence[Word]) -> Iterable[Match]:
    """Yield the places that are denied, long past, or a question for the number."""
    yield from find_all(patterns.number, text, words)
    for match in find_all(patterns.denials, text, words):
        if not _ends_a_clause(match, text, words) and not _begins_a_clause(match, words, patterns):
            yield match
    for match in find_all(patterns.past_first, text, words):
        # "Vor zwei Jahren, im Sommer": a comma behind the time parts nothing.
        after_time = Match(min(match.first + _TIME_WORDS, match.last), match.last)
        if not _is_broken(match, words, patterns) and not _ends_a_clause(after_time, text, words):
            yield match
    for match in find_all(patterns.past_last, text, words):
        if not _is_broken(match, words, patterns) and not _ends_a_clause(match, text, words):
            yield match


def _ends_a_clause(match: Match, text: str, words: Sequence[Word]) -> bool:
    return not _CLAUSE_ENDS.isdisjoint(text[words[match.first].start : words[match.last].end])


def _begins_a_clause(match: Match, words: Sequence[Word], patterns: EmergencyPatterns) -> bool:
    inside = words[match.first : match.last + 1]
    return inside[0].folded in patterns.negators and any(word.folded in patterns.clause_starts for word in inside[3:])


def _is_broken(match: Match, words: Sequence[Word], patterns: EmergencyPatterns) -> bool:
    return any(word.folded in patterns.breaks for word in words[match.first : match.last + 1])


def _excused(match: Match, excuses: Iterable[Match]) -> bool:
    return any(match.overlaps(excuse) for excuse in excuses)
