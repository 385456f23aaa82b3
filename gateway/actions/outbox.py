"""The outbox: actions are committed with the facts that they rest on, delivered, and taken back where callers do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from gateway.actions.client import DEADLINE_S, ActionClient
from gateway.actions.delivery import CONCURRENCY, ActionDelivery, is_taken
from gateway.actions.delivery_metrics import DeliveryMetrics
from gateway.actions.delivery_trace import DeliveryTraces
from gateway.actions.kinds import ActionKind
from gateway.actions.model import (
    ASKED_AGAIN,
    SLOT,
    SLOT_NOT_BOOKED,
    ActionCall,
    ActionPayload,
    build_action,
    withdrawal,
    without_slot,
)
from gateway.actions.retry import RetrySchedule
from gateway.actions.waiting import Delivery, WaitingRoom
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionRecord, ActionStatus, FactValue, NewAction

_STOP_GRACE_S = 2.0

_log = structlog.get_logger(__name__)


class Outbox:
    """Takes actions and delivers them; without an endpoint they stay pending until there is one.

    What is put is committed, never sent by the one who puts it: no caller waits for the endpoint, except for a booking.
    While the endpoint's secret is being replaced, ``previous_secret`` signs beside ``secret``.
    """

    def __init__(
        self,
        journal: Journal,
        endpoint: str | None,
        secret: str | None,
        *,
        previous_secret: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        schedule: RetrySchedule | None = None,
        jitter: Callable[[], float] = random.random,
        deadline_s: float = DEADLINE_S,
        concurrency: int = CONCURRENCY,
        metrics: DeliveryMetrics | None = None,
        traces: DeliveryTraces | None = None,
    ) -> None:
        if endpoint is not None and not secret:
            raise ValueError("an endpoint needs a secret to sign with")
        self._journal = journal
        self._clock = clock
        self._writing: set[asyncio.Task[str]] = set()
        self._room = WaitingRoom()
        self._withdrawn: set[str] = set()
        """Actions that their callers took back after they had been sent."""
        self._delivery: ActionDelivery | None = None
        if endpoint is not None and secret:
            client = ActionClient(endpoint, secret, previous_secret=previous_secret, clock=clock, deadline_s=deadline_s)
            self._delivery = ActionDelivery(
                journal,
                client,
                self._room,
                self._request_without_slot,
                clock=clock,
                schedule=schedule,
                jitter=jitter,
                concurrency=concurrency,
                metrics=metrics,
                traces=traces,
            )

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
        if action_id in self._withdrawn:
            # It was taken back and is wanted again: the practice has seen its key, so it needs another one.
            again = {**(details or {}), ASKED_AGAIN: action_id}
            return await self.put(
                kind=kind, practice_id=practice_id, call=call, turn_id=turn_id, facts=facts, details=again
            )
        self.notify()
        return action_id

    async def withdraw(self, action_id: str) -> bool:
        """Take back an action whose call goes on, because the caller did; return whether it never left the house.

        One that was sent, or may have been, is followed by an ``action.withdrawn`` that names it: the practice has to
        undo what it did. Raise ``RecordsError``; an unknown id changes nothing and counts as sent.
        """
        if await self._journal.action_archive.withdraw(action_id):
            return True
        found = await self._journal.action_archive.find(action_id)
        if len(found) == 1 and found[0].status is not ActionStatus.WITHDRAWN:
            sent = found[0]
            self._withdrawn.add(sent.id)
            await self._journal.commit_action(sent.call_id, None, (), withdrawal(sent, self._clock()))
            self.notify()
            await self._withdraw_follower(sent)
        return False

    async def _withdraw_follower(self, sent: ActionRecord) -> None:
        """Take back as well the wish without a slot that followed ``sent``, whose slot could not be booked."""
        slot = ActionPayload.model_validate_json(sent.payload).details.get(SLOT)
        story = await self._journal.call(sent.call_id) if slot is not None else None
        for other in story.actions if story is not None else ():
            if other.id not in self._withdrawn and SLOT_NOT_BOOKED in other.payload:
                details = ActionPayload.model_validate_json(other.payload).details
                if other.kind == sent.kind and details.get(SLOT_NOT_BOOKED) == slot:
                    await self.withdraw(other.id)

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
        committed: Callable[[str], None] | None = None,
    ) -> Delivery | None:
        """Commit an action like ``put``, deliver it at once, and return what the endpoint answers to it.

        None when there is no answer ``deadline_s`` after the action was committed: its delivery goes on with the same
        idempotency key, and where a slot turns out to be taken then, the wish follows without a slot. Cancelling this
        stops the waiting only, never the action. ``committed`` is told the action's id once it is safe. Raise
        ``RecordsError`` when it could not be committed.
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
            action_id = await asyncio.shield(self._write(self._put_first(call.id, turn_id, facts, action, committed)))
            return await self._room.wait(action_id, deadline_s) if self._delivery is not None else None
        finally:
            unheard = self._room.leave(action_id)
            self._room.leave(action.id)
            if unheard is not None and is_taken(unheard.appointment):
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

    async def _put_first(
        self,
        call_id: str,
        turn_id: int | None,
        facts: Sequence[FactValue],
        action: NewAction,
        committed: Callable[[str], None] | None,
    ) -> str:
        """Commit an action and begin to deliver it before all others; return its id."""
        action_id = await self._journal.commit_action(call_id, turn_id, facts, action)
        if committed is not None:
            committed(action_id)
        if self._delivery is not None:
            await self._delivery.begin_with(action_id)
        self.notify()
        return action_id

    async def _request_without_slot(self, payload: str) -> str:
        """Commit the wish whose slot could not be booked as one that the practice confirms by itself.

        Nothing is committed where the caller has taken it back.
        """
        refused = ActionPayload.model_validate_json(payload)
        if refused.id in self._withdrawn:
            return refused.id
        action = without_slot(refused, self._clock())
        action_id = await self._journal.commit_action(refused.call.id, None, (), action)
        self.notify()
        return action_id

    def notify(self) -> None:
        """Look for actions that are due."""
        if self._delivery is not None:
            self._delivery.notify()

    async def start(self) -> None:
        """Take up what a crash left in delivery and begin to deliver; does nothing more without an endpoint.

        Raise ``EndpointUnusable`` where nothing could ever be sent.
        """
        interrupted = await self._journal.actions.release_interrupted()
        if interrupted:
            _log.info("actions_resumed", count=interrupted)
        if self._delivery is not None:
            self._delivery.start()

    async def stop(self) -> None:
        """Stop delivering: attempts under way get a moment to end, what they do not finish is due at the next start."""
        if self._delivery is not None:
            await self._delivery.stop()
        if self._writing:
            await asyncio.wait(self._writing)
        if self._delivery is not None:
            await self._delivery.finish(_STOP_GRACE_S)
