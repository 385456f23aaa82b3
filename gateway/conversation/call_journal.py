"""Writes one call's story to the records, in the dialogue's terms.

A fault of the database degrades the call and does not end it: what cannot be written is logged. Only an action that
could not be written is reported back, so that the caller isn't promised what never happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import structlog

from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.latency import Latency
from gateway.conversation.speaker import Spoken
from gateway.dialogue.model import ActionRequest, Fact
from gateway.language import Language
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import Consent, FactValue, NewTurn

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class CallJournal:
    """The story of one ``call``; ``recording`` is where it is recorded, if it is."""

    def __init__(
        self, journal: Journal, outbox: Outbox, call: ActionCall, practice_id: str, recording: Path | None = None
    ) -> None:
        self.outcome: str | None = None
        """What came of the call: the kind of the last action that was written."""
        self._journal = journal
        self._outbox = outbox
        self._call = call
        self._call_id = call.id
        self._practice_id = practice_id
        self.recording = recording
        """Where the call is recorded; None where it is not."""
        self._language: Language | None = None
        self._facts: tuple[Fact, ...] = ()

    async def answered(self) -> None:
        """Write that the call was answered, and whether it is recorded."""
        consent: Consent = "none" if self.recording is None else "announced"
        await self._try(self._journal.answer_call(self._call_id, utc_now(), self.recording, consent))

    async def ended(self, reason: str) -> None:
        """Write why the call ended and what came of it."""
        await self._try(self._journal.end_call(self._call_id, reason, self.outcome))

    def caller_turn(
        self, text: str, language: Language, confidence: float, span: tuple[int, int] | None
    ) -> asyncio.Task[int | None]:
        """Begin to write what the caller said between the positions ``span``; the task returns the turn's id."""
        start, end = span or (None, None)
        turn = NewTurn("caller", text, language, None, confidence, start, end)
        return asyncio.create_task(self._try(self._journal.add_turn(self._call_id, turn)), name="write-turn")

    async def gateway_turn(self, spoken: Spoken, language: Language, latency: Latency | None) -> None:
        """Write what the gateway said, and how much of it was heard."""
        marks = latency.as_dict() if latency is not None else {}
        turn = NewTurn("gateway", spoken.text, language, spoken.heard_text, None, spoken.start, spoken.end, marks)
        await self._try(self._journal.add_turn(self._call_id, turn))

    async def facts(self, facts: tuple[Fact, ...], language: Language, turn_id: int | None) -> None:
        """Write the facts as they are now, and the language, where they changed."""
        if language != self._language:
            await self._try(self._journal.set_language(self._call_id, language))
            self._language = language
        changed = [fact for fact in facts if fact not in self._facts]
        if changed:
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
        self.outcome = str(request.kind)
        return True

    async def refuse_recording(self) -> None:
        """Delete the recording, which has been stopped, and stamp the refusal."""
        if self.recording is not None:
            await asyncio.to_thread(self.recording.unlink, missing_ok=True)
        await self._try(self._journal.set_consent(self._call_id, "refused"))
        await self.event("recording_refused")

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
