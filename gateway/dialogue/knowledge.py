"""What the practice lets callers be told: the entry of its profile that fits a question. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialogue.model import Fact, FactName, Intent, KnownAnswer, Question, SpeechAct
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import Word, begins_like, similar, words_of
from gateway.language import Language
from gateway.practice.profile import KnowledgeEntry, PracticeProfile

TOLD = "knowledge"
"""The speech act that tells an entry; its words are the profile's or a model's, so no wording holds it."""

_STEM_LENGTH = 5
"""Keywords of at least this many letters match words that begin with them."""
_INFORMATION = frozenset((Intent.ADDRESS, Intent.OPENING_HOURS))
"""Intents that are answered from the profile too; an entry that fits says it more closely."""
_FREE_TEXT = frozenset((Question.NAME, Question.SPELLING, Question.MESSAGE, Question.PHONE))
"""Questions whose answer may hold any word."""


def find_answer_known(reading: Reading, intents: Sequence[Intent]) -> KnownAnswer | None:
    """Return the answer that the practice has to an open question, None when it has none.

    Words of an entry make a question of a turn that wants nothing else ("Haben Sie Parkplätze?"); where the reason for
    a visit was asked, the turn has to look like a question as well.
    """
    wants_nothing_else = _INFORMATION.issuperset(intents) and reading.asked not in _FREE_TEXT
    if reading.asked is Question.REASON and not reading.text.rstrip().endswith("?"):
        wants_nothing_else = False
    if Intent.OPEN_QUESTION not in intents and not wants_nothing_else:
        return None
    entry = best_entry(reading.words, reading.near_languages, reading.context.profile)
    return KnownAnswer((entry.id,)) if entry else None


def best_entry(words: Sequence[Word], languages: Sequence[Language], profile: PracticeProfile) -> KnowledgeEntry | None:
    """Return the entry of which the most words of one keyword are said; the first of those that are equal."""
    best = max(profile.knowledge, key=lambda entry: entry_fit(words, languages, entry), default=None)
    return best if best is not None and entry_fit(words, languages, best) else None


def entry_fit(words: Sequence[Word], languages: Sequence[Language], entry: KnowledgeEntry) -> int:
    """Return how many words the longest keyword of ``entry`` has that is said as a whole, 0 for none."""
    keywords = (keyword for language in languages for keyword in entry.keywords.get(language, ()))
    return max((len(parts) for parts in map(words_of, keywords) if _all_said(parts, words)), default=0)


def _all_said(parts: Sequence[Word], words: Sequence[Word]) -> bool:
    return bool(parts) and all(any(_fits(word.folded, part.folded) for word in words) for part in parts)


def _fits(heard: str, keyword: str) -> bool:
    return similar(heard, keyword) or (len(keyword) >= _STEM_LENGTH and begins_like(heard, keyword))


def is_question_alone(reading: Reading, facts: Sequence[Fact]) -> bool:
    """Tell whether the turn holds nothing to remember; a question as a whole is no reason for a visit."""
    return all(fact.name is FactName.REASON and fact.words == reading.text.strip() for fact in facts)


def told_from_knowledge(known: KnownAnswer, language: Language) -> tuple[SpeechAct, ...]:
    """Return the act that tells what the practice lets be answered; worded answers hold in their ``language`` only."""
    values = {"entry": known.entries[0]}
    if known.words:
        values |= {"words": known.words, "language": language}
    return (SpeechAct(TOLD, values),)


def told_text(act: SpeechAct, language: Language, profile: PracticeProfile) -> str:
    """Return what an act of ``told_from_knowledge`` says: the entry itself, once the call has changed its language."""
    if act.values.get("language") == language:
        return act.values["words"]
    return next(entry for entry in profile.knowledge if entry.id == act.values["entry"]).text.in_language(language)
