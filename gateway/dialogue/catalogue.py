"""The practice's services and people in what the caller says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from gateway.dialogue.lexicons import Lexicon
from gateway.dialogue.normalise import Found
from gateway.dialogue.text import Word, begins_like, fold, similar, words_of
from gateway.language import Language
from gateway.practice.profile import Person, PracticeProfile, Service

_STEM_LENGTH = 5
"""Keywords of at least this many letters match words that begin with them."""
_COMPOUND_LENGTH = 7
"""Keywords of at least this many letters match within compounds ("Dentalhygienetermin")."""
_DEGREES = frozenset(("dr", "med", "dent", "prof"))
"""Parts of a name that the title says already."""
_ENDINGS = "aeinosr"


def find_services(
    text: str, words: Sequence[Word], languages: Sequence[Language], profile: PracticeProfile
) -> list[Found[str]]:
    """Return the ids of the services that are named, the longest keyword first.

    ``languages`` are tried in order; the first in which a service is named counts.
    """
    for language in languages:
        found = [
            Found(service.id, words[first].start, words[last].end, text[words[first].start : words[last].end], 0.9)
            for service in profile.services
            for keyword in _keywords(service, language)
            for first, last in _places(keyword, words)
        ]
        if found:
            return sorted(found, key=lambda service: service.start - service.end)
    return []


def _keywords(service: Service, language: Language) -> tuple[str, ...]:
    return (*service.keywords.get(language, ()), service.name.in_language(language))


def _places(keyword: str, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each place where ``keyword`` stands, compounds in one word or in two."""
    parts = _parts(keyword)
    if not parts:
        return
    for first in range(len(words) - len(parts) + 1):
        if all(_fits(words[first + index].folded, part) for index, part in enumerate(parts)):
            yield first, first + len(parts) - 1
    joined = "".join(parts)
    for first in range(len(words) if len(joined) >= _COMPOUND_LENGTH else 0):
        if len(parts) > 1 and _fits(words[first].folded, joined):
            yield first, first
        pair = "".join(word.folded for word in words[first : first + 2])
        if len(parts) == 1 and first + 1 < len(words) and similar(pair, joined):
            yield first, first + 1


@lru_cache(maxsize=1024)
def _parts(name: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words_of(name))


@lru_cache(maxsize=16384)
def _fits(heard: str, keyword: str) -> bool:
    if similar(heard, keyword):
        return True
    stem = keyword.rstrip(_ENDINGS) if len(keyword) > _STEM_LENGTH else keyword
    if len(stem) < _STEM_LENGTH:
        return False
    return begins_like(heard, stem) or (len(stem) >= _COMPOUND_LENGTH and stem in heard)


def find_person(words: Sequence[Word], text: str, lexicon: Lexicon, profile: PracticeProfile) -> Found[str] | None:
    """Return the id of the practitioner that is named.

    A family name counts after a title or "bei" only, since callers may bear the same one; a full name or an alias
    counts by itself.
    """
    for person in profile.people:
        for name, needs_title in _names(person):
            for first in range(len(words) - len(name) + 1):
                if not all(similar(words[first + index].folded, part) for index, part in enumerate(name)):
                    continue
                titled = any(word.folded in lexicon.titles for word in words[max(0, first - 2) : first])
                if titled or not needs_title:
                    start, end = words[first].start, words[first + len(name) - 1].end
                    return Found(person.id, start, end, text[start:end], 0.9)
    return None


def _names(person: Person) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the ways to say a person's name, as folded words, and whether a title must stand before."""
    for alias in person.aliases:
        yield _parts(alias), False
    full = tuple(part for part in _parts(person.name) if part not in _DEGREES)
    if len(full) > 1:
        yield full, False
    if full:
        yield full[-1:], True


def service_name(profile: PracticeProfile, service_id: str, language: Language) -> str | None:
    """Return the name of the service with this id, None when there is none."""
    found = next((service for service in profile.services if service.id == service_id), None)
    return found.name.in_language(language) if found else None


def person_name(profile: PracticeProfile, person_id: str, language: Language) -> str | None:
    """Return the title and name of the person with this id, None when there is none."""
    found = next((person for person in profile.people if person.id == person_id), None)
    if found is None:
        return None
    if found.title is None:
        return found.name
    name = " ".join(part for part in found.name.split() if fold(part.rstrip(".")) not in _DEGREES)
    return f"{found.title.in_language(language)} {name}"
