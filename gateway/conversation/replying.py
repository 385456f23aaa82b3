"""From what the caller did to what is said and done: asks the dialogue, and where it takes longer others.

The dialogue decides at once. A model that reads what the rules did not, and the practice's calendar, take time: they
are asked beside the conversation, which goes on listening, and bridges a wait that the caller would notice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.actions.kinds import ActionKind
from gateway.conversation.calendar import CallCalendar
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.latency import LatencyMarks
from gateway.conversation.masking import Masking
from gateway.conversation.preparing import ModelReader, Preparing
from gateway.conversation.thinking import Continuation, Thinking, Thought
from gateway.conversation.turn_acts import TakeTurn
from gateway.conversation.voice import LISTEN, Afterwards, FinishedSpeaking, Voice
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading
from gateway.dialogue.calendar_steps import (
    BookingResult,
    BookingStatus,
    CalendarAnswer,
    CalendarSilent,
    CalendarStep,
    SlotBooking,
    SlotQuery,
)
from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.greeting import announcing_sentences
from gateway.dialogue.model import ActionRequest, CallerTurn, Decision
from gateway.dialogue.phrase import fallback
from gateway.language import Language
from gateway.media.leg import Leg
from gateway.practice.profile import PracticeProfile

MOST_FAILURES = 3
"""Turns in a row in which recognition may fail before the caller is promised a call back instead."""


@dataclass(frozen=True, slots=True)
class AnswerDesk:
    """What answers are made with: the dialogue and those that it asks, which may be missing."""

    dialogue: Dialogue
    profile: PracticeProfile
    assistance: ModelReader | None = None
    calendar: CallCalendar | None = None


def caller_turn(turn: TakeTurn) -> CallerTurn:
    """Return what the dialogue reads of a turn: its language is that of its longest part."""
    longest = max(turn.transcripts, key=lambda transcript: len(transcript.text))
    confidence = min(transcript.confidence for transcript in turn.transcripts if transcript.text)
    return CallerTurn(turn.text, longest.language, confidence, span=(turn.start, turn.end))


class Replying:
    """Answers turns on ``leg`` through ``voice``.

    ``decided`` is told each decision before it is said, ``speaks`` the sentences that begin to be said; ``report`` gets
    what was thought about; ``watch`` is handed every task, to learn of faults.
    """

    def __init__(
        self,
        desk: AnswerDesk,
        leg: Leg,
        voice: Voice,
        journal: CallJournal,
        preparing: Preparing,
        *,
        decided: Callable[[Decision], Awaitable[None]],
        speaks: Callable[[Sequence[str]], None],
        report: Callable[[Thought], None],
        watch: Callable[[asyncio.Task[None]], asyncio.Task[None]],
    ) -> None:
        self._dialogue = desk.dialogue
        self._profile = desk.profile
        self._calendar = desk.calendar
        self._leg = leg
        self._voice = voice
        self._journal = journal
        self._preparing = preparing
        self._decided = decided
        self._speaks = speaks
        self._reading = Thinking(report, watch)
        self._slots = Thinking(report, watch)
        self._booking = Thinking(report, watch)
        self._masking = Masking()
        self._patience = "one_moment"
        self._unanswered: TakeTurn | None = None
        self._interrupted: FinishedSpeaking | None = None
        self._failures = 0
        self._goodbye_said = False

    @property
    def language(self) -> Language:
        """The language that the gateway speaks."""
        return self._dialogue.state.language

    @property
    def under_way(self) -> bool:
        """Whether an answer is being thought about."""
        return self._reading.under_way or self._slots.under_way or self._booking.under_way

    @property
    def deadline(self) -> float | None:
        """When ``on_time`` shall be called next, in seconds of the monotonic clock."""
        return self._masking.due_at

    async def open(self) -> None:
        """Greet; what has to be heard can't be interrupted, the question after it can."""
        await self._perform(self._dialogue.open(), opening=True)

    async def take(self, turn: TakeTurn, marks: LatencyMarks) -> None:
        """Answer ``turn``, together with what the caller said before and was not answered yet."""
        self._failures = 0
        record = self.write(turn)
        await self._hush()
        if self._unanswered is not None:
            turn = turn.after(self._unanswered)
        said = caller_turn(turn)
        question = self._preparing.wanted_from_model(said)
        if question is None:
            # What is still being read is part of what is answered now.
            self._reading.give_up()
            await self._decide(said, None, marks, record)
            return
        self._unanswered = turn
        self._patience = "one_moment"
        self._masking.began(time.monotonic() - marks.since_speech_s)
        self._reading.begin(partial(self._read, question, marks, record))

    async def take_nothing(self) -> None:
        """Ask again: the caller made a sound in which no word was understood, and nothing is being said."""
        if self._voice.speech is None and not self._reading.under_way:
            await self._perform(self._dialogue.take(CallerTurn("", self.language, 0.0)))

    def write(self, turn: TakeTurn) -> asyncio.Task[int | None]:
        """Begin to write down what the caller said; the task returns the turn's id."""
        said = caller_turn(turn)
        return self._journal.caller_turn(said.text, said.language, said.confidence, (turn.start, turn.end))

    async def take_keys(self, keys: str) -> None:
        """Answer pressed keys."""
        self._forget_reading()
        await self._hush()
        record = self._journal.caller_turn(keys, self.language, 1.0, None)
        await self._perform(self._dialogue.take(CallerTurn("", self.language, 1.0, keys=keys)), record=record)

    async def break_silence(self) -> None:
        """Say something to a caller who says nothing."""
        await self._perform(self._dialogue.silence())

    async def break_in(self, turn: TakeTurn, marks: LatencyMarks) -> None:
        """Interrupt a caller who speaks without end, and answer what was understood so far."""
        await self._cut()
        await self.say(fallback("break_in", self.language, self._profile), cuttable=False)
        if turn.text:
            await self.take(turn, marks)

    async def transfer_failed(self) -> None:
        """Go on with a caller who could not be put through."""
        await self._perform(self._dialogue.transfer_failed())

    async def ask_for_patience(self) -> None:
        """Say that it takes a moment: the recogniser is slow."""
        self._masking.asked_for_patience()
        interrupted = self._interrupted
        await self._cut()
        await self.say(fallback("please_wait", self.language, self._profile), cuttable=False)
        # The sound that is waited for may turn out to be a false alarm.
        self._interrupted = interrupted

    async def grant_time(self, turn: TakeTurn) -> None:
        """Tell a caller who asks for a moment that there is time."""
        self.write(turn)
        await self._hush()
        await self.say(fallback("take_your_time", self.language, self._profile))

    async def apologise(self) -> None:
        """Say that recognition failed; after several failures promise a call back and end."""
        self._failures += 1
        await self._journal.event("recognition_failed", {"in_a_row": self._failures})
        await self._cut()
        sentences = fallback("apology", self.language, self._profile)
        if self._failures < MOST_FAILURES:
            await self.say(sentences)
            return
        await self.request_callback("recognition_unavailable")
        goodbye = fallback("goodbye", self.language, self._profile)
        await self.say((*sentences, *goodbye), afterwards=Afterwards(hang_up=True))

    async def request_callback(self, cause: str) -> None:
        """Have the practice call back a caller who could not be served because of ``cause``."""
        request = ActionRequest(ActionKind.CALLBACK_REQUESTED, (), {"cause": cause})
        await self._journal.commit_action(request, self.language)

    async def on_time(self, now: float) -> None:
        """Bridge a wait that has become too long."""
        if self._masking.on_time(now):
            await self.say(fallback(self._patience, self.language, self._profile), cuttable=False)

    def spoken(self, finished: FinishedSpeaking) -> None:
        """Take note of what was heard of a speech, and keep the rest of one that was interrupted."""
        self._tell_heard(finished)
        if finished.interrupted:
            self._interrupted = finished
        elif finished.speech.afterwards.hang_up:
            self._goodbye_said = True

    async def resume(self) -> bool:
        """Go on where a false alarm interrupted; return whether there was anything to go on with."""
        interrupted, self._interrupted = self._interrupted, None
        if interrupted is None or not interrupted.spoken.unheard:
            return False
        speech, unheard = interrupted.speech, interrupted.spoken.resume
        first = None if speech.first is None else speech.first + len(speech.sentences) - len(unheard)
        await self.say(unheard, afterwards=speech.afterwards, first=first)
        return True

    async def stop(self) -> None:
        """Fall silent, and remember what was heard."""
        await self._hush()

    async def take_last(self, turn: TakeTurn) -> None:
        """Take a turn that nobody waits to be answered: the caller has hung up."""
        await self.write(turn)
        self._dialogue.take(caller_turn(turn))

    async def end(self) -> None:
        """End what is under way; a booking is waited for, and a message that was left is passed on."""
        self._forget_reading()
        self._preparing.drop()
        await self._slots.end()
        await self._booking.end()
        if self._calendar is not None:
            await self._calendar.end(goodbye_said=self._goodbye_said)
        left = self._dialogue.left_message()
        if left is not None:
            await self._journal.commit_action(left, self.language)

    async def say(
        self,
        sentences: Sequence[str],
        *,
        marks: LatencyMarks | None = None,
        afterwards: Afterwards = LISTEN,
        protected: int = 0,
        cuttable: bool = True,
        first: int | None = None,
    ) -> None:
        """Begin to say ``sentences``; ``first`` is the number of the first of them among the decision's sentences."""
        self._interrupted = None
        await self._voice.say(
            sentences,
            self.language,
            marks=marks,
            afterwards=afterwards,
            protected=protected,
            cuttable=cuttable,
            first=first,
        )
        self._speaks(sentences)

    async def _hush(self) -> None:
        """Stop what is being said, unless it has to be heard, before the dialogue takes the answer to it."""
        ended = await self._cut() or self._interrupted
        if ended is not None and ended.speech.afterwards.hang_up:
            self._dialogue.reopen()
        self._interrupted = None

    async def _cut(self) -> FinishedSpeaking | None:
        """Stop what is being said, unless it has to be heard, and tell the dialogue how much of it was."""
        if self._voice.speech is None or not self._voice.speech.cuttable:
            return None
        finished = await self._voice.stop()
        if finished is not None:
            self._tell_heard(finished)
        return finished

    def _tell_heard(self, finished: FinishedSpeaking) -> None:
        if finished.speech.first is not None:
            self._dialogue.heard(finished.speech.first + finished.spoken.sentences_heard)

    def _forget_reading(self) -> None:
        self._reading.give_up()
        self._unanswered = None
        self._masking.given_up()

    async def _read(
        self, question: ModelQuestion, marks: LatencyMarks, record: asyncio.Task[int | None]
    ) -> Continuation:
        reading = await self._preparing.read(question)
        return partial(self._decide, question.turn, reading, marks, record)

    async def _decide(
        self, said: CallerTurn, reading: ModelReading | None, marks: LatencyMarks, record: asyncio.Task[int | None]
    ) -> None:
        self._unanswered = None
        await self._hush()
        decision = self._dialogue.take(said, reading)
        marks.decide()
        await self._perform(decision, marks=marks, record=record)

    async def _perform(
        self,
        decision: Decision,
        *,
        marks: LatencyMarks | None = None,
        record: asyncio.Task[int | None] | None = None,
        opening: bool = False,
    ) -> None:
        """Do what the dialogue decided: what must be safe before it is said first, everything else while it is said."""
        await self._end_wait()
        sentences: Sequence[str] = self._dialogue.sentences(decision)
        language = decision.language
        if decision.stop_recording:
            await self._leg.record(None)
            await self._journal.refuse_recording()
        if decision.action is not None and decision.calendar is None:
            written = await self._journal.commit_action(decision.action, language, await record if record else None)
            # Nobody is promised what was not written down; in an emergency the number is what counts.
            if not written and decision.action.kind is not ActionKind.EMERGENCY_FLAGGED:
                sentences = fallback("apology", language, self._profile)
        for request in decision.withdraws:
            if not await self._journal.withdraw(request):
                sentences = fallback("apology", language, self._profile)
        if decision.abandons and self._calendar is not None:
            self._calendar.abandon()
        protected = announcing_sentences(decision, self._profile) if opening else 0
        if decision.transfer_target is not None:
            protected = len(sentences)
        await self._decided(decision)
        afterwards = Afterwards(decision.hang_up, decision.transfer_target)
        if sentences or afterwards != LISTEN:
            # The calendar may answer before what was understood has been repeated.
            cuttable = decision.calendar is None
            await self.say(
                sentences, marks=marks, afterwards=afterwards, protected=protected, cuttable=cuttable, first=0
            )
        if decision.calendar is not None:
            self._ask_calendar(decision.calendar, record, marks)
        await self._journal.facts(decision.facts, language, await record if record else None)

    async def _end_wait(self) -> None:
        wait = self._masking.answered(time.monotonic())
        if wait is not None and wait.masked:
            await self._journal.event("wait_bridged", wait.as_dict())

    def _ask_calendar(
        self, step: CalendarStep, record: asyncio.Task[int | None] | None, marks: LatencyMarks | None
    ) -> None:
        since_speech_s = marks.since_speech_s if marks is not None else 0.0
        self._masking.began(time.monotonic() - since_speech_s)
        match step:
            case SlotQuery():
                self._patience = "looking_in_calendar"
                self._slots.begin(partial(self._find_slots, step))
            case SlotBooking():
                self._patience = "entering_in_calendar"
                self._booking.begin(partial(self._book, step, record), must_finish=True)

    async def _find_slots(self, query: SlotQuery) -> Continuation:
        if self._calendar is None:
            return partial(self._calendar_answered, CalendarSilent(query))
        return partial(self._calendar_answered, await self._calendar.slots(query, self.language))

    async def _book(self, booking: SlotBooking, record: asyncio.Task[int | None] | None) -> Continuation:
        turn_id = await record if record else None
        if self._calendar is None:
            written = await self._journal.commit_action(booking.action, self.language, turn_id)
            status = BookingStatus.REQUESTED if written else BookingStatus.UNWRITTEN
            return partial(self._calendar_answered, BookingResult(booking, status))
        return partial(self._calendar_answered, await self._calendar.book(booking, self.language, turn_id))

    async def _calendar_answered(self, answer: CalendarAnswer) -> None:
        await self._perform(self._dialogue.calendar_answered(answer))
