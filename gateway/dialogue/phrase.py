"""Decisions as sentences.

Each sentence stands by itself: those without a value of the call are the same in every call, so that they are
synthesised once (``fixed_prompts``), and only the others need synthesis while the caller waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

from gateway.dialogue.knowledge import TOLD, told_text
from gateway.dialogue.model import Decision, SpeechAct
from gateway.dialogue.values import FORMATTERS, Telling, practice_values
from gateway.dialogue.wordings import WORDINGS
from gateway.language import Language
from gateway.practice.profile import PracticeProfile

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zà-ÿ])")
_ABBREVIATION = re.compile(r"(?:^|\s)(?:Dr|Prof|med|dent|St|Str|Av|Nr|Tel|Mr|Mrs|Ms|Sig|Dott|Mme|M|[A-Z]|\d{1,2})\.$")
_ACKNOWLEDGED = (
    "name",
    "patient_name",
    "date_of_birth",
    "phone",
    "reason",
    "practitioner",
    "preferred_date",
    "preferred_time",
)
_EXISTING = ("existing_date", "existing_time")


def phrase(decision: Decision, language: Language, profile: PracticeProfile) -> tuple[str, ...]:
    """Return the sentences that say ``decision`` in ``language``; empty only when there is nothing to say."""
    return tuple(sentence for _, sentences in phrase_acts(decision, language, profile) for sentence in sentences)


def phrase_acts(
    decision: Decision, language: Language, profile: PracticeProfile
) -> tuple[tuple[SpeechAct, tuple[str, ...]], ...]:
    """Return each act of ``decision`` with the sentences that say it; all of them in order are ``phrase``."""
    telling = Telling(language, profile, decision.today)
    return tuple((act, tuple(_sentences(act, telling))) for act in decision.acts)


def fixed_prompts(profile: PracticeProfile, language: Language) -> tuple[str, ...]:
    """Return every sentence that is the same in all calls, exactly as ``phrase`` and ``fallback`` return it."""
    known = practice_values(profile, language)
    told = [entry.text.in_language(language) for entry in profile.knowledge]
    prompts = dict.fromkeys(
        sentence
        for templates in WORDINGS[language].sentences.values()
        for template in templates
        if set(placeholders(template)) <= set(known)
        for sentence in split_sentences(_complete(template, known))
    )
    prompts |= dict.fromkeys(sentence for text in told for sentence in split_sentences(text))
    return tuple(prompts)


FALLBACKS = (
    "apology",
    "still_there",
    "goodbye",
    "please_wait",
    "take_your_time",
    "break_in",
    "looking_in_calendar",
    "entering_in_calendar",
    "transfer_announcement",
    "transfer_confirmation",
    "one_moment",
    "resume",
)
"""What can be said without a decision."""


def fallback(name: str, language: Language, profile: PracticeProfile) -> tuple[str, ...]:
    """Return the fixed sentences called ``name``, one of ``FALLBACKS``; raise ``KeyError`` for another."""
    if name not in FALLBACKS:
        raise KeyError(name)
    return tuple(_sentences(SpeechAct(name), Telling(language, profile)))


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names of the values that ``template`` needs."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of ``text``; a stop after an abbreviation ("Dr.") ends none."""
    sentences: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] += f" {part}"
        elif part:
            sentences.append(part)
    return tuple(sentences)


def _sentences(act: SpeechAct, telling: Telling) -> Iterator[str]:
    if act.name == "acknowledge":
        yield from _acknowledgement(act, telling)
        return
    if act.name == TOLD:
        yield from split_sentences(told_text(act, telling.language, telling.profile))
        return
    values = {name: FORMATTERS[name](value, telling) for name, value in act.values.items()}
    known = practice_values(telling.profile, telling.language)
    wording = "read_back_name_spelled" if act.name == "read_back_name" and "spelled" in act.values else act.name
    wording = f"{wording}_{act.variant + 1}" if act.variant else wording
    for template in WORDINGS[telling.language].sentences[wording]:
        if set(placeholders(template)) <= set(known):
            yield from split_sentences(_complete(template, known))
        else:
            # The call's values are not split: a stop within "Dr. Meier" or a message is no end of a sentence.
            yield _capitalised(_complete(template, {**known, **values}))


def _acknowledgement(act: SpeechAct, telling: Telling) -> Iterator[str]:
    """Yield what was understood in short: "Dentalhygiene, am Dienstag, den 8. Dezember, um halb drei."."""
    existing = {name: act.values[name] for name in _EXISTING if name in act.values}
    if existing:
        name = "existing_date_time" if len(existing) > 1 else next(iter(existing))
        yield from _sentences(SpeechAct(f"read_back_{name}", existing), telling)
    parts = [FORMATTERS[name](act.values[name], telling) for name in _ACKNOWLEDGED if name in act.values]
    if parts:
        yield _capitalised(f"{', '.join(parts)}.")


def _complete(template: str, values: dict[str, str]) -> str:
    # Some values bring their own full stop.
    return re.sub(r"([.!?])\.$", r"\1", template.format_map(values))


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
