"""Recognises that the other end is no person: a voicemail, an announcement, music on hold, our own mirror. Pure.

A patient who is taken for a machine is lost, and a machine that is taken for a patient costs a minute. So one sign is
not enough where a person could give it as well, and any turn with words that are no sign takes the evidence back.
"""

from __future__ import annotations

from collections import deque

from gateway.conversation.false_alarms import repeats
from gateway.conversation.other_end_phrases import (
    ANNOUNCEMENTS,
    MUSIC,
    QUEUES,
    VOICEMAIL_GREETINGS,
    VOICEMAIL_REQUESTS,
    VOICEMAIL_SIGNALS,
)
from gateway.conversation.turn_acts import OtherEndKind
from gateway.dialogue.patterns import occurs
from gateway.dialogue.text import words_of

_ENOUGH = 2
"""Signs that are enough."""
_WORDLESS_S = 20.0
"""Sound without a word that is music or a crowd."""
_LONG_SOUND_S = 4.0
"""A sound shorter than this is a cough or a door: only longer ones are taken for music."""
_UNSURE = 0.35
"""Confidence below which a transcript of a long sound is taken for words that are not there."""
_REMEMBERED = 4
"""Speeches of the gateway's whose return is recognised."""
_SHORT_TEXT = 4
"""A text of fewer words is what any person may say."""


class OtherEndDetector:
    """Collects evidence, turn by turn, and gives its verdict once there is enough."""

    def __init__(self) -> None:
        self._said: deque[str] = deque(maxlen=_REMEMBERED)
        self._wordless_s = 0.0
        self._signs: dict[OtherEndKind, int] = {}

    def gateway_said(self, text: str) -> None:
        """Remember what the gateway says, to know it when it comes back."""
        if text:
            self._said.append(text)

    def heard(self, text: str, seconds: float, confidence: float) -> OtherEndKind | None:
        """Take what was heard in ``seconds`` of sound, and return what the other end is, None while it may be a person.

        ``confidence`` is that of the recognition, 0 to 1.
        """
        words = words_of(text)
        if not words or occurs(MUSIC, text, words) or (confidence < _UNSURE and seconds >= _LONG_SOUND_S):
            return self._without_words(seconds)
        self._wordless_s = 0.0
        signs = self._count(text)
        if not signs:
            self._signs.clear()
            return None
        for kind, count in signs.items():
            self._signs[kind] = self._signs.get(kind, 0) + count
        return next((kind for kind in signs if self._signs[kind] >= _ENOUGH), None)

    def _without_words(self, seconds: float) -> OtherEndKind | None:
        if seconds >= _LONG_SOUND_S:
            self._wordless_s += seconds
        return OtherEndKind.HOLD if self._wordless_s >= _WORDLESS_S else None

    def _count(self, text: str) -> dict[OtherEndKind, int]:
        """Return how many signs of each kind ``text`` holds."""
        words = words_of(text)
        if len(words) < _SHORT_TEXT:
            return {}
        voicemail = sum(
            occurs(patterns, text, words) for patterns in (VOICEMAIL_REQUESTS, VOICEMAIL_SIGNALS, VOICEMAIL_GREETINGS)
        )
        found = {
            OtherEndKind.VOICEMAIL: voicemail,
            # What a network says, no person says of themselves.
            OtherEndKind.ANNOUNCEMENT: _ENOUGH * occurs(ANNOUNCEMENTS, text, words),
            OtherEndKind.HOLD: int(occurs(QUEUES, text, words)),
            OtherEndKind.MIRROR: int(any(repeats(text, said) for said in self._said)),
        }
        return {kind: count for kind, count in found.items() if count}
