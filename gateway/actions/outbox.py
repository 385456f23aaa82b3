"""The outbox: actions are committed with the facts that they rest on and delivered at least once, over restarts."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from gateway.actions.client import DEADLINE_S, Accepted, ActionClient, Refused, TransientFault
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.actions.retry import RetrySchedule
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionRecord, FactValue

CONCURRENCY = 8
"""Attempts at a time: a slow answer to one call's action holds up only that call's next one."""

_FAULT_PAUSE_S = 5.0
_STOP_GRACE_S = 2.0

_log = structlog.get_logger(__name__)


class Outbox:
    """Takes actions and delivers them; without an endpoint they stay pending until there is one.

    Delivery is one task that sleeps until an action is due or ``notify`` wakes it, and one short task for each attempt.
    """

    def __init__(
        self,
        journal: Journal,
        endpoint: str | None,
        secret: str | None,
        *,
        clock: Callable[[], datetime] = utc_now,
        schedule: RetrySchedule | None = None,
        jitter: Callable[[], float] = random.random,
        deadline_s: float = DEADLINE_S,
        concurrency: int = CONCURRENCY,
    ) -> None:
        if endpoint is not None and not secret:
            raise ValueError("an endpoint needs a secret to sign with")
        self._journal = journal
        self._clock = clock
        self._schedule = schedule or RetrySchedule()
        self._jitter = jitter
        self._concurrency = concurrency
        self._client = (
            ActionClient(endpoint, secret, clock=clock, deadline_s=deadline_s) if endpoint and secret else None
        )
        self._wake = asyncio.Event()
        self._loop_task: asyncio.Task[None] | None = None
        self._attempts: dict[str, asyncio.Task[None]] = {}
        self._unsettled = False

    async def put(
        self,
        *,
        kind: ActionKind,
        practice_id: str,
        call: ActionCall,
        turn_id: int | None,
        facts: Sequence[FactValue],
        details: Mapping[str, str] | None = None,
    ) -> str:
        """Commit an action together with its facts, wake the delivery and return the action's id.

        The same request again in the same call is the same action. Raise ``RecordsError``.
        """
        action = build_action(
            kind=kind,
            practice_id=practice_id,
            call=call,
            facts=facts,
            details=details or {},
            created_at=self._clock(),
        )
        action_id = await self._journal.commit_action(call.id, turn_id, facts, action)
        self.notify()
        return action_id

    def notify(self) -> None:
        """Look for actions that are due."""
        self._wake.set()

    async def start(self) -> None:
        """Take up what a crash left in delivery and begin to deliver; does nothing without an endpoint."""
        interrupted = await self._journal.actions.release_interrupted()
        if interrupted:
            _log.info("actions_resumed", count=interrupted)
        if self._client is not None:
            self._loop_task = asyncio.create_task(self._deliver_forever(), name="outbox")

    async def stop(self) -> None:
        """Stop delivering: attempts under way get a moment to end, what they do not finish is due at the next start."""
        if self._loop_task is not None:
            self._loop_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop_task
            self._loop_task = None
        if self._attempts:
            _, unfinished = await asyncio.wait(self._attempts.values(), timeout=_STOP_GRACE_S)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _deliver_forever(self) -> None:
        while True:
            self._wake.clear()
            try:
                wait_s = await self._begin_attempts()
            except Exception:  # noqa: BLE001 - whatever it was, patients' requests still wait to be delivered
                _log.exception("action_delivery_interrupted")
                wait_s = _FAULT_PAUSE_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _begin_attempts(self) -> float | None:
        """Begin as many attempts as may run; return the seconds until the next one is due, None when none is."""
        queue = self._journal.actions
        if self._unsettled:
            await queue.release_interrupted(self._attempts)
            self._unsettled = False
        free = self._concurrency - len(self._attempts)
        for action in await queue.claim_due(self._clock(), free):
            task = asyncio.create_task(self._attempt(action), name=f"action-{action.id}")
            self._attempts[action.id] = task
            task.add_done_callback(functools.partial(self._attempt_ended, action.id))
        if len(self._attempts) >= self._concurrency:
            return None  # an attempt that ends wakes the loop
        due = await queue.next_due()
        return None if due is None else max((due - self._clock()).total_seconds(), 0.0)

    def _attempt_ended(self, action_id: str, task: asyncio.Task[None]) -> None:
        del self._attempts[action_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # What came of the attempt is not on record, so it counts as interrupted: at least once, never lost.
            _log.error("action_attempt_interrupted", action_id=action_id, exc_info=error)
            self._unsettled = True
        self._wake.set()

    async def _attempt(self, action: ActionRecord) -> None:
        assert self._client is not None  # noqa: S101 - without an endpoint nothing is claimed
        queue = self._journal.actions
        try:
            result = await self._client.send(action.payload.encode(), action.idempotency_key)
        except asyncio.CancelledError:
            await queue.retry_at(action.id, self._clock(), None, "broken off because the gateway stopped")
            raise
        log = _log.bind(action_id=action.id, call_id=action.call_id, kind=action.kind, attempt=action.attempts)
        if isinstance(result, Accepted):
            await queue.delivered(action.id, self._clock(), result.status)
            log.info("action_delivered", status=result.status)
        elif isinstance(result, Refused):
            await queue.failed(action.id, result.status, result.error)
            log.error("action_refused", status=result.status)
        else:
            await self._try_again(action, result)

    async def _try_again(self, action: ActionRecord, fault: TransientFault) -> None:
        now = self._clock()
        at = self._schedule.next_attempt(
            first_attempt_at=action.first_attempt_at or now,
            now=now,
            attempts=action.attempts,
            jitter=self._jitter(),
            retry_after_s=fault.retry_after_s,
        )
        log = _log.bind(action_id=action.id, call_id=action.call_id, kind=action.kind, attempt=action.attempts)
        if at is None:
            hours = self._schedule.give_up_s / 3600
            error = f"given up after {hours:g} hours; last: {fault.error}"
            await self._journal.actions.failed(action.id, fault.status, error)
            log.error("action_given_up", status=fault.status)
        else:
            await self._journal.actions.retry_at(action.id, at, fault.status, fault.error)
            log.warning("action_attempt_failed", status=fault.status, next_attempt_at=at.isoformat())
