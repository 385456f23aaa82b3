"""``gateway actions``: what goes to the practice's application, where it stands, and sending it again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, Settings, load_settings
from gateway.records.action_archive import Retry, RetryResult
from gateway.records.address import address_of
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionRecord, ActionStatus


def list_actions(state: str | None, *, limit: int, as_json: bool) -> int:
    """Print the latest actions without anything that callers said; return the exit code."""
    try:
        wanted = None if state is None else ActionStatus(state)
    except ValueError:
        return fail(f"There is no state {state}; there are {', '.join(ActionStatus)}.")

    async def work(settings: Settings) -> int:
        async with _records(settings) as journal:
            actions = await journal.action_archive.list(wanted, limit)
        if as_json:
            print(json.dumps([_summary(action) for action in actions], indent=2))
        else:
            print("\n".join(_line(action) for action in actions) or "No actions.")
        return 0

    return _run(work)


def show_action(action_id: str) -> int:
    """Print one action with everything that is sent; return the exit code."""

    async def work(settings: Settings) -> int:
        async with _records(settings) as journal:
            found = await journal.action_archive.find(action_id)
        if len(found) != 1:
            return fail(_not_one(action_id, several=bool(found)))
        print("\n".join(_story(found[0])))
        return 0

    return _run(work)


def retry_actions(ids: Sequence[str], *, all_dead: bool) -> int:
    """Let dead letters be sent again; return the exit code: 1 where one that was named will not be, 2 for wrong use.

    A gateway that is running takes them up within a second, another one when it starts.
    """
    if all_dead == bool(ids):
        fail("Name actions by their ids, or give --all-dead.")
        return 2

    async def work(settings: Settings) -> int:
        async with _records(settings, writing=True) as journal:
            archive = journal.action_archive
            results = await (archive.retry_all(utc_now()) if all_dead else archive.retry(ids, utc_now()))
        for retry in results:
            print(_told(retry)) if retry.result is RetryResult.QUEUED else fail(_told(retry))
        queued = sum(retry.result is RetryResult.QUEUED for retry in results)
        print(f"{queued} of {len(results)} will be sent again." if results else "There are no dead letters.")
        if queued and settings.nextjs_action_endpoint is None:
            print("They wait until NEXTJS_ACTION_ENDPOINT is set.")
        return 0 if queued == len(results) or all_dead else 1

    return _run(work)


def print_schema() -> int:
    """Print the JSON Schema of the actions; return the exit code."""
    from gateway.actions.schema import schema_text

    print(schema_text(), end="")
    return 0


def _run(work: Callable[[Settings], Awaitable[int]]) -> int:
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return fail(str(error))
    address = address_of(settings)
    if isinstance(address, Path) and not address.exists():
        return fail(f"There are no records yet: {address} does not exist.")

    async def run() -> int:
        return await work(settings)

    try:
        return asyncio.run(run())
    except RecordsError as error:
        return fail(str(error))


@asynccontextmanager
async def _records(settings: Settings, *, writing: bool = False) -> AsyncIterator[Journal]:
    journal = await Journal.open(address_of(settings), read_only=not writing, beside_gateway=writing)
    try:
        yield journal
    finally:
        await journal.close()


def _local(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%d.%m.%Y %H:%M:%S")


def _line(action: ActionRecord) -> str:
    # What the endpoint answered may repeat what it was sent, so here there is only its status.
    answer = f"HTTP {action.last_status}" if action.last_status else "no answer" if action.attempts else ""
    due = f"due {_local(action.next_attempt_at)}" if action.next_attempt_at and action.attempts else ""
    parts = (
        action.id,
        _local(action.created_at),
        action.kind,
        action.status,
        f"attempts {action.attempts}",
        answer,
        due,
    )
    return "  ".join(part for part in parts if part)


def _summary(action: ActionRecord) -> dict[str, object]:
    def iso(moment: dt.datetime | None) -> str | None:
        return None if moment is None else moment.isoformat()

    return {
        "id": action.id,
        "call_id": action.call_id,
        "type": action.kind,
        "state": action.status.value,
        "attempts": action.attempts,
        "last_status": action.last_status,
        "created_at": iso(action.created_at),
        "next_attempt_at": iso(action.next_attempt_at),
        "delivered_at": iso(action.delivered_at),
    }


def _story(action: ActionRecord) -> Iterator[str]:
    yield f"Action {action.id}"
    yield f"  type       {action.kind}"
    yield f"  call       {action.call_id}"
    yield f"  made       {_local(action.created_at)}"
    yield f"  state      {action.status} after {action.attempts} attempts"
    if action.first_attempt_at is not None:
        yield f"  first try  {_local(action.first_attempt_at)}"
    if action.delivered_at is not None:
        yield f"  delivered  {_local(action.delivered_at)} (HTTP {action.last_status})"
    elif action.last_error:
        yield f"  last       {action.last_error}"
    if action.next_attempt_at is not None:
        yield f"  next try   {_local(action.next_attempt_at)}"
    yield f"  key        {action.idempotency_key}"
    yield "Body"
    yield json.dumps(json.loads(action.payload), ensure_ascii=False, indent=2)


def _told(retry: Retry) -> str:
    match retry.result:
        case RetryResult.QUEUED:
            return f"{retry.action.id if retry.action else retry.wanted} is due now."
        case RetryResult.NOT_DEAD:
            state = retry.action.status if retry.action else "unknown"
            return f"{retry.wanted} is not a dead letter: it is {state}."
        case RetryResult.FOLLOWED:
            return f"{retry.wanted} names a slot that was not booked; the wish was sent again without one."
        case RetryResult.AMBIGUOUS | RetryResult.UNKNOWN:
            return _not_one(retry.wanted, several=retry.result is RetryResult.AMBIGUOUS)


def _not_one(wanted: str, *, several: bool) -> str:
    return f"{'More than one' if several else 'No'} action's id begins with {wanted}."
