"""One call's loop: hears on a leg, takes turns, answers, and writes the story.

Knows no SIP: whoever has a leg can hold a conversation on it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from gateway.conversation.call_journal import CallJournal
from gateway.conversation.false_alarms import Interruption
from gateway.conversation.hints import hints_for
from gateway.conversation.latency import LatencyMarks
from gateway.conversation.preparing import Preparing
from gateway.conversation.put_through import CallTransfers, FinishedTransfer
from gateway.conversation.recognition import Recognised, Recognitions
from gateway.conversation.replying import AnswerDesk, Replying, caller_turn
from gateway.conversation.spoken import Spoken
from gateway.conversation.thinking import Thought
from gateway.conversation.transfer import Transferrer, TransferResult
from gateway.conversation.turn_acts import (
    Act,
    AskForPatience,
    BreakIn,
    BreakSilence,
    Disregard,
    DropRecognition,
    DropSpeculation,
    GrantTime,
    OtherEnd,
    Recognise,
    ReportFailure,
    ResumeSpeech,
    SetEndpointing,
    Speculate,
    StopSpeaking,
    TakeKeys,
    TakeTurn,
)
from gateway.conversation.turn_taking import TurnTaking
from gateway.conversation.turn_times import TurnTakingTimes
from gateway.conversation.voice import FinishedSpeaking, Voice
from gateway.dialogue.model import Decision, Expectation
from gateway.media.leg import (
    HungUp,
    Leg,
    LegEvent,
    MediaLost,
    RecordingFailed,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.speech.interface import Recogniser, RecognitionHints, Synthesiser
from gateway.speech.synthesis_ahead import SynthesisAhead

T = TypeVar("T")

LAST_WORDS_S = 8.0
"""Seconds that the recogniser gets for the end of a message after the caller has hung up."""
MOST_VOICELESS = 2
"""Replies in a row that could not be spoken at all, after which the call is ended and the practice calls back."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The speech engines that a conversation uses."""

    recogniser: Recogniser
    synthesiser: Synthesiser


@dataclass(frozen=True, slots=True)
class _Fault:
    error: BaseException


_WHATEVER_IS_SAID = (FinishedSpeaking, FinishedTransfer, MediaLost, RecordingFailed, Thought)
"""What counts also while the caller is being put through."""
_Input: TypeAlias = LegEvent | Recognised | FinishedSpeaking | FinishedTransfer | Thought


class Conversation:
    """The conversation on one leg; ``run`` holds it from the greeting to the end.

    ``transferrer`` puts the caller through where the dialogue wants that; ``times`` is the patience with the caller;
    ``on_step`` is called whenever something has been dealt with.
    """

    def __init__(
        self,
        leg: Leg,
        engines: Engines,
        desk: AnswerDesk,
        journal: CallJournal,
        *,
        transferrer: Transferrer | None = None,
        times: TurnTakingTimes | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> None:
        self._leg = leg
        self._dialogue = desk.dialogue
        self._profile = desk.profile
        self._journal = journal
        self._times = times
        self._on_step = on_step
        self._turns = TurnTaking(times, rate=leg.rate)
        self._inputs: asyncio.Queue[_Input | _Fault] = asyncio.Queue()
        report = self._inputs.put_nowait
        synthesis = SynthesisAhead(engines.synthesiser)
        self._recognitions = Recognitions(engines.recogniser, report, self._watched)
        self._voice = Voice(leg, synthesis, journal, report, self._watched)
        self._preparing = Preparing(desk.dialogue, synthesis, desk.assistance, self._watched)
        self._replying = Replying(
            desk,
            leg,
            self._voice,
            journal,
            self._preparing,
            decided=self._take_decision,
            speaks=self._begin_to_speak,
            report=report,
            watch=self._watched,
        )
        self._transfers = CallTransfers(
            transferrer,
            journal,
            before_connecting=self._stop_recording,
            report=report,
            watch=self._watched,
        )
        self._recogniser_s = 0.0
        self._speech_ended_at = 0.0
        self._speech_began = 0
        self._answered_turns = 0
        self._voiceless = 0
        self._thoughts: list[Thought] = []
        self.heard_until = 0
        """Position of the end of the caller's last utterance."""

    @property
    def expectation(self) -> Expectation:
        """What kind of answer is awaited of the caller."""
        return self._dialogue.state.expectation

    @property
    def awaits_caller(self) -> bool:
        """Whether all has been said and done, and nothing happens before the caller does something."""
        return (
            self._inputs.empty()
            and self._voice.speech is None
            and not self._turns.caller_has_the_floor
            and not self._replying.under_way
            and not self._transfers.under_way
        )

    async def run(self) -> str:
        """Hold the conversation; return the reason for its end (see ``HungUp``), or ``transferred``.

        A fault in any of its tasks ends it and is raised: a call that is cut off is better than one that goes silent.
        """
        pump = self._watched(asyncio.create_task(self._pump(), name="leg-events"))
        try:
            await self._replying.open()
            while True:
                received = await self._next()
                if isinstance(received, HungUp):
                    await self._transfers.end()
                    await self._hear_last_words()
                    return "transferred" if self._transfers.connected else received.reason
                if isinstance(received, _Fault):
                    raise received.error
                if received is not None:
                    await self._take(received)
                await self._take_time()
                if self._on_step is not None:
                    self._on_step()
        finally:
            pump.cancel()
            self._recognitions.close()
            await self._transfers.end()
            await self._voice.stop()
            await self._replying.end()

    async def _take_time(self) -> None:
        """Do what has become due; while the caller speaks nothing is said, and no result is used."""
        if not self._turns.caller_has_the_floor:
            thoughts, self._thoughts = self._thoughts, []
            for thought in thoughts:
                if thought.is_awaited():
                    await thought.go_on()
            await self._replying.on_time(time.monotonic())
        await self._do(self._turns.on_time(time.monotonic()))

    async def _hear_last_words(self) -> None:
        """Take the end of a message whose caller hung up before the silence behind it was long enough."""
        if self._dialogue.state.expectation is not Expectation.MESSAGE:
            return
        self._recognitions.promote()
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                while self._turns.awaits_words:
                    received = await self._inputs.get()
                    if isinstance(received, Recognised) and received.transcript is not None:
                        self._turns.on_transcript(received.utterance, received.transcript, time.monotonic())
                    elif isinstance(received, Recognised):
                        self._turns.on_failure(received.utterance, time.monotonic())
        except TimeoutError:
            await self._journal.event("last_words_not_recognised")
        turn = self._turns.last_words()
        if turn is not None:
            await self._replying.take_last(turn)

    def _watched(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        def report(done: asyncio.Task[T]) -> None:
            if not done.cancelled() and (error := done.exception()):
                self._inputs.put_nowait(_Fault(error))

        task.add_done_callback(report)
        return task

    async def _pump(self) -> None:
        async for event in self._leg.events():
            self._inputs.put_nowait(event)

    async def _next(self) -> _Input | _Fault | None:
        """Wait for what happens next; None when something has become due."""
        # What the caller's speech holds up would be due all the time.
        bridge = None if self._turns.caller_has_the_floor else self._replying.deadline
        deadlines = [due for due in (self._turns.deadline, bridge) if due is not None]
        patience = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        try:
            return await asyncio.wait_for(self._inputs.get(), patience)
        except TimeoutError:
            return None

    async def _take(self, received: _Input) -> None:
        now = time.monotonic()
        if self._hears_nobody and not isinstance(received, _WHATEVER_IS_SAID):
            return
        match received:
            case Recognised():
                await self._take_transcript(received, now)
            case FinishedSpeaking():
                await self._finished_speaking(received)
            case FinishedTransfer():
                await self._finished_transfer(received.result)
            case Thought():
                self._thoughts.append(received)
            case MediaLost():
                await self._journal.event("media_lost")
                await self._leg.hang_up()
            case RecordingFailed():
                await self._journal.event("recording_failed", {"cause": received.reason})
            case _:
                await self._take_event(received, now)

    async def _take_event(self, event: LegEvent, now: float) -> None:
        if isinstance(event, SpeechStarted):
            self._speech_began = event.position
        acts = self._turns.on_event(event, now)
        if isinstance(event, SpeechEnded):
            self._speech_ended_at, self.heard_until = now, event.end
        for act in acts:
            if isinstance(act, Recognise):
                self._recognise(act, partial=isinstance(event, SpeechPaused))
            else:
                await self._do_one(act)
        if isinstance(event, SpeechEnded):
            self._recognitions.promote()

    def _recognise(self, act: Recognise, *, partial: bool) -> None:
        self._recognitions.start(act.utterance, act.pcm, self._hints(act.pcm.seconds), partial=partial)

    async def _take_transcript(self, recognised: Recognised, now: float) -> None:
        self._recogniser_s = recognised.seconds
        if recognised.transcript is None:
            await self._do(self._turns.on_failure(recognised.utterance, now))
        else:
            await self._do(self._turns.on_transcript(recognised.utterance, recognised.transcript, now))

    async def _do(self, acts: list[Act]) -> None:
        for act in acts:
            await self._do_one(act)

    async def _do_one(self, act: Act) -> None:  # noqa: C901, PLR0912 - one line for each act
        match act:
            case Recognise():
                self._recognise(act, partial=False)
            case DropRecognition(utterance=number):
                self._recognitions.drop(number)
            case SetEndpointing(endpointing=endpointing):
                await self._leg.set_endpointing(endpointing)
            case Speculate(turn=turn):
                self._preparing.begin(caller_turn(turn))
            case DropSpeculation():
                self._preparing.drop()
            case TakeTurn():
                await self._answer(act)
            case BreakIn(turn=turn):
                await self._replying.break_in(turn, self._marks(turn))
            case TakeKeys(keys=keys):
                await self._replying.take_keys(keys)
            case StopSpeaking():
                await self._replying.stop()
            case ResumeSpeech(turn=turn):
                self._write(turn)
                if not await self._replying.resume() and self._voice.speech is None:
                    # Something else was said meanwhile, and is over.
                    self._turns.gateway_fell_silent(time.monotonic())
            case Disregard(turn=turn):
                self._write(turn)
            case GrantTime(turn=turn):
                await self._replying.grant_time(turn)
            case AskForPatience():
                await self._replying.ask_for_patience()
            case ReportFailure():
                await self._replying.apologise()
            case BreakSilence():
                await self._replying.break_silence()
            case OtherEnd():
                await self._hear_machine(act)

    def _hints(self, seconds: float) -> RecognitionHints:
        state = self._dialogue.state
        language = state.language if self._answered_turns else None
        return hints_for(seconds, state.expectation, language, self._profile)

    def _marks(self, turn: TakeTurn) -> LatencyMarks:
        now = time.monotonic()
        return LatencyMarks(
            rate=self._leg.rate,
            end=turn.end,
            decided=turn.decided,
            turn_taken=now,
            recogniser_s=self._recogniser_s,
            recognition_s=max(0.0, now - self._speech_ended_at),
        )

    async def _answer(self, turn: TakeTurn) -> None:
        if not turn.text:
            await self._replying.take_nothing()
            return
        self._answered_turns += 1
        await self._replying.take(turn, self._marks(turn))

    def _write(self, turn: TakeTurn | None) -> None:
        if turn is not None and turn.text:
            self._replying.write(turn)

    async def _take_decision(self, decision: Decision) -> None:
        """Await what the dialogue asks for now."""
        if decision.transfer_target is not None:
            # From here on the caller has no turn, and half a turn is forgotten.
            self._recognitions.close()
            self._turns = TurnTaking(self._times, rate=self._leg.rate)
        state = decision.state
        await self._do(self._turns.expect(decision.expectation, state.language, state.partial_digits))

    def _begin_to_speak(self, sentences: Sequence[str]) -> None:
        self._turns.gateway_speaks(sentences)

    async def _finished_speaking(self, finished: FinishedSpeaking) -> None:
        if not self._voice.is_over(finished.speech):
            return
        self._replying.spoken(finished)
        now = time.monotonic()
        spoken, afterwards = finished.spoken, finished.speech.afterwards
        if finished.interrupted:
            self._count_interruption(spoken)
            interruption = Interruption(spoken.text, spoken.heard_text, spoken.unheard, spoken.start)
            await self._do(self._turns.gateway_interrupted(interruption, now))
        elif afterwards.hang_up or self._has_no_voice(spoken):
            await self._end_without_voice(spoken)
            await self._leg.hang_up()
        elif afterwards.transfer_to is not None:
            self._transfers.begin(afterwards.transfer_to)
        else:
            self._turns.gateway_fell_silent(now)

    def _count_interruption(self, spoken: Spoken) -> None:
        """Tell how long the caller was talked over, as far as both their beginning and our end are known."""
        if spoken.start is not None and spoken.end is not None and spoken.start <= self._speech_began <= spoken.end:
            seconds = (spoken.end - self._speech_began) / self._leg.rate
            self._journal.interrupted(seconds, self._dialogue.state.language)

    def _has_no_voice(self, spoken: Spoken) -> bool:
        """Tell whether nothing could be said several times in a row: the caller would talk to a tone."""
        self._voiceless = self._voiceless + 1 if spoken.voiceless else 0
        return self._voiceless >= MOST_VOICELESS

    async def _end_without_voice(self, spoken: Spoken) -> None:
        """Have the practice call back a caller to whom nothing can be said."""
        if spoken.voiceless:
            await self._replying.request_callback("synthesis_unavailable")

    async def _hear_machine(self, act: OtherEnd) -> None:
        """Waste no words on a machine: wait for a person while music plays, end the call otherwise."""
        self._write(act.turn)
        await self._journal.event("other_end", {"kind": str(act.kind), "final": act.final})
        await self._replying.stop()
        if act.final:
            await self._leg.hang_up()

    @property
    def _hears_nobody(self) -> bool:
        """Whether the caller is being put through, or is told so: what they say then is no turn."""
        speech = self._voice.speech
        return self._transfers.under_way or (speech is not None and speech.afterwards.transfer_to is not None)

    async def _finished_transfer(self, result: TransferResult) -> None:
        if result is TransferResult.COMPLETED:
            await self._leg.hang_up()
        else:
            await self._replying.transfer_failed()

    async def _stop_recording(self) -> None:
        """Stop the recording before a person is there: what is said then was not announced as recorded."""
        if self._journal.recording is not None and not self._dialogue.state.recording_refused:
            await self._leg.record(None)
            await self._journal.event("recording_stopped", {"cause": "transfer"})
