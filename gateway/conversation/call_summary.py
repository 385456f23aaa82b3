"""Writes a call's summary into its record once it is over."""

from __future__ import annotations

import asyncio

import structlog

from gateway.dialogue.assistance.summary import (
    DEADLINE_MS,
    FinishedCall,
    checked_summary,
    summary_of_facts,
    summary_request,
)
from gateway.language_model.errors import LanguageModelError
from gateway.language_model.interface import ChatModel
from gateway.practice.profile import PracticeProfile
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal

_log = structlog.get_logger(__name__)


class CallSummariser:
    """Sums up calls in the practice's first language, by ``model`` where there is one."""

    def __init__(self, journal: Journal, model: ChatModel | None = None) -> None:
        self._journal = journal
        self._model = model

    async def write(self, call_id: str, profile: PracticeProfile) -> None:
        """Write the summary of a call that has ended. Never raises but when it is cancelled.

        The summary that rests on the facts alone is written first, so that the record has one whatever happens then.
        """
        try:
            story = await self._journal.call(call_id)
            if story is None:
                return
            language = profile.languages[0]
            call = FinishedCall(
                outcome=story.summary.outcome,
                facts={fact.name: fact.value for fact in story.current_facts},
                turns=tuple(turn.text for turn in story.turns if turn.speaker == "caller"),
            )
            await self._journal.set_summary(call_id, summary_of_facts(call, language, profile))
            worded = await self._worded(call, profile) if call.turns else None
            if worded is not None:
                await self._journal.set_summary(call_id, worded)
        except RecordsError as error:
            _log.error("summary_not_written", cause=str(error))

    async def _worded(self, call: FinishedCall, profile: PracticeProfile) -> str | None:
        if self._model is None:
            return None
        language = profile.languages[0]
        try:
            async with asyncio.timeout(DEADLINE_MS / 1000):
                text = await self._model.complete(summary_request(call, language, profile))
        except (LanguageModelError, TimeoutError) as error:
            _log.warning("summary_without_model", cause=str(error) or "no answer in time")
            return None
        return checked_summary(text, call, language, profile)
