"""Writes one call's story to the records, in the dialogue's terms.

A fault of the database degrades the call and does not end it: what cannot be written is logged. Only an action that
could not be written is reported back, so that the caller isn't promised what never happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, SlotsQuestion, build_question
from gateway.actions.outbox import Outbox
from gateway.actions.reports import transfer_report
from gateway.actions.waiting import Delivery
from gateway.audio import TELEPHONE_RATE
from gateway.conversation.call_metrics import CallFigures
from gateway.conversation.call_trace import CallTrace
from gateway.conversation.latency import Latency
from gateway.conversation.spoken import Spoken
from gateway.dialogue.model import ActionRequest, Fact
from gateway.language import Language
from gateway.media.leg import LegStatistics, PlaybackOutcome
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import Consent, FactValue, LegQuality, NewTurn, Party

_log = structlog.get_logger(__name__)
T = TypeVar("T")

_DELETION_DEADLINE_S = 2.0
_DELETING = ThreadPoolExecutor(1, thread_name_prefix="recording-deletion")
"""The event loop's own threads are few, and prompts and names are looked up on them: no disk that hangs gets those."""

LegObserver: TypeAlias = Callable[[Party, LegStatistics], None]
"""Learns of each leg that has ended whose it was and how it sounded."""


class CallObserver(Protocol):
    """Learns of a call's story as it is being written."""

    def said(self, turn: NewTurn) -> None:
        """Take note of something that was said."""

    def known(self, facts: Sequence[FactValue]) -> None:
        """Take note of all the facts that are known now."""

    def acted(self, kind: str) -> None:
        """Take note of an action that was written."""


class CallJournal:
    """The story of one ``call``.

    ``recording`` is where it is recorded, if it is; ``observe_leg`` learns of its legs, ``observers`` of what is said,
    ``figures`` count how it goes, and ``trace`` times it.
    With ``reports`` the practice's application is told how transfers ended.
    """

    def __init__(
        self,
        journal: Journal,
        outbox: Outbox,
        call: ActionCall,
        practice_id: str,
        recording: Path | None = None,
        *,
        observe_leg: LegObserver | None = None,
        observers: Sequence[CallObserver] = (),
        figures: CallFigures | None = None,
        trace: CallTrace | None = None,
        reports: bool = False,
    ) -> None:
        self.outcome: str | None = None
        """What came of the call: the kind of the last action that was written and still holds."""
        self.actions_written = 0
        """How many actions were written."""
        self._journal = journal
        self._outbox = outbox
        self._call = call
        self._call_id = call.id
        self._practice_id = practice_id
        self._observe_leg = observe_leg
        self._observers = observers
        self._figures = figures
        self._trace = trace
        self._reports = reports
        self.recording = recording
        """Where the call is recorded; None where it is not."""
        self._language: Language | None = None
        self._facts: tuple[Fact, ...] = ()
        self._standing: list[tuple[ActionRequest, str]] = []
        """Actions that were written and not taken back, with their ids."""

    async def answered(self) -> None:
        """Write that the call was answered, and whether it is recorded."""
        if self._figures is not None:
            self._figures.answered()
        if self._trace is not None:
            self._trace.answered()
        consent: Consent = "none" if self.recording is None else "announced"
        await self._try(self._journal.answer_call(self._call_id, utc_now(), self.recording, consent))

    async def ended(self, reason: str) -> None:
        """Write why the call ended and what came of it."""
        if self._figures is not None:
            self._figures.ended(reason, self.outcome)
        if self._trace is not None:
            self._trace.ended(reason, self.outcome)
        await self._try(self._journal.end_call(self._call_id, reason, self.outcome))

    async def leg_ended(self, party: Party, statistics: LegStatistics) -> None:
        """Write how the sound of a party's leg was; nothing of a leg that was never connected."""
        if not statistics.codec:
            return
        if self._observe_leg is not None:
            self._observe_leg(party, statistics)
        if self._trace is not None and party == "caller":
            self._trace.sounded(statistics.codec)
        await self._try(self._journal.add_leg(self._call_id, _quality(party, statistics)))

    def caller_turn(
        self, text: str, language: Language, confidence: float, span: tuple[int, int] | None
    ) -> asyncio.Task[int | None]:
        """Begin to write what the caller said between the positions ``span``; the task returns the turn's id."""
        start, end = span or (None, None)
        turn = NewTurn("caller", text, language, None, confidence, start, end)
        for observer in self._observers:
            observer.said(turn)
        if self._figures is not None:
            self._figures.turn("caller", language)
        if self._trace is not None:
            self._trace.heard(start, end, language)
        return asyncio.create_task(self._try(self._journal.add_turn(self._call_id, turn)), name="write-turn")

    async def gateway_turn(self, spoken: Spoken, language: Language, latency: Latency | None) -> None:
        """Write what the gateway said, and how much of it was heard."""
        marks = latency.as_dict() if latency is not None else {}
        turn = NewTurn("gateway", spoken.text, language, spoken.heard_text, None, spoken.start, spoken.end, marks)
        for observer in self._observers:
            observer.said(turn)
        if self._figures is not None:
            self._figures.turn("gateway", language, latency)
        if self._trace is not None:
            interrupted = spoken.outcome is PlaybackOutcome.STOPPED
            self._trace.said(spoken.start, spoken.end, language, latency, interrupted=interrupted)
        await self._try(self._journal.add_turn(self._call_id, turn))

    async def facts(self, facts: tuple[Fact, ...], language: Language, turn_id: int | None) -> None:
        """Write the facts as they are now, and the language, where they changed."""
        if language != self._language:
            await self._try(self._journal.set_language(self._call_id, language))
            self._language = language
        changed = [fact for fact in facts if fact not in self._facts]
        if changed:
            for observer in self._observers:
                observer.known(_values(facts))
            await self._try(self._journal.save_facts(self._call_id, turn_id, _values(changed)))
            self._facts = facts

    async def commit_action(self, request: ActionRequest, language: Language, turn_id: int | None = None) -> bool:
        """Write the action with its facts in one transaction; return whether it is safe now."""
        written = await self._try(
            self._outbox.put(
                kind=request.kind,
                practice_id=self._practice_id,
                call=self._call.model_copy(update={"language": language}),
                turn_id=turn_id,
                facts=_values(request.facts),
                details=request.details,
            )
        )
        if written is None:
            return False
        self._written(request, written)
        return True

    async def withdraw(self, request: ActionRequest) -> bool:
        """Take back an action of this call that its caller does not want any more; return whether that is safe now.

        What never left the house is gone without a word; otherwise the practice is told to undo it. The facts stay.
        """
        action_id = next((known for written, known in reversed(self._standing) if written == request), None)
        if action_id is None:
            _log.error("withdrawn_action_unknown", kind=str(request.kind))
            return False
        in_time = await self._try(self._outbox.withdraw(action_id))
        if in_time is None:
            return False
        self._standing = [(written, known) for written, known in self._standing if known != action_id]
        last = self._standing[-1][0].kind if self._standing else ActionKind.ACTION_WITHDRAWN
        self.outcome = str(last)
        if not in_time:
            self._tell_acted(str(ActionKind.ACTION_WITHDRAWN))
        await self.event("action_withdrawn", {"action": action_id, "kind": str(request.kind), "unsent": in_time})
        return True

    async def book(
        self, request: ActionRequest, language: Language, turn_id: int | None, *, deadline_s: float
    ) -> Delivery | None:
        """Write an action that books a slot and return what the practice's application answers to it.

        See ``Outbox.put_and_deliver``. Raise ``RecordsError`` when it could not be written.
        """
        return await self._outbox.put_and_deliver(
            kind=request.kind,
            practice_id=self._practice_id,
            call=self._call.model_copy(update={"language": language}),
            turn_id=turn_id,
            facts=_values(request.facts),
            details=request.details,
            deadline_s=deadline_s,
            committed=partial(self._written, request),
        )

    def slots_question(self, facts: Sequence[Fact], details: dict[str, str], language: Language) -> SlotsQuestion:
        """Return the question for the slots that fit ``facts``, as this call asks it."""
        return build_question(
            practice_id=self._practice_id,
            call=self._call.model_copy(update={"language": language}),
            facts=_values(facts),
            details=details,
            created_at=utc_now(),
        )

    def _written(self, request: ActionRequest, action_id: str) -> None:
        self.outcome = str(request.kind)
        self.actions_written += 1
        # Asked for twice it is the same action.
        self._standing = [(other, known) for other, known in self._standing if known != action_id]
        self._standing.append((request, action_id))
        self._tell_acted(self.outcome)

    def _tell_acted(self, kind: str) -> None:
        for observer in self._observers:
            observer.acted(kind)
        if self._figures is not None:
            self._figures.acted(kind)
        if self._trace is not None:
            self._trace.acted(kind)

    def interrupted(self, seconds: float, language: Language) -> None:
        """Take note that the caller interrupted: ``seconds`` after their first sound the gateway was silent."""
        if self._figures is not None:
            self._figures.interrupted(seconds, language)

    async def refuse_recording(self) -> None:
        """Delete the recording, which has been stopped, and stamp the refusal."""
        if self.recording is not None:
            await self._delete(self.recording)
        await self._try(self._journal.set_consent(self._call_id, "refused"))
        await self.event("recording_refused")

    async def _delete(self, recording: Path) -> None:
        """Delete a file; where the disk fails, or says nothing in time, it is done later, or by the next start."""
        deletion = asyncio.get_running_loop().run_in_executor(_DELETING, partial(recording.unlink, missing_ok=True))
        try:
            await asyncio.wait_for(asyncio.shield(deletion), _DELETION_DEADLINE_S)
        except (OSError, TimeoutError) as error:
            _log.error("recording_not_deleted", cause=str(error) or "the disk does not answer")

    async def transfer_ended(self, story: Mapping[str, object]) -> None:
        """Write how putting the caller through ended, and tell the practice's application where it wants to know."""
        if self._figures is not None:
            self._figures.transferred(story)
        await self.event("transfer_ended", dict(story))
        if self._reports:
            report = transfer_report(story)
            await self._try(
                self._outbox.put(
                    kind=report.kind,
                    practice_id=self._practice_id,
                    call=self._call.model_copy(update={"language": self._language or self._call.language}),
                    turn_id=None,
                    facts=report.facts,
                    details=report.details,
                )
            )

    async def event(self, name: str, data: dict[str, object] | None = None) -> None:
        """Write that something happened."""
        await self._try(self._journal.add_event(self._call_id, name, None, data))

    async def _try(self, writing: Coroutine[Any, Any, T]) -> T | None:
        try:
            return await writing
        except RecordsError as error:
            _log.error("record_not_written", error=type(error).__name__, detail=str(error))
            return None


def _values(facts: Sequence[Fact]) -> list[FactValue]:
    return [FactValue(str(fact.name), fact.value, fact.words, fact.confidence, fact.confirmed) for fact in facts]


def _quality(party: Party, statistics: LegStatistics) -> LegQuality:
    return LegQuality(
        party=party,
        codec=statistics.codec,
        encrypted=statistics.encrypted,
        seconds=round(statistics.position / TELEPHONE_RATE, 1),
        packets_received=statistics.packets_received,
        packets_lost=statistics.packets_lost,
        packets_late=statistics.packets_late,
        packets_duplicated=statistics.packets_duplicated,
        packets_rejected=statistics.packets_rejected,
        packets_sent=statistics.packets_sent,
        jitter_ms=statistics.jitter_ms,
        delay_ms=statistics.delay_ms,
        concealed_ms=statistics.concealed_ms,
        round_trip_ms=statistics.round_trip_ms,
        remote_fraction_lost=statistics.remote_fraction_lost,
        remote_jitter_ms=statistics.remote_jitter_ms,
        mos=statistics.mos,
    )
