"""The order in which actions are handed out, and how their attempts are noted."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.actions.kinds import ActionKind
from gateway.records.action_queue import URGENT_KINDS
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, NewAction, NewCall

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def journal(tmp_path):
    journal = await Journal.open(tmp_path / "gateway.sqlite3", clock=lambda: NOW)
    yield journal
    await journal.close()


async def call_with_actions(journal, *keys):
    call_id = await journal.begin_call(NewCall("sip", "practice", NOW))
    for key in keys:
        await journal.commit_action(call_id, None, [], NewAction(key, "callback.requested", "{}", key))
    return call_id


async def claimed(journal, limit=10, now=NOW):
    return [action.id for action in await journal.actions.claim_due(now, limit)]


async def test_only_the_oldest_open_action_of_a_call_is_handed_out(journal):
    await call_with_actions(journal, "a1", "a2")
    await call_with_actions(journal, "b1")
    assert await claimed(journal) == ["a1", "b1"]
    assert await claimed(journal) == []
    await journal.actions.delivered("a1", NOW, 200)
    assert await claimed(journal) == ["a2"]


async def test_a_failed_action_does_not_hold_up_the_next_one_and_a_waiting_one_does(journal):
    await call_with_actions(journal, "a1", "a2", "a3")
    await claimed(journal)
    await journal.actions.failed("a1", 422, "HTTP 422")
    assert await claimed(journal) == ["a2"]
    await journal.actions.retry_at("a2", NOW + timedelta(minutes=1), 503, "HTTP 503")
    assert await claimed(journal) == []
    assert await journal.actions.next_due() == NOW + timedelta(minutes=1)
    assert await claimed(journal, now=NOW + timedelta(minutes=1)) == ["a2"]


async def test_no_more_are_handed_out_than_asked_for(journal):
    for key in "abc":
        await call_with_actions(journal, key)
    assert await claimed(journal, limit=0) == []
    assert await claimed(journal, limit=2) == ["a", "b"]
    assert await claimed(journal, limit=2) == ["c"]


async def test_an_attempt_is_counted_when_it_is_handed_out(journal):
    call_id = await call_with_actions(journal, "a")
    await claimed(journal)
    await journal.actions.retry_at("a", NOW, None, "no answer within 10 s")
    await claimed(journal, now=NOW + timedelta(seconds=5))
    (action,) = (await journal.call(call_id)).actions
    assert (action.attempts, action.first_attempt_at, action.status) == (2, NOW, ActionStatus.DELIVERING)
    assert action.last_error == "no answer within 10 s"


async def test_what_was_in_delivery_is_due_again_after_a_crash_except_what_still_is(journal):
    await call_with_actions(journal, "a")
    await call_with_actions(journal, "b")
    await claimed(journal)
    assert await journal.actions.release_interrupted({"a"}) == 1
    assert await claimed(journal) == ["b"]
    assert await journal.actions.release_interrupted() == 2


async def test_counts_and_next_due_tell_where_actions_stand(journal):
    assert await journal.actions.next_due() is None
    await call_with_actions(journal, "a", "b")
    await claimed(journal)
    await journal.actions.delivered("a", NOW, 201)
    counts = await journal.actions.counts()
    assert counts[ActionStatus.PENDING] == 1
    assert counts[ActionStatus.DELIVERED] == 1
    assert counts[ActionStatus.FAILED] == 0
    assert await journal.actions.next_due() == NOW


async def test_an_action_that_is_not_there_is_told(journal):
    with pytest.raises(RecordsError, match="There is no action x"):
        await journal.actions.delivered("x", NOW, 200)


async def test_an_emergency_waits_for_no_other_action_and_holds_up_none(journal):
    await call_with_actions(journal, "a1")
    call_id = (await journal.calls())[0].id
    await claimed(journal)  # a1 is on its way, or cannot be delivered for hours
    for key, kind in (("a2", "callback.requested"), ("alarm", "emergency.flagged"), ("a3", "callback.requested")):
        await journal.commit_action(call_id, None, [], NewAction(key, kind, "{}", key))
    await call_with_actions(journal, "b1")
    assert await claimed(journal) == ["alarm", "b1"]
    await journal.actions.failed("a1", 422, "refused")
    assert await claimed(journal) == ["a2"]


def test_an_emergency_is_urgent():
    assert URGENT_KINDS == (ActionKind.EMERGENCY_FLAGGED,)
