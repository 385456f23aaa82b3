"""Tells sounds of the caller's that are no turn from turns. Pure.

A gateway that falls silent at every cough and every "mhm" is no better than one that cannot be interrupted. What
stopped it was a false alarm unless it brings something: words that are not its own, not a mere sign of listening, and
not what the caller had said already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from gateway.conversation.backchannel import is_backchannel
from gateway.conversation.completeness import is_hesitation
from gateway.conversation.turn_acts import FalseAlarm
from gateway.dialogue.answers import find_answer
from gateway.dialogue.model import Expectation
from gateway.dialogue.normalise import phone_digits
from gateway.dialogue.text import words_of
from gateway.language import LANGUAGES

OVERLAP_S = 0.3
"""Speech that begins within this time after the gateway's was begun without having heard it."""
_QUESTION_SHARE = 0.5
"""Share of a question that must have been heard for a "ja" to be its answer."""
_ECHO_WORDS = 5
"""Words from which on the gateway's own sentence is told from an answer in the words of the question."""
_ECHO_SHARE = 0.8
_BARE_ANSWER = 3
"""Words of the longest plain yes or no that goes with a key."""
ANSWERED_BY_A_WORD = frozenset((Expectation.YES_NO, Expectation.CONFIRMATION, Expectation.CHOICE))
"""Answers that are as short as a sign of listening."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """What the gateway was saying when the caller's sound stopped it.

    ``text`` is all that it was about to say, ``heard_text`` the words that the caller had heard of it, ``unheard`` the
    sentences from the interrupted one on; ``start`` is the position of its first sample, None when none was sent.
    """

    text: str
    heard_text: str
    unheard: tuple[str, ...]
    start: int | None

    @property
    def question_heard(self) -> bool:
        """Whether so much of the last sentence, the question, was heard that an answer may be one to it."""
        if len(self.unheard) > 1:
            return False
        question = len(" ".join(self.unheard).split())
        heard = len(self.heard_text.split()) - (len(self.text.split()) - question)
        return heard >= question * _QUESTION_SHARE

    def overlaps(self, position: int, rate: int) -> bool:
        """Tell whether speech that began at ``position`` began at about the same time as the gateway's."""
        return self.start is None or position - self.start < OVERLAP_S * rate


@dataclass(frozen=True, slots=True)
class Situation:
    """In what the caller spoke while the gateway did.

    ``asked`` tells that the question, of the kind ``expectation``, was heard; ``said`` is what the gateway was saying,
    ``before`` what the caller had said last where both began at once: who hears no answer says it again.
    """

    expectation: Expectation
    asked: bool
    said: str
    before: str = ""


def false_alarm(text: str, situation: Situation) -> FalseAlarm | None:
    """Return why ``text``, said while the gateway spoke, is no turn; None when it is one."""
    words = _folded(text)
    if not words:
        return FalseAlarm.NOISE
    if is_backchannel(text):
        answers = situation.asked and situation.expectation in ANSWERED_BY_A_WORD
        return None if answers else FalseAlarm.BACKCHANNEL
    if is_hesitation(text):
        return FalseAlarm.HESITATION
    if repeats(text, situation.said):
        return FalseAlarm.ECHO
    if situation.before and _within(words, _folded(situation.before)):
        return FalseAlarm.REPETITION
    return None


def same_as_keys(text: str) -> bool:
    """Tell whether ``text`` may be what the caller pressed as well: figures, or a bare yes or no."""
    words = words_of(text)
    return bool(words) and (
        all(word.folded.isdigit() for word in words)
        or any(
            (len(words) <= _BARE_ANSWER and find_answer(text, words, (language,)) is not None)
            or all(len(phone_digits(text[word.start : word.end], language)) == 1 for word in words)
            for language in LANGUAGES
        )
    )


def repeats(text: str, said: str) -> bool:
    """Tell whether ``text`` is made of the words of ``said``, in order, and long enough not to be so by chance."""
    words, own = _folded(text), _folded(said)
    if len(words) < _ECHO_WORDS:
        return False
    matching = sum(block.size for block in SequenceMatcher(None, words, own, autojunk=False).get_matching_blocks())
    return matching >= len(words) * _ECHO_SHARE


def _folded(text: str) -> list[str]:
    return [word.folded for word in words_of(text)]


def _within(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tell whether ``words`` stand side by side in ``others``."""
    length = len(words)
    return any(list(others[first : first + length]) == list(words) for first in range(len(others) - length + 1))
