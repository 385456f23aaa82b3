"""How long a silence ends the caller's turn, by what was asked and by what was said so far.

A yes comes at once and deserves a quick answer; somebody who reads a number from a card or spells a name pauses between
the groups and must not be cut off. Once the words up to a pause are known, they tell more than the question did
(``completeness``).
"""

from __future__ import annotations

from gateway.conversation.completeness import Completeness, completeness_of, is_hesitation
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.media.leg import Endpointing
from gateway.speech.interface import Transcript

_END_MS: dict[Expectation, int] = {
    Expectation.OPEN: 650,
    Expectation.MESSAGE: 1500,
    Expectation.YES_NO: 480,
    Expectation.CONFIRMATION: 600,
    Expectation.NAME: 650,
    Expectation.SPELLING: 1200,
    Expectation.PHONE: 1100,
    Expectation.DATE: 650,
    Expectation.BIRTH_DATE: 900,
    Expectation.TIME: 550,
    Expectation.KEYS: 650,
    Expectation.CHOICE: 550,
    Expectation.NOTHING: 600,
}
_PAUSE_MS: dict[Expectation, int] = {Expectation.YES_NO: 140, Expectation.CHOICE: 140}
"""Silence after which recognition begins, where it is not the usual one: the sooner a short answer is known, the sooner
it is answered."""
_COMPLETE_MS: dict[Expectation, int] = {
    Expectation.YES_NO: 300,
    # "Ja, aber …": what follows would come when the action is written already.
    Expectation.CONFIRMATION: 500,
    Expectation.CHOICE: 300,
    Expectation.PHONE: 400,
    Expectation.DATE: 400,
    Expectation.BIRTH_DATE: 400,
    Expectation.TIME: 400,
}
_QUESTION_MS = 450
"""After a question of the caller's."""
UNFINISHED = Endpointing(end_ms=1400)
"""The times after a sentence that breaks off."""
_SINGLE_NAME = Endpointing(end_ms=1000)
"""After one word in answer to the question for first and last name."""
FALSE_ALARM = Endpointing(end_ms=300)
"""The times after a sound that interrupted and turned out to be no turn: the gateway shall go on soon."""


def endpointing_for(expectation: Expectation) -> Endpointing:
    """Return the times for an answer of the kind that is awaited, before a word of it is known."""
    return _times(expectation, _END_MS[expectation])


def endpointing_after(
    transcript: Transcript, expectation: Expectation, language: Language, given: str = ""
) -> Endpointing:
    """Return the times once ``transcript``, all of the turn up to a pause, is known.

    ``language`` is the one that the conversation is held in: the caller may have spoken too little to tell another by.
    ``given`` are the digits of a telephone number from turns before.
    """
    judged = completeness_of(transcript.text, expectation, language, given)
    if judged is not Completeness.UNFINISHED and transcript.language != language:
        other = completeness_of(transcript.text, expectation, transcript.language, given)
        judged = other if judged is Completeness.UNKNOWN or other is Completeness.UNFINISHED else judged
    if judged is Completeness.UNFINISHED:
        one_name = expectation is Expectation.NAME and len(transcript.text.split()) == 1
        return _SINGLE_NAME if one_name and not is_hesitation(transcript.text) else UNFINISHED
    if judged is Completeness.COMPLETE:
        return _times(expectation, _COMPLETE_MS.get(expectation, _QUESTION_MS))
    return endpointing_for(expectation)


def _times(expectation: Expectation, end_ms: int) -> Endpointing:
    return Endpointing(pause_ms=_PAUSE_MS.get(expectation, Endpointing().pause_ms), end_ms=end_ms)
