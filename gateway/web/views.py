"""What the templates show: records turned into lines of text, so that a template decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionPayload
from gateway.language import Language
from gateway.practice.profile import PracticeProfile
from gateway.records.model import (
    ActionRecord,
    ActionStatus,
    CallStory,
    CallSummary,
    EventRecord,
    FactRecord,
    LegQuality,
    TurnRecord,
)
from gateway.web.fact_values import kind_name, shown_name, shown_value
from gateway.web.formats import clock_time, day, duration, phone, position_s
from gateway.web.staff_context import StaffContext
from gateway.web.wording import Wording

WORK_KINDS = (
    ActionKind.EMERGENCY_FLAGGED,
    ActionKind.APPOINTMENT_REQUESTED,
    ActionKind.APPOINTMENT_MOVE_REQUESTED,
    ActionKind.APPOINTMENT_CANCEL_REQUESTED,
    ActionKind.CALLBACK_REQUESTED,
)
"""What asks somebody of the practice to do something."""
_SURE = 0.6
"""Confidence from which a fact is not marked."""
_IN_HEAD = frozenset(("name", "patient_name", "phone"))
"""Facts that stand at the head of an item of work."""
_WAITING = frozenset((ActionStatus.PENDING, ActionStatus.DELIVERING))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value and what it is."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that is to be done, or was."""

    id: str
    call_id: str
    kind: str
    urgent: bool
    who: str
    number: str
    number_link: str
    language: Language
    at: str
    facts: tuple[Labelled, ...]
    words: str
    delivery: str
    failed: bool
    attempts: int
    status: int | None
    handled_by: str | None
    handled_at: str


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call in a list."""

    id: str
    at: str
    who: str
    number: str
    language: Language | None
    about: str
    urgent: bool
    lasted: str
    running: bool
    recorded: bool


@dataclass(frozen=True, slots=True)
class TurnLine:
    """Something that was said; ``at`` is where, in seconds of the recording."""

    id: int
    speaker: str
    text: str
    unheard: str
    at: float | None
    until: float | None
    clock: str


@dataclass(frozen=True, slots=True)
class FactLine:
    """Something that is known, and where it was said."""

    name: str
    label: str
    value: str
    raw: str
    words: str
    confirmed: bool
    unsure: bool
    corrected_by: str | None
    corrected_at: str
    before: str
    at: float | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that happened."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class CallView:
    """Everything of a call."""

    head: CallLine
    day: str
    practice: str
    ended: str
    summary: str
    number_link: str
    turns: tuple[TurnLine, ...]
    facts: tuple[FactLine, ...]
    work: tuple[WorkItem, ...]
    events: tuple[EventLine, ...]
    quality: tuple[str, ...]
    transcript_deleted: bool
    held: str


class Viewer:
    """Turns records into what one visitor reads."""

    def __init__(self, context: StaffContext, words: Wording) -> None:
        self._context = context
        self._words = words

    def work_item(self, action: ActionRecord, corrections: Mapping[str, str] | None = None) -> WorkItem:
        """Return an action as something to be done; ``corrections`` are values that hold in place of its own."""
        payload = ActionPayload.model_validate_json(action.payload)
        profile = self._context.practice(payload.practice_id)
        facts = {fact.name: fact.value for fact in payload.facts} | dict(corrections or {})
        number = facts.get("phone") or payload.call.caller_number
        who = facts.get("patient_name") or facts.get("name") or self._words("calls.unknown_caller")
        return WorkItem(
            id=action.id,
            call_id=action.call_id,
            kind=kind_name(action.kind, self._words),
            urgent=action.kind == ActionKind.EMERGENCY_FLAGGED,
            who=who if number is None or "name" in facts or "patient_name" in facts else phone(number),
            number=phone(number),
            number_link=number or "",
            language=payload.call.language,
            at=self._moment(action.created_at, profile.zone),
            facts=tuple(self._labelled(facts, profile)),
            words=str(payload.details.get("words") or ""),
            delivery=self._words(f"delivery.{action.status}"),
            failed=action.status is ActionStatus.FAILED,
            attempts=action.attempts,
            status=action.last_status,
            handled_by=action.handled_by,
            handled_at="" if action.handled_at is None else self._moment(action.handled_at, profile.zone),
        )

    def call_line(self, call: CallSummary) -> CallLine:
        """Return a call as a line of a list."""
        profile = self._context.practice(call.practice_id)
        ended = call.ended_at
        name = call.facts.get("name") or call.facts.get("patient_name")
        number = phone(call.caller_number)
        return CallLine(
            id=call.id,
            at=clock_time(call.started_at, profile.zone),
            who=name or number or self._words("calls.unknown_caller"),
            number=number,
            language=call.language,
            about=call.summary or kind_name(call.outcome, self._words),
            urgent=any(action.kind == ActionKind.EMERGENCY_FLAGGED for action in call.actions),
            lasted="" if ended is None else duration((ended - (call.answered_at or call.started_at)).total_seconds()),
            running=ended is None,
            recorded=not isinstance(self._context.recordings.find(call), str),
        )

    def call(self, story: CallStory) -> CallView:
        """Return everything of a call."""
        summary = story.summary
        profile = self._context.practice(summary.practice_id)
        turns = {turn.id: turn for turn in story.turns}
        hold = story.hold
        return CallView(
            head=self.call_line(summary),
            day=day(summary.started_at, profile.zone),
            practice=profile.name.in_language(self._words.language),
            ended="" if summary.end_reason is None else self._words("call.ended", reason=self._end(summary.end_reason)),
            summary=summary.summary or "",
            number_link=summary.caller_number or "",
            turns=tuple(self._turn(turn) for turn in story.turns),
            facts=tuple(self._facts(story.facts, turns, profile)),
            work=tuple(
                self.work_item(action, self._corrections(story))
                for action in story.actions
                if action.kind in WORK_KINDS
            ),
            events=tuple(self._events(story.events, profile.zone)),
            quality=tuple(self._quality(leg) for leg in story.legs),
            transcript_deleted=summary.transcript_deleted_at is not None,
            held=""
            if hold is None
            else self._words(
                "call.held", reason=hold.reason, who=hold.placed_by, when=self._moment(hold.placed_at, profile.zone)
            ),
        )

    def _moment(self, moment: datetime, zone: ZoneInfo) -> str:
        today = datetime.now(zone).date()
        time = clock_time(moment, zone)
        return time if moment.astimezone(zone).date() == today else f"{day(moment, zone)} {time}"

    def _labelled(self, facts: Mapping[str, str], profile: PracticeProfile) -> Iterator[Labelled]:
        for name, value in facts.items():
            if name not in _IN_HEAD:
                yield Labelled(shown_name(name, self._words), shown_value(name, value, self._words, profile))

    def _end(self, reason: str) -> str:
        return self._words.known("end", reason) or reason

    @staticmethod
    def _corrections(story: CallStory) -> Mapping[str, str]:
        return {fact.name: fact.value for fact in story.current_facts if fact.corrected_by is not None}

    @staticmethod
    def _turn(turn: TurnRecord) -> TurnLine:
        heard = turn.text if turn.heard_text is None else turn.heard_text
        at = position_s(turn.start_sample)
        return TurnLine(
            id=turn.id,
            speaker=turn.speaker,
            text=heard,
            unheard=turn.text[len(heard) :] if turn.text.startswith(heard) else "",
            at=at,
            until=position_s(turn.end_sample),
            clock="" if at is None else duration(at),
        )

    def _facts(
        self, facts: Sequence[FactRecord], turns: Mapping[int, TurnRecord], profile: PracticeProfile
    ) -> Iterator[FactLine]:
        for fact in facts:
            if fact.superseded_at is not None:
                continue
            turn = None if fact.turn_id is None else turns.get(fact.turn_id)
            before = _before(fact, facts) if fact.corrected_by is not None else None
            yield FactLine(
                name=fact.name,
                label=shown_name(fact.name, self._words),
                value=shown_value(fact.name, fact.value, self._words, profile),
                raw=fact.value,
                words=fact.words,
                confirmed=fact.confirmed and fact.corrected_by is None,
                unsure=not fact.confirmed and fact.confidence < _SURE,
                corrected_by=fact.corrected_by,
                corrected_at=self._moment(fact.created_at, profile.zone),
                before="" if before is None else shown_value(fact.name, before.value, self._words, profile),
                at=None if turn is None else position_s(turn.start_sample),
            )

    def _events(self, events: Sequence[EventRecord], zone: ZoneInfo) -> Iterator[EventLine]:
        for event in events:
            text = self._words.known("event", event.name)
            if text is not None:
                by = event.data.get("by")
                yield EventLine(clock_time(event.at, zone), f"{text} ({by})" if by else text)

    def _quality(self, leg: LegQuality) -> str:
        total = leg.packets_received + leg.packets_lost
        lost = 100 * leg.packets_lost / total if total else 0.0
        mos = "-" if leg.mos is None else f"{leg.mos:.1f}"
        return self._words("call.quality_line", codec=leg.codec, lost=f"{lost:.1f}", mos=mos)


def _before(fact: FactRecord, facts: Collection[FactRecord]) -> FactRecord | None:
    """Return what a corrected fact was before people changed it."""
    former = [other for other in facts if other.name == fact.name and other.corrected_by is None]
    return max(former, key=lambda other: other.created_at, default=None)


def is_waiting(action: ActionRecord) -> bool:
    """Tell whether an action is still on its way to the practice's application."""
    return action.status in _WAITING
