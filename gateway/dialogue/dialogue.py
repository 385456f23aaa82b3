"""One call's dialogue: understanding, policy and wording behind one small object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from gateway.dialogue.assistance.merge import merge
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading
from gateway.dialogue.assistance.wanted import wanted_from_model
from gateway.dialogue.booking import calendar_answered
from gateway.dialogue.calendar_steps import CalendarAnswer
from gateway.dialogue.confirmations import unheard
from gateway.dialogue.decide import decide
from gateway.dialogue.greeting import greet
from gateway.dialogue.model import ActionRequest, CallerTurn, Decision, DialogueContext, DialogueState, Understanding
from gateway.dialogue.person import transfer_failed
from gateway.dialogue.phrase import phrase
from gateway.dialogue.recorded_message import left_message
from gateway.dialogue.recovery import reopen, silence
from gateway.dialogue.understand import understand
from gateway.practice.profile import PracticeProfile


class Dialogue:
    """The dialogue with one caller. Synchronous, without input or output; the caller of it speaks and listens.

    ``clock`` returns an aware time; it is taken to the practice's zone. ``caller_number`` is E.164 or None when it is
    withheld. ``recording`` tells whether the call is recorded, and so whether that is announced.
    ``calendar_available`` tells whether the practice's calendar can be asked now.
    """

    def __init__(
        self,
        profile: PracticeProfile,
        *,
        clock: Callable[[], dt.datetime],
        caller_number: str | None = None,
        can_transfer: bool = False,
        recording: bool = True,
        calendar_available: Callable[[], bool] = lambda: False,
    ) -> None:
        self._profile = profile
        self._clock = clock
        self._caller_number = caller_number
        self._can_transfer = can_transfer
        self._recording = recording
        self._calendar_available = calendar_available
        self._state = DialogueState(profile.languages[0])
        self._said: Decision | None = None
        self._understood: tuple[tuple[CallerTurn, DialogueState, dt.date] | None, Understanding | None] = (None, None)

    @property
    def state(self) -> DialogueState:
        """What is remembered now."""
        return self._state

    def open(self) -> Decision:
        """Return the greeting, the announcement of the recording, and the first question.

        Outside the opening hours it says so, and what can be done.
        """
        return self._keep(greet(self._state, self._context()))

    def take(self, turn: CallerTurn, reading: ModelReading | None = None) -> Decision:
        """Return what to do after the caller spoke or pressed keys; ``reading`` is what a model read in it."""
        return self._keep(self.consider(turn, reading))

    def consider(self, turn: CallerTurn, reading: ModelReading | None = None) -> Decision:
        """Return what ``take`` would, and remember nothing: the caller may not be done yet."""
        context = self._context()
        understanding = merge(self._understand(turn, context), reading)
        return self._dated(decide(self._state, understanding, context))

    def wanted_from_model(self, turn: CallerTurn) -> ModelQuestion | None:
        """Return what a language model shall be asked about ``turn`` before it is taken; None: the rules suffice."""
        context = self._context()
        return wanted_from_model(turn, self._understand(turn, context), self._state, context)

    def heard(self, sentences: int) -> None:
        """Take note that the caller heard only so many whole sentences of the last decision, from its first on.

        What was not heard was not read back. May be told again as more is heard.
        """
        if self._said is not None:
            self._state = unheard(self._state, self._said, sentences, self._profile)

    def silence(self) -> Decision:
        """Return what to do after the caller said nothing for too long."""
        return self._keep(silence(self._state, self._context()))

    def transfer_failed(self) -> Decision:
        """Return what to do after a transfer that did not come about."""
        return self._keep(transfer_failed(self._state, self._context()))

    def calendar_answered(self, answer: CalendarAnswer) -> Decision:
        """Return what to do after the calendar answered the step that a decision carried.

        It has nothing to say, and changes nothing that is asked, where the call has gone on meanwhile.
        """
        return self._keep(calendar_answered(self._state, self._context(), answer))

    def reopen(self) -> None:
        """Hear the caller again who speaks on while the goodbye is being said; to be followed by ``take``."""
        self._state = reopen(self._state)

    def left_message(self) -> ActionRequest | None:
        """Return what the practice gets when the caller hung up after a message that was not confirmed yet."""
        return left_message(self._state, self._context())

    def sentences(self, decision: Decision) -> tuple[str, ...]:
        """Return the sentences that say ``decision``."""
        return phrase(decision, decision.language, self._profile)

    def _understand(self, turn: CallerTurn, context: DialogueContext) -> Understanding:
        """Read ``turn``, once: it is considered, perhaps brought before a model, and taken, each time as it stands."""
        read, understanding = self._understood
        known = (turn, self._state, context.now.date())
        if understanding is None or read != known:
            understanding = understand(turn, self._state, context)
            self._understood = (known, understanding)
        return understanding

    def _keep(self, decision: Decision) -> Decision:
        self._state = decision.state
        dated = self._dated(decision)
        if dated.acts:
            self._said = dated
        return dated

    def _dated(self, decision: Decision) -> Decision:
        return replace(decision, today=self._now().date())

    def _now(self) -> dt.datetime:
        return self._clock().astimezone(self._profile.zone)

    def _context(self) -> DialogueContext:
        return DialogueContext(
            profile=self._profile,
            now=self._now(),
            caller_number=self._caller_number,
            can_transfer=self._can_transfer,
            calendar=self._calendar_available(),
            recording=self._recording,
        )
