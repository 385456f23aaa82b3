"""The names of the embedded voices.

A voice is a locale, optionally with a pitch and a speed: ``de-DE``, ``de-DE:pitch=1.2,speed=0.95``.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.language import Language
from gateway.speech.synthesis_version import synthesis_version

LOCALES: dict[Language, str] = {"de": "de-DE", "fr": "fr-FR", "it": "it-IT", "en": "en-GB"}
LANGUAGE_OF: dict[str, Language] = {locale: language for language, locale in LOCALES.items()}
PITCHES = (0.5, 2.0)
SPEEDS = (0.2, 5.0)

ENGINE_VERSION = synthesis_version("pico")
"""Changes whenever the embedded engine would say the same text otherwise; part of the key of what is cached."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice; ``pitch`` and ``speed`` are factors of the voice's own."""

    locale: str
    pitch: float = 1.0
    speed: float = 1.0

    @property
    def language(self) -> Language:
        """The language that the voice speaks."""
        return LANGUAGE_OF[self.locale]


def parse_voice(name: str) -> Voice:
    """Return the voice called ``name``; raise ``ValueError`` with one sentence when there is none."""
    locale, _, variant = name.partition(":")
    if locale not in LANGUAGE_OF:
        raise ValueError(f"unknown voice {locale!r}; there are {', '.join(LANGUAGE_OF)}")
    factors = {"pitch": 1.0, "speed": 1.0}
    for part in filter(None, variant.split(",")):
        key, _, value = part.partition("=")
        low, high = {"pitch": PITCHES, "speed": SPEEDS}.get(key.strip(), (0.0, 0.0))
        try:
            factor = float(value)
        except ValueError:
            factor = -1.0
        if not low < high or not low <= factor <= high:
            raise ValueError(f"{part!r} is neither pitch={PITCHES[0]}…{PITCHES[1]} nor speed={SPEEDS[0]}…{SPEEDS[1]}")
        factors[key.strip()] = factor
    return Voice(locale, factors["pitch"], factors["speed"])


def choose_voice(language: Language | None, name: str | None) -> Voice:
    """Return the named voice, or else the language's; raise ``ValueError`` when neither is given."""
    if name is not None:
        return parse_voice(name)
    if language is None:
        raise ValueError("neither a voice nor a language is given")
    return Voice(LOCALES[language])
