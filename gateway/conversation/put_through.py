"""A call's transfers: one at a time, written down, called off when the caller is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from gateway.conversation.call_journal import CallJournal
from gateway.conversation.transfer import TransferAttempt, Transferrer, TransferResult

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FinishedTransfer:
    """A transfer is over."""

    result: TransferResult


class CallTransfers:
    """Runs a transfer in a task and reports its end to ``report``; one that is called off reports nothing.

    ``before_connecting`` is awaited before the caller and a person hear each other. ``watch`` is handed the task, to
    learn of faults. Without a ``transferrer`` every transfer fails.
    """

    def __init__(
        self,
        transferrer: Transferrer | None,
        journal: CallJournal,
        *,
        before_connecting: Callable[[], Awaitable[None]],
        report: Callable[[FinishedTransfer], None],
        watch: Callable[[asyncio.Task[None]], asyncio.Task[None]],
    ) -> None:
        self.connected = False
        """Whether the caller has been connected with a person."""
        self._transferrer = transferrer
        self._journal = journal
        self._before_connecting = before_connecting
        self._report = report
        self._watch = watch
        self._task: asyncio.Task[None] | None = None

    @property
    def under_way(self) -> bool:
        """Whether the caller is being put through, or talks with a person."""
        return self._task is not None

    def begin(self, target_id: str) -> None:
        """Begin to put the caller through."""
        attempt = TransferAttempt(target_id, self._before_connecting)
        self._task = self._watch(asyncio.create_task(self._run(attempt), name="transfer"))

    async def end(self) -> None:
        """Call off what is under way and wait until that is written down; harmless when nothing is."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, attempt: TransferAttempt) -> None:
        await self._journal.event("transfer_started", {"target": attempt.target_id})
        result = TransferResult.CALLER_LEFT
        try:
            if self._transferrer is None:
                result = TransferResult.FAILED
            else:
                result = await self._transferrer.transfer(attempt)
        finally:
            if attempt.connected:
                result = TransferResult.COMPLETED
            self.connected = result is TransferResult.COMPLETED
            _log.info("transfer_ended", **attempt.story(result))
            await self._journal.transfer_ended(attempt.story(result))
            if attempt.sound is not None:
                await self._journal.leg_ended("person", attempt.sound)
        self._task = None
        self._report(FinishedTransfer(result))
