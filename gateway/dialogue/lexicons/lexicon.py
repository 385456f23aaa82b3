"""The shape of a language's lexicon: what callers say, as patterns (see ``gateway.dialogue.patterns``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.model import FactName, Intent
from gateway.dialogue.text import word_set
from gateway.language import Language

__all__ = ["Lexicon", "Patterns", "word_set"]

Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """All patterns and word lists of one language."""

    intents: Mapping[Intent, Patterns]
    """Ways to say each intent. CHANGE_LANGUAGE is found through ``languages``."""
    denials: Mapping[Intent, Patterns]
    """Ways to say that it is not that intent ("kein Notfall", "ich habe einen Termin")."""
    languages: Mapping[Language, Patterns]
    """Names of the four languages, in this one."""
    yes: Patterns
    no: Patterns
    hedges: Patterns
    """What is neither: "na ja, so ungefähr"."""
    thanks: Patterns
    """Nothing but thanks: after "anything else?" it means no."""
    unknown: Patterns
    """The caller does not know the answer."""
    pain: Patterns
    no_pain: Patterns
    new_patient: Patterns
    known_patient: Patterns
    soonest: Patterns
    """Any date, the sooner the better."""
    whenever: Patterns
    """Any date, or any time of the day."""
    anyone: Patterns
    """Any practitioner."""
    birth: Patterns
    """A birth date follows."""
    about: Patterns
    """What a callback is about follows."""
    wrong: Patterns
    """Something that was read back is not right."""
    number_end: Patterns
    """The digits that are named are the last of the number."""
    number_start: Patterns
    """The digits that are named are the first of the number."""
    mentions: Mapping[FactName, Patterns]
    """Names of facts ("die Telefonnummer")."""
    negators: frozenset[str]
    """Folded words that take back the value after them ("nicht Dienstag"), or before them ("Dienstag nicht")."""
    instead: Patterns
    """The value that is taken back follows ("statt Dienstag")."""
    contrasts: frozenset[str]
    """Folded words after which the right value follows ("sondern")."""
    either: frozenset[str]
    """Folded words between values of which any will do ("Montag oder Dienstag")."""
    amends: Patterns
    """The caller thinks again: what was just said is taken back, and the right value follows ("ich meine")."""
    new_markers: frozenset[str]
    """Folded words before the new date of an appointment that is moved ("auf Donnerstag")."""
    old_markers: frozenset[str]
    """Folded words before the date of the appointment as it stands ("vom Dienstag")."""
    standing: frozenset[str]
    """Folded verbs by which the date of the appointment as it stands is told ("it is on Monday")."""
    since: frozenset[str]
    """Folded words before a date on which something began, so that it is no wish ("seit gestern")."""
    titles: frozenset[str]
    """Folded words before a practitioner's name ("bei Doktor Meier")."""
    common: frozenset[str]
    """Folded frequent words by which the language is told from the other three."""
