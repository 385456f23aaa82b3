"""Reports: actions that ask for nothing and tell the practice how transfers, messages and calls ended.

They are sent with ``NEXTJS_REPORTS`` only: an endpoint that does not know them would show the staff each as a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.language import Language
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory, FactValue

CATCH_UP = timedelta(days=3)
"""How far back calls are looked for that ended without a report, because the gateway went down just then."""

_MESSAGE = ("recorded_message_from_s", "recorded_message_to_s")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What is told about a call, in the terms of an action."""

    kind: ActionKind
    facts: tuple[FactValue, ...]
    details: dict[str, str]


def transfer_report(story: Mapping[str, object]) -> Report:
    """Return how a transfer ended, from the data of the event ``transfer_ended``."""
    details = {name: str(value) for name, value in story.items() if value is not None}
    return Report(ActionKind.TRANSFER_ENDED, (), details)


def reports_of(story: CallStory) -> Iterator[Report]:
    """Yield what there is to tell of a call that is over: where its messages are, then that it has ended."""
    call = story.summary
    recorded = call.recording_path is not None and call.recording_consent != "refused"
    for action in story.actions:
        details = json.loads(action.payload)["details"]
        if recorded and action.kind == ActionKind.CALLBACK_REQUESTED and all(name in details for name in _MESSAGE):
            place = {name: details[name] for name in _MESSAGE}
            yield Report(ActionKind.MESSAGE_RECORDED, (), {"action": action.id, **place})
    if call.ended_at is None:
        return
    details = {
        "end_reason": call.end_reason or "unknown",
        "duration_s": f"{max((call.ended_at - call.started_at).total_seconds(), 0.0):.1f}",
        "recording_consent": call.recording_consent,
        "recorded": "true" if recorded else "false",
    }
    optional = {"outcome": call.outcome, "summary": call.summary, "language": call.language}
    details |= {name: str(value) for name, value in optional.items() if value is not None}
    facts = tuple(
        FactValue(fact.name, fact.value, fact.words, fact.confidence, fact.confirmed) for fact in story.current_facts
    )
    yield Report(ActionKind.CALL_ENDED, facts, details)


class CallReports:
    """Puts the reports of calls into the outbox. ``languages`` holds each practice's first language by its id."""

    def __init__(self, journal: Journal, outbox: Outbox, languages: Mapping[str, Language]) -> None:
        self._journal = journal
        self._outbox = outbox
        self._languages = languages

    async def write(self, call_id: str) -> None:
        """Put the reports of a call that is over; one that was reported before is not reported again. Never raises."""
        try:
            story = await self._journal.call(call_id)
            if story is None or any(action.kind == ActionKind.CALL_ENDED for action in story.actions):
                return
            for report in reports_of(story):
                await self._put(story, report)
        except RecordsError as error:
            _log.error("call_not_reported", call_id=call_id, error=type(error).__name__, detail=str(error))

    async def catch_up(self, now: datetime) -> int:
        """Report the calls that a stop or a crash left unreported; return how many. To be called at start."""
        missed = await self._journal.action_archive.calls_without(ActionKind.CALL_ENDED, now - CATCH_UP)
        for call_id in missed:
            await self.write(call_id)
        return len(missed)

    async def _put(self, story: CallStory, report: Report) -> None:
        call = story.summary
        await self._outbox.put(
            kind=report.kind,
            practice_id=call.practice_id,
            call=ActionCall(
                id=call.id,
                caller_number=call.caller_number,
                language=call.language or self._languages.get(call.practice_id, "de"),
                started_at=call.started_at,
            ),
            turn_id=None,
            facts=report.facts,
            details=report.details,
        )
