"""One call's loop: hears on a leg, asks the dialogue, speaks, and writes the story.

Knows no SIP: whoever has a leg can hold a conversation on it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import structlog

from gateway.actions.kinds import ActionKind
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.endpointing import COMPLETE, endpointing_for, is_complete
from gateway.conversation.hints import hints_for
from gateway.conversation.latency import LatencyMarks
from gateway.conversation.put_through import CallTransfers, FinishedTransfer
from gateway.conversation.recognition import Recognised, Recognitions
from gateway.conversation.transfer import Transferrer, TransferResult
from gateway.conversation.turn_taking import (
    Act,
    AskForPatience,
    BreakSilence,
    DropRecognition,
    Recognise,
    ReportFailure,
    TakeKeys,
    TakeTurn,
    TurnTaking,
)
from gateway.conversation.voice import LISTEN, Afterwards, FinishedSpeaking, Voice
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import ActionRequest, CallerTurn, Decision, Expectation
from gateway.dialogue.phrase import fallback
from gateway.media.leg import HungUp, Leg, LegEvent, MediaLost, PlaybackOutcome, RecordingFailed, SpeechEnded
from gateway.practice.profile import PracticeProfile
from gateway.speech.interface import Recogniser, RecognitionHints, Synthesiser

_log = structlog.get_logger(__name__)
T = TypeVar("T")

MOST_FAILURES = 3
"""Turns in a row in which recognition may fail before the caller is promised a call back instead."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The speech engines that a conversation uses."""

    recogniser: Recogniser
    synthesiser: Synthesiser


@dataclass(frozen=True, slots=True)
class _Fault:
    error: BaseException


_FAULTS = (MediaLost, RecordingFailed)
_Input: TypeAlias = LegEvent | Recognised | FinishedSpeaking | FinishedTransfer


class Conversation:
    """The conversation on one leg; ``run`` holds it from the greeting to the end.

    ``transferrer`` puts the caller through where the dialogue wants that.
    """

    def __init__(
        self,
        leg: Leg,
        engines: Engines,
        dialogue: Dialogue,
        journal: CallJournal,
        profile: PracticeProfile,
        *,
        transferrer: Transferrer | None = None,
    ) -> None:
        self._leg = leg
        self._engines = engines
        self._dialogue = dialogue
        self._journal = journal
        self._profile = profile
        self._turns = TurnTaking()
        self._inputs: asyncio.Queue[_Input | _Fault] = asyncio.Queue()
        self._recognitions = Recognitions(engines.recogniser, self._inputs.put_nowait, self._watched)
        self._transfers = CallTransfers(
            transferrer,
            journal,
            before_connecting=self._stop_recording,
            report=self._inputs.put_nowait,
            watch=self._watched,
        )
        self._recogniser_s = 0.0
        self._voice = Voice(leg, engines.synthesiser, journal, self._inputs.put_nowait, self._watched)
        self._interrupted: FinishedSpeaking | None = None
        self._expectation = Expectation.OPEN
        self._speech_ended_at = 0.0
        self._answered_turns = 0
        self._failures = 0

    async def run(self) -> str:
        """Hold the conversation; return the reason for its end (see ``HungUp``), or ``transferred``.

        A fault in any of its tasks ends it and is raised: a call that is cut off is better than one that goes silent.
        """
        pump = self._watched(asyncio.create_task(self._pump(), name="leg-events"))
        try:
            await self._perform(self._dialogue.open(), opening=True)
            while True:
                received = await self._next()
                if isinstance(received, HungUp):
                    await self._transfers.end()
                    return "transferred" if self._transfers.connected else received.reason
                if isinstance(received, _Fault):
                    raise received.error
                if received is not None:
                    await self._take(received)
                for act in self._turns.on_time(time.monotonic()):
                    await self._do(act)
        finally:
            pump.cancel()
            self._recognitions.close()
            await self._transfers.end()
            await self._voice.stop()

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
        """Wait for what happens next; None when the turn-taking's time has come."""
        deadline = self._turns.deadline
        patience = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            return await asyncio.wait_for(self._inputs.get(), patience)
        except TimeoutError:
            return None

    async def _take(self, received: _Input) -> None:
        now = time.monotonic()
        acts: list[Act] = []
        if self._hears_nobody and not isinstance(received, (FinishedSpeaking, FinishedTransfer, *_FAULTS)):
            return
        match received:
            case Recognised(utterance=number, transcript=transcript):
                self._recogniser_s = received.seconds
                if transcript is None:
                    acts = self._turns.on_failure(number)
                else:
                    if is_complete(transcript.text, self._expectation, transcript.language):
                        await self._leg.set_endpointing(COMPLETE)
                    acts = self._turns.on_transcript(number, transcript)
            case FinishedSpeaking():
                await self._finished_speaking(received)
            case FinishedTransfer():
                await self._finished_transfer(received.result)
            case MediaLost() | RecordingFailed():
                await self._take_fault(received)
            case _:
                if isinstance(received, SpeechEnded):
                    self._speech_ended_at = now
                acts = self._turns.on_event(received, now)
        for act in acts:
            await self._do(act)

    async def _take_fault(self, fault: MediaLost | RecordingFailed) -> None:
        if isinstance(fault, RecordingFailed):
            await self._journal.event("recording_failed", {"cause": fault.reason})
            return
        await self._journal.event("media_lost")
        await self._leg.hang_up()

    async def _do(self, act: Act) -> None:
        match act:
            case Recognise(utterance=number, pcm=pcm):
                self._recognitions.start(number, pcm, self._hints(pcm.seconds))
            case DropRecognition(utterance=number):
                self._recognitions.drop(number)
            case TakeTurn():
                await self._answer(act)
            case TakeKeys(keys=keys):
                await self._answer_keys(keys)
            case AskForPatience():
                await self._say(fallback("please_wait", self._dialogue.state.language, self._profile), cuttable=False)
            case ReportFailure():
                await self._apologise()
            case BreakSilence():
                await self._perform(self._dialogue.silence())

    def _hints(self, seconds: float) -> RecognitionHints:
        language = self._dialogue.state.language if self._answered_turns else None
        return hints_for(seconds, self._expectation, language, self._profile)

    async def _answer(self, turn: TakeTurn) -> None:
        self._failures = 0
        if not turn.text:
            await self._answer_noise()
            return
        self._interrupted = None
        marks = LatencyMarks(
            rate=self._leg.rate,
            end=turn.end,
            decided=turn.decided,
            turn_taken=time.monotonic(),
            recogniser_s=self._recogniser_s,
            recognition_s=max(0.0, time.monotonic() - self._speech_ended_at),
        )
        longest = max(turn.transcripts, key=lambda transcript: len(transcript.text))
        confidence = min(transcript.confidence for transcript in turn.transcripts if transcript.text)
        decision = self._dialogue.take(CallerTurn(turn.text, longest.language, confidence))
        marks.decide()
        self._answered_turns += 1
        record = self._journal.caller_turn(turn.text, longest.language, confidence, (turn.start, turn.end))
        await self._perform(decision, marks=marks, record=record)

    async def _answer_noise(self) -> None:
        """Go on where a noise interrupted; ask again where the caller's answer was not understood."""
        interrupted, self._interrupted = self._interrupted, None
        if interrupted is not None and interrupted.spoken.unheard:
            await self._say(interrupted.spoken.unheard, afterwards=interrupted.speech.afterwards)
        elif self._voice.speech is None:
            await self._perform(self._dialogue.take(CallerTurn("", self._dialogue.state.language, 0.0)))

    async def _answer_keys(self, keys: str) -> None:
        self._interrupted = None
        decision = self._dialogue.take(CallerTurn("", self._dialogue.state.language, 1.0, keys=keys))
        record = self._journal.caller_turn(keys, self._dialogue.state.language, 1.0, None)
        await self._perform(decision, record=record)

    async def _apologise(self) -> None:
        """Say that recognition failed; after several failures promise a call back and end."""
        self._failures += 1
        await self._journal.event("recognition_failed", {"in_a_row": self._failures})
        language = self._dialogue.state.language
        sentences = fallback("apology", language, self._profile)
        if self._failures < MOST_FAILURES:
            await self._say(sentences)
            return
        request = ActionRequest(ActionKind.CALLBACK_REQUESTED, (), {"cause": "recognition_unavailable"})
        await self._journal.commit_action(request, language)
        await self._say(
            (*sentences, *fallback("goodbye", language, self._profile)), afterwards=Afterwards(hang_up=True)
        )

    async def _perform(
        self,
        decision: Decision,
        *,
        marks: LatencyMarks | None = None,
        record: asyncio.Task[int | None] | None = None,
        opening: bool = False,
    ) -> None:
        """Do what the dialogue decided: what must be safe before it is said first, everything else while it is said."""
        sentences: Sequence[str] = self._dialogue.sentences(decision)
        language = decision.language
        if decision.stop_recording:
            await self._leg.record(None)
            await self._journal.refuse_recording()
        if decision.action is not None:
            written = await self._journal.commit_action(decision.action, language, await record if record else None)
            # Nobody is promised what was not written down; in an emergency the number is what counts.
            if not written and decision.action.kind is not ActionKind.EMERGENCY_FLAGGED:
                sentences = fallback("apology", language, self._profile)
        protected = len(sentences) - 1 if opening else 0
        if decision.transfer_target is not None:
            # From here on the caller has no turn, and half a turn is forgotten.
            self._recognitions.close()
            self._turns = TurnTaking()
            protected = len(sentences)
        self._expectation = decision.expectation
        self._turns.expect(decision.expectation)
        await self._say(
            sentences,
            marks=marks,
            afterwards=Afterwards(decision.hang_up, decision.transfer_target),
            protected=protected,
        )
        await self._leg.set_endpointing(endpointing_for(decision.expectation))
        await self._journal.facts(decision.facts, language, await record if record else None)

    async def _say(
        self,
        sentences: Sequence[str],
        *,
        marks: LatencyMarks | None = None,
        afterwards: Afterwards = LISTEN,
        protected: int = 0,
        cuttable: bool = True,
    ) -> None:
        language = self._dialogue.state.language
        await self._voice.say(
            sentences, language, marks=marks, afterwards=afterwards, protected=protected, cuttable=cuttable
        )
        self._turns.gateway_speaks()

    async def _finished_speaking(self, finished: FinishedSpeaking) -> None:
        if not self._voice.is_over(finished.speech):
            return
        afterwards = finished.speech.afterwards
        if finished.spoken.outcome is PlaybackOutcome.BARGE_IN:
            self._interrupted = finished
        elif afterwards.hang_up:
            await self._leg.hang_up()
            return
        elif afterwards.transfer_to is not None:
            self._transfers.begin(afterwards.transfer_to)
            return
        self._turns.gateway_fell_silent(time.monotonic())

    @property
    def _hears_nobody(self) -> bool:
        """Whether the caller is being put through, or is told so: what they say then is no turn."""
        speech = self._voice.speech
        return self._transfers.under_way or (speech is not None and speech.afterwards.transfer_to is not None)

    async def _finished_transfer(self, result: TransferResult) -> None:
        if result is TransferResult.COMPLETED:
            await self._leg.hang_up()
        else:
            await self._perform(self._dialogue.transfer_failed())

    async def _stop_recording(self) -> None:
        """Stop the recording before a person is there: what is said then was not announced as recorded."""
        if self._journal.recording is not None and not self._dialogue.state.recording_refused:
            await self._leg.record(None)
            await self._journal.event("recording_stopped", {"cause": "transfer"})
