"""Which of its wordings the gateway has said, and what it has asked, found in the words that the patient heard. Pure.

The patient knows the gateway's wordings by their names only, so that a scenario survives other words for the same
question. Words that are no wording, such as an answer from the practice's knowledge, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from string import Formatter

from gateway.dialogue.model import FactName
from gateway.dialogue.values import FORMATTERS, Telling, practice_values
from gateway.dialogue.wordings import WORDINGS
from gateway.language import LANGUAGES, Language
from gateway.practice.profile import PracticeProfile

_BY_KEYS = "_keys"
_VARIANTS = ("_again", _BY_KEYS, "_patient", "_caller")
_SHORTEST = 6
"""Letters that a wording must have beside its values to be told from others."""
_ALIKE = 0.75
"""How alike two sentences are (0 to 1) when one is taken for the other, for words that were recognised from sound."""
_VALUE = r"(?:[^.!?]|[.!?](?!\s+(?-i:[^\W\d_a-zà-ÿ]))){1,400}?"
"""A value within a sentence: it goes over no end of one."""
_SENTENCE_BEGIN = re.compile(r"(?<=[.!?:])\s+")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")

_MOMENTS = (FactName.EXISTING_DATE, FactName.EXISTING_TIME, FactName.PREFERRED_DATE, FactName.PREFERRED_TIME)

SPELLED = frozenset(name for wording in WORDINGS.values() for name in wording.sentences)
"""The names of all wordings."""


def question_of(name: str) -> str:
    """Return which question the wording ``name`` asks: ``phone`` for ``ask_phone_again``."""
    question = name.removeprefix("ask_")
    while variant := next((one for one in _VARIANTS if question.endswith(one)), None):
        question = question.removesuffix(variant)
    return question


_WAITS = frozenset(("ask_calendar", "ask_calendar_again"))
"""What asks nothing: the caller is only to wait."""


def _asks(name: str) -> bool:
    return (name.startswith("ask_") and name not in _WAITS) or any(
        wording.sentences[name][-1].rstrip().endswith("?") for wording in WORDINGS.values() if name in wording.sentences
    )


QUESTIONS = frozenset(question_of(name) for name in SPELLED if _asks(name))
"""All that the gateway asks; what answers are given by."""


@dataclass(frozen=True, slots=True)
class HeardWording:
    """A wording that was said: its ``name``, its language, its own words, and those with what follows of no wording.

    ``others`` are names of wordings that differ from it in their values only ("You would like to come {date}").
    """

    name: str
    language: Language
    own_words: str
    words: str
    others: tuple[str, ...] = ()

    @property
    def question(self) -> str | None:
        """What it asks, None when it is no question."""
        return question_of(self.name) if _asks(self.name) else None

    @property
    def by_keys(self) -> bool:
        """Whether it asks for the telephone's keys to be pressed."""
        return self.name.endswith(_BY_KEYS)


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    language: Language
    pattern: re.Pattern[str]
    literal: str


class WordingEar:
    """Finds the wordings of one practice in what was said."""

    def __init__(self, profile: PracticeProfile) -> None:
        self._profile = profile
        self._templates = tuple(_templates(profile))

    def heard(self, words: str) -> tuple[HeardWording, ...]:
        """Return the wordings in ``words`` in the order in which they were said."""
        places = sorted(self._places(words), key=lambda place: (place[0], -place[1], -len(place[2].pattern.pattern)))
        kept: list[tuple[int, int, list[_Template]]] = []
        for start, end, template in places:
            if kept and (start, end) == kept[-1][:2]:
                kept[-1][2].append(template)
            elif not kept or start >= kept[-1][1]:
                kept.append((start, end, [template]))
        nexts = [*(start for start, _, _ in kept), len(words)][1:]
        return tuple(
            HeardWording(
                templates[0].name,
                templates[0].language,
                words[start:end],
                words[start:following].strip(),
                tuple(template.name for template in templates[1:]),
            )
            for (start, end, templates), following in zip(kept, nexts, strict=True)
        )

    def _places(self, words: str) -> Iterator[tuple[int, int, _Template]]:
        found = False
        for start in (0, *(begin.end() for begin in _SENTENCE_BEGIN.finditer(words))):
            for template in self._templates:
                if match := template.pattern.match(words, start):
                    found = True
                    yield start, match.end(), template
        if not found:
            yield from self._like_places(words)

    def _like_places(self, words: str) -> Iterator[tuple[int, int, _Template]]:
        """Yield sentences that sound like a wording: they were recognised from sound, with errors."""
        for sentence in _SENTENCE.finditer(words):
            likeness, template = max(
                ((_likeness(_folded(sentence[0]), one.literal), one) for one in self._templates),
                key=lambda scored: scored[0],
            )
            if likeness >= _ALIKE:
                yield sentence.start(), sentence.end(), template

    def checked(
        self, heard: tuple[HeardWording, ...], knows: Mapping[FactName, str], telling: Telling
    ) -> dict[FactName, bool]:
        """Return of each fact that was read back whether it is as the patient knows it, on the day of ``telling``."""
        checked: dict[FactName, bool] = {}
        for wording in heard:
            readings = [_read(wording, name, knows, telling) for name in (wording.name, *wording.others)]
            exact = next((reading for reading in readings if reading.exact), None)
            fullest = exact or max(readings, key=lambda reading: len(reading.agrees))
            agrees = dict(fullest.agrees)
            moments = [name for name in agrees if name in _MOMENTS]
            if exact is None and moments and all(agrees.values()):
                # "Between twelve and six, or at four" has the truth in it and is another wish all the same.
                agrees[moments[-1]] = False
            checked.update(agrees)
        return checked

    def wrong_facts(
        self, heard: tuple[HeardWording, ...], knows: Mapping[FactName, str], telling: Telling
    ) -> tuple[FactName, ...]:
        """Return the facts that were read back other than the patient knows them."""
        return tuple(name for name, agrees in self.checked(heard, knows, telling).items() if not agrees)

    def wrong_answer(
        self, said: str, question: str, knows: Mapping[FactName, str], telling: Telling
    ) -> tuple[FactName, ...]:
        """Return the fact that ``question`` asked for when ``said``, which repeats the answer, does not have it."""
        if question not in tuple(FactName) or question not in FORMATTERS:
            return ()
        name = FactName(question)
        if name not in knows or name is FactName.MESSAGE:
            return ()
        spoken = [
            FORMATTERS[name](knows[name], Telling(language, telling.profile, telling.today)) for language in LANGUAGES
        ]
        return () if any(_folded(one) in _folded(said) for one in spoken) else (name,)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a wording agrees with what the patient knows, where it is the one of a certain name.

    ``agrees`` has each fact that is known; ``exact`` tells that the words are those that the truth would have.
    """

    agrees: Mapping[FactName, bool]
    exact: bool


def _read(wording: HeardWording, name: str, knows: Mapping[FactName, str], telling: Telling) -> _Reading:
    if not name.startswith("read_back_"):
        return _Reading({}, exact=False)
    facts = [fact for fact in _facts_of(name) if fact in knows]
    telling = Telling(wording.language, telling.profile, telling.today)
    agrees = {fact: _agrees(wording, name, fact, knows[fact], telling) for fact in facts}
    values = {str(fact): FORMATTERS[fact](knows[fact], telling) for fact in facts if fact in FORMATTERS}
    templates = WORDINGS[wording.language].sentences[name]
    complete = all(set(_placeholders(template)) <= set(values) for template in templates)
    exact = complete and _folded(wording.own_words) == _folded(
        " ".join(template.format_map(values) for template in templates)
    )
    return _Reading(agrees, exact and all(agrees.values()))


def _facts_of(name: str) -> tuple[FactName, ...]:
    """Return the facts that a wording holds, by its values or, where the value is in its name, by that."""
    in_name = [fact for fact in FactName if _value_in_name(name, fact) is not None]
    values = {value for template in WORDINGS["de"].sentences[name] for value in _placeholders(template)}
    return (*(fact for fact in FactName if fact in values), *in_name)


def _value_in_name(name: str, fact: FactName) -> str | None:
    """Return the value that the name of a wording holds ("yes" in ``read_back_pain_yes``), None without one."""
    value = name.removeprefix(f"read_back_{fact}_").removesuffix("_patient")
    return value if value in ("yes", "no", "new", "known", "any") else None


def _agrees(wording: HeardWording, called: str, name: FactName, truth: str, telling: Telling) -> bool:
    in_name = _value_in_name(called, name)
    if in_name is not None:
        return in_name == truth
    if name not in FORMATTERS or name is FactName.MESSAGE:
        return True
    return _folded(FORMATTERS[name](truth, telling)) in _folded(wording.words)


def _likeness(heard: str, literal: str) -> float:
    """Return how alike two texts are, 0 to 1; 0 where they are too different for the exact figure to matter."""
    matcher = SequenceMatcher(None, heard, literal, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


def _placeholders(template: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def _templates(profile: PracticeProfile) -> Iterator[_Template]:
    for language in LANGUAGES:
        values = practice_values(profile, language)
        for name, sentences in WORDINGS[language].sentences.items():
            for sentence in sentences:
                if template := _template(name, language, sentence, values):
                    yield template


def _template(name: str, language: Language, sentence: str, values: Mapping[str, str]) -> _Template | None:
    pattern, literal = "", ""
    for text, value, _, _ in Formatter().parse(sentence):
        pattern += re.escape(text)
        literal += text
        if value is None:
            continue
        pattern += re.escape(values[value]) if value in values else _VALUE
        literal += values.get(value, "")
    if len(_folded(literal)) < _SHORTEST:
        return None
    return _Template(name, language, re.compile(pattern, re.IGNORECASE | re.DOTALL), _folded(literal))


def _folded(text: str) -> str:
    """Return the letters and digits of ``text`` in lower case, one blank between words."""
    return " ".join(re.findall(r"\w+", text.casefold()))
