"""Delivers the actions of the outbox at least once: when each is due, one attempt at a time, over restarts."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from gateway.actions.appointments import Appointment, AppointmentStatus, parse_appointment
from gateway.actions.client import Accepted, ActionClient, Refused, TransientFault
from gateway.actions.delivery_metrics import DeliveryMetrics, Result
from gateway.actions.delivery_trace import DeliveryTraces
from gateway.actions.model import SLOT, ActionPayload
from gateway.actions.retry import RetrySchedule
from gateway.actions.waiting import Delivery, WaitingRoom
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import ActionRecord

CONCURRENCY = 8
"""Attempts at a time: a slow answer to one call's action holds up only that call's next one."""

_FAULT_PAUSE_S = 5.0
_LOOK_EVERY_S = 1.0
"""How often the database is looked at for actions that another process made due: ``gateway actions retry`` does."""

_log = structlog.get_logger(__name__)


class ActionDelivery:
    """One task that sleeps until an action is due or ``notify`` wakes it, and one short task for each attempt.

    ``room`` is told what becomes of slots; ``follow`` commits the wish of a payload whose slot could not be booked
    and of which nobody is told; ``metrics`` count the attempts, ``traces`` time each.
    """

    def __init__(
        self,
        journal: Journal,
        client: ActionClient,
        room: WaitingRoom,
        follow: Callable[[str], Awaitable[object]],
        *,
        clock: Callable[[], datetime],
        schedule: RetrySchedule | None = None,
        jitter: Callable[[], float] = random.random,
        concurrency: int = CONCURRENCY,
        metrics: DeliveryMetrics | None = None,
        traces: DeliveryTraces | None = None,
    ) -> None:
        self._queue = journal.actions
        self._client = client
        self._room = room
        self._follow = follow
        self._clock = clock
        self._schedule = schedule or RetrySchedule()
        self._jitter = jitter
        self._concurrency = concurrency
        self._metrics = metrics
        self._traces = traces
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._attempts: dict[str, asyncio.Task[None]] = {}
        self._claiming = asyncio.Lock()
        """Held from claiming actions until their attempts are listed: what is not listed counts as broken off."""
        self._broken_off = 0
        """Attempts in a row of which it could not be recorded what came of them."""

    def notify(self) -> None:
        """Look for actions that are due."""
        self._wake.set()

    def start(self) -> None:
        """Begin to deliver; raise ``EndpointUnusable`` where nothing could ever be sent."""
        self._client.prepare()
        self._task = asyncio.create_task(self._deliver_forever(), name="outbox")

    async def stop(self) -> None:
        """Begin no more attempts."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def finish(self, grace_s: float) -> None:
        """Give attempts under way a moment to end; what they do not finish is due at the next start."""
        if self._attempts:
            _, unfinished = await asyncio.wait(self._attempts.values(), timeout=grace_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        await self._client.close()

    async def begin_with(self, action_id: str) -> None:
        """Begin to deliver an action that was committed just now before all others, unless another has to go first."""
        if self._task is None:
            return
        try:
            async with self._claiming:
                claimed = await self._queue.claim(action_id, self._clock())
                if claimed is not None:
                    self._begin(claimed)
        except RecordsError as error:
            # It is committed, so the ordinary delivery finds it.
            _log.warning("action_not_claimed", action_id=action_id, detail=str(error))

    async def _deliver_forever(self) -> None:
        while True:
            if self._broken_off > 1:
                # The first is made good at once; a fault that stays must not become a flood of requests.
                await asyncio.sleep(_FAULT_PAUSE_S)
            self._wake.clear()
            try:
                wait_s = await self._begin_attempts()
            except Exception:  # noqa: BLE001 - whatever it was, patients' requests still wait to be delivered
                _log.exception("action_delivery_interrupted")
                wait_s = _FAULT_PAUSE_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _begin_attempts(self) -> float:
        """Begin as many attempts as may run; return the seconds until it makes sense to look again."""
        async with self._claiming:
            if self._broken_off:
                await self._queue.release_interrupted(self._attempts)
            due = await self._queue.next_due()
            free = self._concurrency - len(self._attempts)
            if due is not None and due <= self._clock() and free > 0:
                for action in await self._queue.claim_due(self._clock(), free):
                    self._begin(action)
                due = await self._queue.next_due()
        if due is None or len(self._attempts) >= self._concurrency:
            return _LOOK_EVERY_S  # an attempt that ends wakes the loop
        return min(max((due - self._clock()).total_seconds(), 0.0), _LOOK_EVERY_S)

    def _begin(self, action: ActionRecord) -> None:
        task = asyncio.create_task(self._counted(action), name=f"action-{action.id}")
        self._attempts[action.id] = task
        task.add_done_callback(functools.partial(self._attempt_ended, action.id))

    def _attempt_ended(self, action_id: str, task: asyncio.Task[None]) -> None:
        del self._attempts[action_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # What came of the attempt is not on record, so it counts as interrupted: at least once, never lost.
            _log.error("action_attempt_interrupted", action_id=action_id, exc_info=error)
            self._broken_off += 1
        elif not task.cancelled():
            self._broken_off = 0
        self._wake.set()

    async def _counted(self, action: ActionRecord) -> None:
        began = time.monotonic()
        trace = None if self._traces is None else self._traces.begin(action)
        result: Result = "interrupted"
        try:
            result = await self._attempt(action, {} if trace is None else trace.headers)
        finally:
            if trace is not None:
                trace.end(result)
            if self._metrics is not None:
                self._metrics.observe(action.kind, result, time.monotonic() - began)

    async def _attempt(self, action: ActionRecord, headers: Mapping[str, str]) -> Result:
        """Make an attempt, with ``headers`` on its request, and write down what came of it; return that."""
        with_slot = SLOT in ActionPayload.model_validate_json(action.payload).details
        try:
            result = await self._client.send(
                action.payload.encode(), action.idempotency_key, wants_answer=with_slot, headers=headers
            )
        except asyncio.CancelledError:
            await self._queue.retry_at(action.id, self._clock(), None, "broken off because the gateway stopped")
            raise
        log = _log.bind(action_id=action.id, call_id=action.call_id, kind=action.kind, attempt=action.attempts)
        if with_slot and isinstance(result, (Accepted, Refused)):
            await self._tell(action, result)
        if isinstance(result, Accepted):
            await self._queue.delivered(action.id, self._clock(), result.status)
            log.info("action_delivered", status=result.status)
            return "delivered"
        if isinstance(result, Refused):
            await self._queue.failed(action.id, result.status, result.error)
            log.error("action_refused", status=result.status)
            return "refused"
        return await self._try_again(action, result)

    async def _tell(self, action: ActionRecord, result: Accepted | Refused) -> None:
        """Tell who waits what became of a slot; where it was not booked and nobody waits, let the wish follow."""
        appointment = parse_appointment(result.answer) if isinstance(result, Accepted) else None
        unheard = not self._room.expects(action.id)
        if appointment is None or (unheard and is_taken(appointment)):
            # Before this action is settled: a crash in between makes the same one again.
            await self._follow(action.payload)
        self._room.tell(Delivery(action.id, appointment))

    async def _try_again(self, action: ActionRecord, fault: TransientFault) -> Result:
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
            await self._queue.failed(action.id, fault.status, error)
            log.error("action_given_up", status=fault.status)
            return "given_up"
        await self._queue.retry_at(action.id, at, fault.status, fault.error)
        log.warning("action_attempt_failed", status=fault.status, next_attempt_at=at.isoformat())
        return "unavailable"


def is_taken(appointment: Appointment | None) -> bool:
    """Tell whether somebody else has the slot."""
    return appointment is not None and appointment.status is AppointmentStatus.TAKEN
