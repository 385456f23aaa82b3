"""Keeps a model from answering with an entry about another treatment than the caller's."""

from __future__ import annotations

from gateway.dialogue.catalogue import find_services
from gateway.dialogue.model import DialogueContext
from gateway.dialogue.text import words_of
from gateway.language import Language
from gateway.practice.profile import KnowledgeEntry


def is_beside_the_point(entry: KnowledgeEntry, question: str, language: Language, context: DialogueContext) -> bool:
    """Tell whether ``question`` names services of the practice and ``entry`` only others ("Was kostet ein Bleaching?").

    ``language`` is the question's.
    """
    asked = _services(question, language, context)
    if not asked:
        return False
    told = _services(f"{'. '.join(entry.keywords[language])}. {entry.text.in_language(language)}", language, context)
    return bool(told) and asked.isdisjoint(told)


def _services(text: str, language: Language, context: DialogueContext) -> set[str]:
    return {found.value for found in find_services(text, words_of(text), (language,), context.profile)}
