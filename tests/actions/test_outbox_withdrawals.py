"""What becomes of actions that are taken back, sent again by somebody else, or put while the endpoint hangs."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from action_endpoint import answer, serve

from gateway.actions import delivery
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal, utc_now
from gateway.records.model import ActionStatus, FactValue, NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def journal(tmp_path):
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    yield journal
    await journal.close()


@pytest.fixture
async def endpoint():
    async with serve() as endpoint:
        yield endpoint


@pytest.fixture
async def outbox(journal, endpoint):
    outbox = Outbox(journal, endpoint.url, "s")
    yield outbox
    await outbox.stop()


@pytest.fixture
async def call_id(journal):
    return await journal.begin_call(NewCall("sip", "p", START))


async def put(outbox, call_id, name="Anna Keller"):
    return await outbox.put(
        kind=ActionKind.CALLBACK_REQUESTED,
        practice_id="p",
        call=ActionCall(id=call_id, caller_number=None, language="de", started_at=START),
        turn_id=None,
        facts=[FactValue("name", name, name, 0.9, True)],
    )


async def until(journal, call_id, condition):
    async with asyncio.timeout(10):
        while not condition(actions := (await journal.call(call_id)).actions):
            await asyncio.sleep(0.01)
    return actions


def all_delivered(actions):
    return all(action.status is ActionStatus.DELIVERED for action in actions)


async def test_what_was_never_sent_is_never_sent_and_can_be_asked_for_again(outbox, journal, endpoint, call_id):
    first = await put(outbox, call_id)
    assert await outbox.withdraw(first)
    again = await put(outbox, call_id)
    assert again != first
    await outbox.start()
    await until(journal, call_id, lambda actions: actions[1].status is ActionStatus.DELIVERED)
    assert [json.loads(body)["id"] for _, body in endpoint.requests] == [again]
    assert (await journal.call(call_id)).actions[0].status is ActionStatus.WITHDRAWN


async def test_what_was_sent_is_followed_by_a_withdrawal_that_names_it_once(outbox, journal, endpoint, call_id):
    await outbox.start()
    sent = await put(outbox, call_id)
    await until(journal, call_id, all_delivered)
    assert [await outbox.withdraw(sent) for _ in range(2)] == [False, False]
    action, withdrawal = await until(journal, call_id, lambda actions: len(actions) == 2 and all_delivered(actions))
    body = json.loads(withdrawal.payload)
    assert body["type"] == "action.withdrawn"
    assert body["details"] == {"action": sent, "idempotency_key": action.idempotency_key, "type": "callback.requested"}


async def test_what_was_withdrawn_after_it_was_sent_and_is_wanted_again_gets_another_key(outbox, journal, call_id):
    await outbox.start()
    sent = await put(outbox, call_id)
    await until(journal, call_id, all_delivered)
    await outbox.withdraw(sent)
    again = await put(outbox, call_id)
    actions = await until(journal, call_id, lambda actions: len(actions) == 3 and all_delivered(actions))
    assert len({action.idempotency_key for action in actions}) == 3
    assert json.loads(actions[2].payload)["details"] == {"asked_again": sent}
    assert actions[2].id == again


async def test_what_may_have_arrived_counts_as_sent(outbox, journal, endpoint, call_id):
    endpoint.script.append(answer(503))
    await outbox.start()
    sent = await put(outbox, call_id)
    await until(journal, call_id, lambda actions: actions[0].last_status == 503)
    assert not await outbox.withdraw(sent)
    assert [action.kind for action in (await journal.call(call_id)).actions][1:] == ["action.withdrawn"]


async def test_an_unknown_action_is_not_withdrawn(outbox, journal, call_id):
    assert not await outbox.withdraw("ffffffff")
    assert (await journal.call(call_id)).actions == ()


async def test_a_dead_letter_that_another_process_lets_be_due_is_taken_up(
    outbox, journal, endpoint, call_id, *, tmp_path, monkeypatch
):
    monkeypatch.setattr(delivery, "_LOOK_EVERY_S", 0.05)
    endpoint.script.append(answer(422))
    await outbox.start()
    dead = await put(outbox, call_id)
    await until(journal, call_id, lambda actions: actions[0].status is ActionStatus.FAILED)
    tool = await Journal.open(tmp_path / "gateway.sqlite3", beside_gateway=True)
    await tool.action_archive.retry([dead], utc_now())
    await tool.close()
    (action,) = await until(journal, call_id, all_delivered)
    assert action.attempts == 1
    assert len({headers["idempotency-key"] for headers, _ in endpoint.requests}) == 1


async def test_a_call_goes_on_putting_actions_while_the_endpoint_hangs_for_its_whole_deadline(
    outbox, journal, endpoint, call_id
):
    hang = asyncio.Event()
    endpoint.script.append(hang)
    await outbox.start()
    await put(outbox, call_id, "first")
    await until(journal, call_id, lambda actions: actions[0].status is ActionStatus.DELIVERING)
    for number in range(20):
        await put(outbox, call_id, f"Patient {number}")
    actions = (await journal.call(call_id)).actions  # all committed, and nothing was answered yet
    assert [action.status for action in actions] == [ActionStatus.DELIVERING] + [ActionStatus.PENDING] * 20
    hang.set()


async def test_a_fault_of_the_database_that_stays_does_not_become_a_flood_of_requests(
    outbox, journal, endpoint, call_id, monkeypatch
):
    paused = asyncio.Event()

    async def pause(seconds):
        paused.set()
        await asyncio.Event().wait()

    async def fail(*_):
        raise RecordsError("The disk is full.")

    monkeypatch.setattr(journal.actions, "delivered", fail)
    monkeypatch.setattr(delivery.asyncio, "sleep", pause)
    await outbox.start()
    await put(outbox, call_id)
    await asyncio.wait_for(paused.wait(), 10)
    assert len(endpoint.requests) == 2  # the first is made good at once, the second only after a pause
