"""What the recogniser is told about an utterance before it hears it.

Whisper continues its prompt: after a few names it expects names, and writes "Ursula Brunner" where it otherwise hears
words of the language that sound alike. The lists hold frequent Swiss names in the form in which an answer comes; in
open turns callers name the people of the practice. A prompt that is a whole sentence is worse than none: where little
was understood, the model repeats it. Services are not named: they are words of the language, which it knows, and over a
ringing tone it repeated them as well (docs/measurements/recognition.md has the figures).
"""

from __future__ import annotations

from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.practice.profile import PracticeProfile
from gateway.speech.interface import RecognitionHints

SHORT_UTTERANCE_S = 1.5
"""Below this length a recogniser can't tell the language; the one spoken so far is assumed."""

MOST_PEOPLE = 15
"""Whose names are given as likely; a model reads about a hundred tokens of them."""

_NAMES: dict[Language, str] = {
    "de": "Vorname und Nachname: Peter Müller, Ursula Schmid, Daniel Weber, Ruth Meier, Beat Huber.",
    "fr": "Quel est votre prénom et votre nom? Pierre Favre, Nathalie Rochat, Jean Blanc.",
    "it": "Nome e cognome: Marco Rossi, Maria Bernasconi, Luca Bianchi.",
    "en": "What is your first and last name? Mary Baker, John Smith, Susan Clark.",
}


def hints_for(
    seconds: float, expectation: Expectation, language: Language | None, profile: PracticeProfile
) -> RecognitionHints:
    """Return the hints for an utterance of ``seconds`` in answer to ``expectation``.

    ``language`` is what has been spoken so far, None before the caller's first turn. The recogniser chooses among the
    practice's languages only where it can: in the first turn, and in open turns that are long enough.
    """
    open_turn = expectation is Expectation.OPEN and seconds >= SHORT_UTTERANCE_S
    fixed = None if open_turn else language
    prompt = None
    if expectation is Expectation.OPEN:
        prompt = ", ".join(person.name for person in profile.people[:MOST_PEOPLE]) + "."
    elif fixed is not None and expectation is Expectation.NAME:
        prompt = _NAMES[fixed]
    return RecognitionHints(languages=profile.languages, language=fixed, prompt=prompt)
