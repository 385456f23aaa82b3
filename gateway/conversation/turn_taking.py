"""Whose turn it is: a pure state machine fed with the leg's events, transcripts and a clock.

How to drive it. Feed what happens, in order, with the time ``now`` in seconds of any monotonic clock, and do the acts
that each call returns (``turn_acts`` says what each one asks for); call ``on_time`` when ``deadline`` has come.

- The leg: ``on_event``. Recognition: ``on_transcript`` or ``on_failure`` for each ``Recognise``.
- The dialogue: ``expect`` what is awaited, with each decision, before it is said.
- The voice: ``gateway_speaks`` with the sentences as a speech begins; ``gateway_fell_silent`` when all of it was said;
  ``gateway_interrupted`` instead when the caller's sound stopped it.

What it does. Recognition starts at the first pause, while the endpointing still waits, and its words decide how long
the silence may last (``SetEndpointing``); where they come only after the leg has ended the utterance, and tell that the
caller is not done, the turn is held open. ``Speculate`` lets the answer be prepared meanwhile. Utterances that follow
each other before the turn is taken are one turn. A sound that interrupts the gateway and is no turn leads to
``ResumeSpeech``; where the words keep away, a short sound is taken for one, and its words, if any come after all, are a
turn. Keys and words that say the same are taken once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audio import TELEPHONE_RATE
from gateway.conversation.cutting import Cutting
from gateway.conversation.deadlines import Deadlines
from gateway.conversation.endpointing import FALSE_ALARM
from gateway.conversation.false_alarms import Interruption
from gateway.conversation.keypad import Keypad
from gateway.conversation.open_turn import OpenTurn
from gateway.conversation.silence import patience_for
from gateway.conversation.speculations import Speculations
from gateway.conversation.turn_acts import (
    Act,
    AskForPatience,
    BreakSilence,
    Disregard,
    DropRecognition,
    FalseAlarm,
    OtherEnd,
    OtherEndKind,
    Recognise,
    ReportFailure,
    ResumeSpeech,
    StopSpeaking,
    TakeKeys,
    TakeTurn,
)
from gateway.conversation.turn_judge import TurnJudge
from gateway.conversation.turn_outcome import TurnOutcomes
from gateway.conversation.turn_times import Due, TurnTakingTimes
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.media.leg import Dtmf, LegEvent, SpeechEnded, SpeechPaused, SpeechResumed, SpeechStarted
from gateway.speech.interface import Transcript

_SHORT_S = 0.3
"""A sound up to this length is rather a cough than a word."""


class TurnTaking:
    """Feed it what happens, in order, with the time in seconds of any monotonic clock; it answers with what to do.

    ``rate`` is that of the leg's positions, in samples per second.
    """

    def __init__(self, times: TurnTakingTimes | None = None, *, rate: int = TELEPHONE_RATE) -> None:
        self._times = times or TurnTakingTimes()
        self._turn = OpenTurn(rate)
        self._judge = TurnJudge(rate)
        self._keypad = Keypad()
        self._due: Deadlines[Due] = Deadlines()
        self._outcomes = TurnOutcomes(self._judge, self._due, self._times)
        self._speculations = Speculations()
        self._cutting = Cutting()
        self._caller_speaks = False
        self._gateway_speaks = False
        self._resumed = False
        self._disregarded = False

    @property
    def deadline(self) -> float | None:
        """When ``on_time`` shall be called next."""
        return self._due.next

    @property
    def caller_has_the_floor(self) -> bool:
        """Whether the caller speaks, or what they have said is no turn yet."""
        return self._caller_speaks or bool(self._turn)

    @property
    def awaits_words(self) -> bool:
        """Whether something that the caller said is still being recognised."""
        return bool(self._turn) and not self._turn.recognised

    def last_words(self) -> TakeTurn | None:
        """Return what was understood of the turn that the end of the call has cut off; None when there is none."""
        return self._turn.as_turn() if self._turn and self._turn.as_turn().text else None

    def expect(self, expectation: Expectation, language: Language | None = None, given: str = "") -> list[Act]:
        """Say what kind of answer is awaited from now on, and in which language.

        ``given`` are the digits of a telephone number that the caller has said in turns before.
        """
        self._judge.expect(expectation, language, given)
        self._keypad.expect(expectation, given)
        return self._cutting.by(self._judge.endpointing)

    def gateway_speaks(self, sentences: Sequence[str] = ()) -> None:
        """Take note that the gateway began to say ``sentences``: nobody waits for the caller."""
        self._gateway_speaks = True
        self._disregarded = False
        self._judge.gateway_said(" ".join(sentences))
        self._due.clear(Due.SILENCE, Due.PATIENCE)

    def gateway_fell_silent(self, now: float) -> None:
        """Take note that the gateway has finished: it is the caller's turn."""
        self._gateway_speaks = False
        self._await_caller(now)

    def gateway_interrupted(self, interruption: Interruption, now: float) -> list[Act]:
        """Take note that the caller's sound has stopped the gateway, and what had been heard until then."""
        self._gateway_speaks = False
        if self._caller_speaks or self._turn:
            self._judge.interruption = interruption
            self._resumed = False
            self._resume_soon()
            return []
        if self._disregarded and interruption.unheard:
            return [ResumeSpeech(FalseAlarm.NOISE)]
        self._await_caller(now)
        return []

    def on_event(self, event: LegEvent, now: float) -> list[Act]:
        """Take an event of the leg; events that do not concern turns change nothing."""
        match event:
            case SpeechStarted():
                return self._start(now)
            case SpeechPaused(start=start, end=end, pcm=pcm):
                return [*self._drop_open(), Recognise(self._turn.begin(start, end).number, pcm)]
            case SpeechResumed():
                return [*self._drop_open(), *self._cutting.again_by(self._judge.endpointing)]
            case SpeechEnded():
                return self._end(event, now)
            case Dtmf(digit=digit):
                return self._press(digit, now)
            case _:
                return []

    def on_transcript(self, utterance: int, transcript: Transcript, now: float) -> list[Act]:
        """Take the result of a ``Recognise``; one that was dropped is ignored."""
        known = self._turn.find(utterance)
        if known is None:
            return []
        known.transcript = transcript
        return self._use_pause() if self._turn.open is not None else self._advance(now)

    def on_failure(self, utterance: int, now: float) -> list[Act]:
        """Take the failure of a ``Recognise``."""
        known = self._turn.find(utterance)
        if known is None:
            return []
        known.failed = True
        return self._advance(now)

    def on_time(self, now: float) -> list[Act]:
        """Take the clock; return what has become due."""
        return [act for due in self._due.due(now) for act in self._handlers[due](now)]

    @property
    def _handlers(self) -> dict[Due, Callable[[float], list[Act]]]:
        return {
            Due.SILENCE: self._break_silence,
            Due.PATIENCE: lambda _: [AskForPatience()],
            Due.KEYS: lambda now: self._keys_taken(self._keypad.take(), now),
            Due.HOLD: lambda now: self._conclude(now, held_until=now),
            Due.RESUME: self._resume_early,
            Due.BREAK_IN: self._break_in,
            Due.OTHER_END: lambda _: [OtherEnd(OtherEndKind.HOLD, final=True)],
        }

    def _start(self, now: float) -> list[Act]:
        if not self._turn:
            self._judge.begin_turn(now, during_speech=self._gateway_speaks)
        self._caller_speaks = True
        self._due.clear(Due.SILENCE, Due.PATIENCE, Due.HOLD, Due.RESUME)
        if Due.BREAK_IN not in self._due:
            self._due.set(Due.BREAK_IN, now + self._times.longest_s)
        return [*self._speculations.drop(), *self._cutting.again_by(self._judge.endpointing)]

    def _drop_open(self) -> list[Act]:
        dropped = self._turn.drop_open()
        return [*([] if dropped is None else [DropRecognition(dropped.number)]), *self._speculations.drop()]

    def _use_pause(self) -> list[Act]:
        """Use the words of a pause: they tell how long the silence may last, and what would be answered."""
        if not self._turn.recognised:
            return []
        turn = self._judge.describe(self._turn.as_turn())
        alarm = self._judge.false_alarm(turn, self._turn.seconds, gateway_speaks=self._gateway_speaks)
        if alarm is not None and alarm is not FalseAlarm.HESITATION:
            return self._cutting.by(FALSE_ALARM)
        return [*self._cutting.by(self._judge.endpointing_after(turn)), *self._speculations.begin(turn)]

    def _end(self, event: SpeechEnded, now: float) -> list[Act]:
        self._caller_speaks = False
        acts: list[Act] = []
        if self._turn.open is None or self._turn.last.end != event.end:
            acts = [*self._drop_open(), Recognise(self._turn.begin(event.start, event.end).number, event.pcm)]
        self._turn.end(event, now)
        self._due.set(Due.PATIENCE, now + self._times.recognition_s)
        self._resume_soon()
        return acts + self._advance(now)

    def _advance(self, now: float) -> list[Act]:
        """Take the turn when the caller is silent, all that they said is recognised, and they are not to go on."""
        if self._caller_speaks or not self._turn or not self._turn.ended or not self._turn.recognised:
            return []
        self._due.clear(Due.PATIENCE, Due.RESUME)
        if self._keypad.pending:
            return []
        until = self._held_until()
        if until is None or now >= until:
            return self._conclude(now)
        self._due.set(Due.HOLD, until)
        return self._speculations.begin(self._judge.describe(self._turn.as_turn()))

    def _held_until(self) -> float | None:
        """Return the time until which the turn is held open, None where the leg's own wait was long enough."""
        last = self._turn.last
        if last.forced:
            return last.silent_since + self._times.forced_s
        turn = self._judge.describe(self._turn.as_turn())
        alarm = self._judge.false_alarm(turn, self._turn.seconds, gateway_speaks=self._gateway_speaks)
        after = self._judge.endpointing_after(turn)
        if after.end_ms <= self._judge.endpointing.end_ms or alarm not in {None, FalseAlarm.HESITATION}:
            return None
        return last.silent_since + after.end_ms / 1000

    def _conclude(self, now: float, *, held_until: float | None = None) -> list[Act]:
        """End the turn, and find what is to be done about it."""
        self._due.clear(Due.HOLD, Due.RESUME, Due.PATIENCE, Due.BREAK_IN)
        failed, seconds = self._turn.failed, self._turn.seconds
        turn = self._judge.describe(self._turn.as_turn(held_until))
        self._turn.take()
        act = ReportFailure() if failed else self._outcome(turn, seconds, now)
        self._judge.end_turn()
        self._resumed = False
        return self._speculations.settle(act)

    def _outcome(self, turn: TakeTurn, seconds: float, now: float) -> Act:
        resumable = self._resumable and not self._resumed
        act = self._outcomes.of(turn, seconds, now, gateway_speaks=self._gateway_speaks, resumable=resumable)
        if isinstance(act, Disregard):
            self._disregarded = self._gateway_speaks
            if not self._gateway_speaks:
                self._await_caller(now, self._times.hesitation_s)
        elif not isinstance(act, ResumeSpeech):
            # Whoever takes the turn stops what is being said.
            self._gateway_speaks = False
        self._cutting.learn(act)
        return act

    @property
    def _resumable(self) -> bool:
        """Whether the gateway was interrupted in the midst of what it had to say."""
        return self._judge.interruption is not None and bool(self._judge.interruption.unheard)

    def _resume_soon(self) -> None:
        """Go on soon after a short sound, even when its words keep away."""
        if not self._resumable or self._resumed or self._caller_speaks or not self._turn or not self._turn.ended:
            return
        if self._turn.seconds <= _SHORT_S and not self._turn.recognised:
            self._due.set(Due.RESUME, self._turn.last.silent_since + self._times.resume_s)

    def _resume_early(self, _: float) -> list[Act]:
        self._resumed = True
        self._due.clear(Due.PATIENCE)
        return [ResumeSpeech(FalseAlarm.NOISE)]

    def _break_in(self, now: float) -> list[Act]:
        if not self._caller_speaks:
            return []
        self._due.set(Due.BREAK_IN, now + self._times.longest_s)
        seconds = self._turn.seconds
        turn = self._turn.take_ended()
        if turn is None:
            return []
        act = self._outcomes.of_endless(turn, seconds, now)
        self._judge.end_turn()
        return [*self._speculations.drop(), act]

    def _break_silence(self, _: float) -> list[Act]:
        self._outcomes.granted = False
        return [BreakSilence()]

    def _await_caller(self, now: float, patience_s: float | None = None) -> None:
        if self._caller_speaks or self._turn or self._keypad.pending or self._outcomes.on_hold:
            return
        if self._outcomes.granted:
            patience_s = self._times.granted_s
        elif patience_s is None:
            patience_s = patience_for(self._judge.expectation, self._times.silence_s)
        self._due.set(Due.SILENCE, now + patience_s)

    def _press(self, digit: str, now: float) -> list[Act]:
        self._due.clear(Due.SILENCE)
        acts: list[Act] = []
        keys = self._keypad.press(digit)
        if keys:
            return self._keys_taken(keys, now)
        if not self._keypad.pending:
            if not self._gateway_speaks:
                self._await_caller(now)
            return []
        self._due.set(Due.KEYS, now + self._times.keys_s)
        if self._gateway_speaks:
            self._gateway_speaks = False
            acts.append(StopSpeaking())
        return acts

    def _keys_taken(self, keys: str, now: float) -> list[Act]:
        self._due.clear(Due.KEYS)
        self._outcomes.granted = self._gateway_speaks = False
        self._judge.keys_taken(now)
        return [TakeKeys(keys), *self._advance(now)]
