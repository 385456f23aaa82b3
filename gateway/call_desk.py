"""What a call needs when it is taken, whatever line it came in on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.actions.calendar import Calendar
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.actions.reports import CallReports
from gateway.conversation.assistance import ModelAssistance
from gateway.conversation.calendar import CallCalendar
from gateway.conversation.call_journal import CallJournal, CallObserver, LegObserver
from gateway.conversation.call_metrics import CallMetrics
from gateway.conversation.call_summary import CallSummariser
from gateway.conversation.call_trace import CallTrace, CallTraces
from gateway.conversation.conversation import Conversation, Engines
from gateway.conversation.live_calls import LiveCalls
from gateway.conversation.replying import AnswerDesk
from gateway.conversation.transfer import Transferrer
from gateway.conversation.turn_times import TurnTakingTimes
from gateway.dialogue.dialogue import Dialogue
from gateway.media.client.leg_source import LegSource
from gateway.media.leg import Leg
from gateway.practice.directory import PracticeDirectory
from gateway.practice.profile import PracticeProfile
from gateway.records.journal import Journal
from gateway.records.model import NewCall


@dataclass(frozen=True, slots=True)
class Desk:
    """What a call needs when it is taken.

    ``recordings`` is None where calls are not recorded; ``clock`` tells the time in a time zone; ``calendar`` and
    ``assistance`` (a language model) are None where there are none; a booking that is not answered within
    ``booking_deadline_s`` becomes a request; ``summariser`` sums calls up once they are over, ``reports`` tell the
    practice's application of it then;
    ``metrics`` count how conversations go, ``traces`` time each of them, ``observe_leg`` learns how each leg sounded;
    ``keep_recording`` gets a call's id and its recording when the call is over; ``live`` tells those who watch of the
    calls that are held.
    """

    practices: PracticeDirectory
    worker: LegSource
    engines: Engines
    journal: Journal
    outbox: Outbox
    recordings: Path | None
    clock: Callable[[ZoneInfo], datetime]
    calendar: Calendar | None = None
    booking_deadline_s: float = 4.0
    assistance: ModelAssistance | None = None
    summariser: CallSummariser | None = None
    reports: CallReports | None = None
    metrics: CallMetrics | None = None
    traces: CallTraces | None = None
    live: LiveCalls | None = None
    observe_leg: LegObserver | None = None
    keep_recording: Callable[[str, Path], None] | None = None

    def journal_of(
        self, call_id: str, begun: NewCall, profile: PracticeProfile, observer: CallObserver | None = None
    ) -> CallJournal:
        """Return what writes the story of the call that has ``begun``."""
        story = ActionCall(
            id=call_id,
            caller_number=begun.caller_number,
            language=profile.languages[0],
            started_at=begun.started_at,
        )
        recordings = self.recordings
        recording = recordings / f"{begun.started_at:%Y-%m-%d}" / f"{call_id}.wav" if recordings else None
        return CallJournal(
            self.journal,
            self.outbox,
            story,
            profile.id,
            recording,
            observe_leg=self.observe_leg,
            observers=self._observers(call_id, begun, observer),
            figures=None if self.metrics is None else self.metrics.of(begun.line),
            trace=self._trace(call_id, begun),
            reports=self.reports is not None,
        )

    def _trace(self, call_id: str, begun: NewCall) -> CallTrace | None:
        if self.traces is None:
            return None
        return self.traces.begin(call_id, begun.line, begun.practice_id, begun.started_at)

    def _observers(self, call_id: str, begun: NewCall, own: CallObserver | None) -> tuple[CallObserver, ...]:
        live = None if self.live is None else self.live.begin(call_id, begun.practice_id, begun.line, begun.started_at)
        return tuple(observer for observer in (own, live) if observer is not None)

    def conversation_on(
        self,
        leg: Leg,
        profile: PracticeProfile,
        journal: CallJournal,
        caller_number: str | None,
        *,
        transferrer: Transferrer | None = None,
        times: TurnTakingTimes | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> Conversation:
        """Return the conversation to be held on ``leg``; without a ``transferrer`` a callback is offered instead."""
        calendar = CallCalendar(self.calendar, journal, profile, booking_deadline_s=self.booking_deadline_s)
        dialogue = Dialogue(
            profile,
            clock=partial(self.clock, profile.zone),
            caller_number=caller_number,
            can_transfer=transferrer is not None,
            recording=journal.recording is not None,
            calendar_available=lambda: calendar.available,
        )
        answers = AnswerDesk(dialogue, profile, self.assistance, calendar)
        return Conversation(leg, self.engines, answers, journal, transferrer=transferrer, times=times, on_step=on_step)


class FinishedCalls:
    """What is still to be done for calls that are over: keeping the recording, summing up, reporting."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, call_id: str, profile: PracticeProfile, journal: CallJournal) -> None:
        """Take a call that is over."""
        if self._desk.live is not None:
            self._desk.live.end(call_id)
        if self._desk.traces is not None:
            self._desk.traces.finish(call_id)
        if journal.recording is not None and self._desk.keep_recording is not None:
            self._desk.keep_recording(call_id, journal.recording)
        task = asyncio.create_task(self._tell_of(call_id, profile), name="call-summary")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell_of(self, call_id: str, profile: PracticeProfile) -> None:
        if self._desk.summariser is not None:
            await self._desk.summariser.write(call_id, profile)
        if self._desk.reports is not None:
            await self._desk.reports.write(call_id)

    async def done(self) -> None:
        """Wait until all that was put has been done."""
        if self._tasks:
            await asyncio.wait(self._tasks)
