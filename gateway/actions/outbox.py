"""The outbox: actions are committed with the facts that they rest on and delivered at least once, over restarts."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from gateway.actions.appointments import Appointment, AppointmentStatus, parse_appointment
from gateway.actions.client import DEADLINE_S, Accepted, ActionClient, Refused, TransientFault
from gateway.actions.kinds import ActionKind
from gateway.actions.model import SLOT, ActionCall, ActionPayload, build_action, without_slot
from gateway.actions.retry import RetrySchedule
from gateway.actions.waiting import Delivery, WaitingRoom
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionRecord, FactValue, NewAction

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
        self._claiming = asyncio.Lock()
        """Held from claiming actions until their attempts are listed: what is not listed counts as broken off."""
        self._writing: set[asyncio.Task[str]] = set()
        self._room = WaitingRoom()
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

    async def put_and_deliver(
        self,
        *,
        kind: ActionKind,
        practice_id: str,
        call: ActionCall,
        turn_id: int | None,
        facts: Sequence[FactValue],
        details: Mapping[str, str] | None = None,
        deadline_s: float,
    ) -> Delivery | None:
        """Commit an action like ``put``, deliver it at once, and return what the endpoint answers to it.

        None when there is no answer ``deadline_s`` after the action was committed: its delivery goes on with the same
        idempotency key, and where a slot turns out to be taken then, the wish follows without a slot. Cancelling this
        stops the waiting only, never the action. Raise ``RecordsError`` when it could not be committed.
        """
        action = build_action(
            kind=kind,
            practice_id=practice_id,
            call=call,
            facts=facts,
            details=details or {},
            created_at=self._clock(),
        )
        self._room.enter(action.id)
        action_id = action.id
        try:
            action_id = await asyncio.shield(self._write(self._put_first(call.id, turn_id, facts, action)))
            return await self._room.wait(action_id, deadline_s) if self._client is not None else None
        finally:
            unheard = self._room.leave(action_id)
            self._room.leave(action.id)
            if unheard is not None and _is_taken(unheard.appointment):
                self._write(self._request_without_slot(action.payload))

    def _write(self, writing: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
        """Begin to write something that has to be written even when nobody waits for it any more."""
        task = asyncio.create_task(writing, name="action-writing")
        self._writing.add(task)
        task.add_done_callback(self._written)
        return task

    def _written(self, task: asyncio.Task[str]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("action_not_committed", error=type(error).__name__, detail=str(error))

    async def _put_first(self, call_id: str, turn_id: int | None, facts: Sequence[FactValue], action: NewAction) -> str:
        """Commit an action and begin to deliver it before all others; return its id."""
        action_id = await self._journal.commit_action(call_id, turn_id, facts, action)
        if self._loop_task is not None:
            try:
                async with self._claiming:
                    claimed = await self._journal.actions.claim(action_id, self._clock())
                    if claimed is not None:
                        self._begin(claimed)
            except RecordsError as error:
                # It is committed, so the ordinary delivery finds it.
                _log.warning("action_not_claimed", action_id=action_id, detail=str(error))
        self.notify()
        return action_id

    async def _request_without_slot(self, payload: str) -> str:
        """Commit the wish whose slot could not be booked as one that the practice confirms by itself."""
        refused = ActionPayload.model_validate_json(payload)
        action = without_slot(refused, self._clock())
        action_id = await self._journal.commit_action(refused.call.id, None, (), action)
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
        if self._writing:
            await asyncio.wait(self._writing)
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
        async with self._claiming:
            if self._unsettled:
                await queue.release_interrupted(self._attempts)
                self._unsettled = False
            free = self._concurrency - len(self._attempts)
            for action in await queue.claim_due(self._clock(), free):
                self._begin(action)
        if len(self._attempts) >= self._concurrency:
            return None  # an attempt that ends wakes the loop
        due = await queue.next_due()
        return None if due is None else max((due - self._clock()).total_seconds(), 0.0)

    def _begin(self, action: ActionRecord) -> None:
        task = asyncio.create_task(self._attempt(action), name=f"action-{action.id}")
        self._attempts[action.id] = task
        task.add_done_callback(functools.partial(self._attempt_ended, action.id))

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
        with_slot = SLOT in ActionPayload.model_validate_json(action.payload).details
        try:
            result = await self._client.send(action.payload.encode(), action.idempotency_key, wants_answer=with_slot)
        except asyncio.CancelledError:
            await queue.retry_at(action.id, self._clock(), None, "broken off because the gateway stopped")
            raise
        log = _log.bind(action_id=action.id, call_id=action.call_id, kind=action.kind, attempt=action.attempts)
        if with_slot and isinstance(result, (Accepted, Refused)):
            await self._tell(action, result)
        if isinstance(result, Accepted):
            await queue.delivered(action.id, self._clock(), result.status)
            log.info("action_delivered", status=result.status)
        elif isinstance(result, Refused):
            await queue.failed(action.id, result.status, result.error)
            log.error("action_refused", status=result.status)
        else:
            await self._try_again(action, result)

    async def _tell(self, action: ActionRecord, result: Accepted | Refused) -> None:
        """Tell who waits what became of a slot; where it was not booked and nobody waits, let the wish follow."""
        appointment = parse_appointment(result.answer) if isinstance(result, Accepted) else None
        unheard = not self._room.expects(action.id)
        if appointment is None or (unheard and _is_taken(appointment)):
            # Before this action is settled: a crash in between makes the same one again.
            await self._request_without_slot(action.payload)
        self._room.tell(Delivery(action.id, appointment))

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


def _is_taken(appointment: Appointment | None) -> bool:
    return appointment is not None and appointment.status is AppointmentStatus.TAKEN
