"""The page's texts in four languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from gateway.language import LANGUAGES, Language

LANGUAGE_NAMES: Mapping[Language, str] = {"de": "Deutsch", "fr": "Français", "it": "Italiano", "en": "English"}


class Wording:
    """One language's texts, each found by ``section.name``."""

    def __init__(self, language: Language, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, name: str, **values: object) -> str:
        """Return a text with its values; raise KeyError where there is none."""
        section, _, key = name.partition(".")
        return self._texts[section][key].format(**values)

    def known(self, section: str, key: str) -> str | None:
        """Return a text for something that is named by data, None where nobody has worded it."""
        return self._texts[section].get(key)


@cache
def wording(language: Language) -> Wording:
    """Return the texts in ``language``."""
    text = files(__package__).joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    return Wording(language, yaml.safe_load(text))


def preferred_language(accepted: str, fallback: Language) -> Language:
    """Return the first of our languages in the order of an Accept-Language field (RFC 9110, section 12.5.4)."""
    ranked: list[tuple[float, Language]] = []
    for part in accepted.split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        language = next((known for known in LANGUAGES if known == tag.split("-")[0].strip().lower()), None)
        weight = _weight(parameters)
        if language is not None and weight > 0:
            ranked.append((weight, language))
    return max(ranked, key=lambda pair: pair[0], default=(0.0, fallback))[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
