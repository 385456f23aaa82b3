"""What the words of a turn mean for turn-taking, given what was asked and what the gateway was saying."""

from __future__ import annotations

import math
from dataclasses import replace

from gateway.conversation.backchannel import is_backchannel
from gateway.conversation.completeness import is_hesitation
from gateway.conversation.endpointing import endpointing_after, endpointing_for
from gateway.conversation.false_alarms import (
    ANSWERED_BY_A_WORD,
    Interruption,
    Situation,
    false_alarm,
    same_as_keys,
)
from gateway.conversation.other_end import OtherEndDetector
from gateway.conversation.turn_acts import FalseAlarm, OtherEndKind, TakeTurn
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.media.leg import Endpointing
from gateway.speech.interface import Transcript

_SHORT_NOISE_S = 0.4
"""A sound without words up to this length is a noise; a longer one may be an answer that was not understood."""

_WITH_KEYS_S = 1.0
"""Time after keys in which what begins to be said may be meant to say the same."""


class TurnJudge:
    """Remembers the question, the gateway's speech and the caller's last turn; ``rate`` is that of positions."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._expectation = Expectation.OPEN
        self._language: Language | None = None
        self._given = ""
        self._before = ""
        self._said = ""
        self._other_end = OtherEndDetector()
        self._during_speech = False
        self._keyed = False
        self._keyed_at = -math.inf
        self.interruption: Interruption | None = None
        """What the turn interrupted."""

    @property
    def expectation(self) -> Expectation:
        """What is awaited."""
        return self._expectation

    @property
    def endpointing(self) -> Endpointing:
        """The times before a word of the answer is known."""
        return endpointing_for(self._expectation)

    def expect(self, expectation: Expectation, language: Language | None, given: str) -> None:
        """Take note of what is awaited, in which language, and which digits of a number are known."""
        self._expectation, self._language, self._given = expectation, language, given

    def gateway_said(self, text: str) -> None:
        """Remember what the gateway says from now on."""
        self._said = text
        self._other_end.gateway_said(text)

    def begin_turn(self, now: float, *, during_speech: bool) -> None:
        """Take note that the first words of a turn are said; ``during_speech`` of the gateway's."""
        self._during_speech = during_speech
        self._keyed = now - self._keyed_at < _WITH_KEYS_S

    def keys_taken(self, now: float) -> None:
        """Take note that keys were taken: what is said at about that time may be meant to say the same."""
        self._keyed = True
        self._keyed_at = now

    def end_turn(self) -> None:
        """Forget what holds for one turn."""
        self.interruption = None
        self._keyed = self._during_speech = False

    def endpointing_after(self, turn: TakeTurn) -> Endpointing:
        """Return the times once the words of ``turn`` are known, as far as it has come."""
        known = [transcript for transcript in turn.transcripts if transcript.text]
        if not known:
            return self.endpointing
        whole = Transcript(turn.text, known[-1].language, known[-1].confidence)
        return endpointing_after(whole, self._expectation, self._language or whole.language, self._given)

    def describe(self, turn: TakeTurn) -> TakeTurn:
        """Return ``turn`` with what is known of its beginning."""
        interruption = self.interruption
        overlapped = interruption is not None and interruption.overlaps(turn.start, self._rate)
        return replace(turn, barged_in=interruption is not None, overlapped=overlapped)

    def false_alarm(self, turn: TakeTurn, seconds: float, *, gateway_speaks: bool) -> FalseAlarm | None:
        """Return why ``turn``, in ``seconds`` of sound, is none; None when it is one."""
        if self._keyed and same_as_keys(turn.text):
            return FalseAlarm.SAME_AS_KEYS
        if self.interruption is None and not self._during_speech:
            return self._alarm_in_silence(turn.text, seconds)
        situation = Situation(
            expectation=self._expectation,
            asked=not gateway_speaks if self.interruption is None else self.interruption.question_heard,
            said=self._said if self.interruption is None else self.interruption.text,
            before=self._before if turn.overlapped else "",
        )
        return false_alarm(turn.text, situation)

    def _alarm_in_silence(self, text: str, seconds: float) -> FalseAlarm | None:
        """Judge what was said while the gateway listened: there, a sound may be an answer to a simple question."""
        by_a_word = self._expectation in ANSWERED_BY_A_WORD
        if not text and seconds <= _SHORT_NOISE_S and not by_a_word:
            return FalseAlarm.NOISE
        if is_hesitation(text) and not (by_a_word and is_backchannel(text)):
            return FalseAlarm.HESITATION
        return None

    def other_end(self, turn: TakeTurn, seconds: float) -> OtherEndKind | None:
        """Return what the other end is, None while it may be a person."""
        confidences = [transcript.confidence for transcript in turn.transcripts if transcript.text]
        return self._other_end.heard(turn.text, seconds, min(confidences, default=0.0))

    def remember(self, turn: TakeTurn) -> None:
        """Remember what the caller has said, to know it when they say it again."""
        self._before = turn.text
