"""What the practice's application is told of calls that are over."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.actions.contract import ACTION
from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.actions.reports import CallReports
from gateway.records.journal import Journal
from gateway.records.model import FactValue, NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MESSAGE = {"recorded_message_from_s": "3.0", "recorded_message_to_s": "9.5"}


class Clock:
    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def journal(tmp_path, clock):
    journal = await Journal.open(tmp_path / "gateway.sqlite3", clock=clock)
    yield journal
    await journal.close()


@pytest.fixture
def outbox(journal, clock):
    return Outbox(journal, None, None, clock=clock)


@pytest.fixture
def reports(journal, outbox):
    return CallReports(journal, outbox, {"p": "fr"})


async def a_call(journal, clock, *, consent="announced", ended=True):
    call_id = await journal.begin_call(NewCall("sip", "p", clock.now, caller_number="+41791234567"))
    await journal.answer_call(call_id, clock.now, Path("call.wav") if consent != "none" else None, consent)
    await journal.save_facts(call_id, None, [FactValue("name", "Anna", "Anna", 0.9, True)])
    if ended:
        clock.now += timedelta(seconds=62.4)
        await journal.end_call(call_id, "caller_hung_up", "callback.requested")
    return call_id


async def callback(outbox, call_id, details):
    call = ActionCall(id=call_id, caller_number=None, language="fr", started_at=START)
    kind = ActionKind.CALLBACK_REQUESTED
    return await outbox.put(kind=kind, practice_id="p", call=call, turn_id=None, facts=[], details=details)


async def payloads(journal, call_id):
    return [json.loads(action.payload) for action in (await journal.call(call_id)).actions]


async def test_a_call_is_reported_with_what_is_known_at_its_end(journal, reports, clock):
    call_id = await a_call(journal, clock)
    await journal.set_summary(call_id, "Anna wants a call back.")
    await reports.write(call_id)
    (ended,) = await payloads(journal, call_id)
    ACTION.validate_python(ended)
    assert ended["type"] == "call.ended"
    assert ended["call"]["language"] == "fr"  # the practice's first, since none was spoken
    assert [(fact["name"], fact["value"], fact["confirmed"]) for fact in ended["facts"]] == [("name", "Anna", True)]
    assert ended["details"] == {
        "end_reason": "caller_hung_up",
        "outcome": "callback.requested",
        "summary": "Anna wants a call back.",
        "duration_s": "62.4",
        "recording_consent": "announced",
        "recorded": "true",
    }


async def test_a_call_is_reported_once_however_much_is_learnt_of_it_later(journal, reports, outbox, clock):
    call_id = await a_call(journal, clock)
    await reports.write(call_id)
    await journal.set_summary(call_id, "Something else.")
    await CallReports(journal, outbox, {}).write(call_id)
    assert len(await payloads(journal, call_id)) == 1


async def test_a_message_is_reported_before_the_end_with_the_callback_that_it_belongs_to(
    journal, reports, outbox, clock
):
    call_id = await a_call(journal, clock)
    asked = await callback(outbox, call_id, MESSAGE)
    await reports.write(call_id)
    _, recorded, ended = await payloads(journal, call_id)
    ACTION.validate_python(recorded)
    assert (recorded["type"], ended["type"]) == ("message.recorded", "call.ended")
    assert recorded["details"] == {"action": asked, **MESSAGE}


@pytest.mark.parametrize("consent", ["refused", "none"])
async def test_where_nothing_was_recorded_there_is_no_message(journal, reports, outbox, clock, consent):
    call_id = await a_call(journal, clock, consent=consent)
    await callback(outbox, call_id, MESSAGE)
    await reports.write(call_id)
    kinds = [payload["type"] for payload in await payloads(journal, call_id)]
    assert kinds == ["callback.requested", "call.ended"]


async def test_a_call_that_still_runs_is_not_reported_as_ended(journal, reports, clock):
    call_id = await a_call(journal, clock, ended=False)
    await reports.write(call_id)
    assert await payloads(journal, call_id) == []


async def test_what_a_crash_left_unreported_is_reported_at_the_next_start(journal, reports, clock):
    before = await a_call(journal, clock)  # ended when nothing was reported yet
    await reports.write(await a_call(journal, clock))
    crashed = await a_call(journal, clock, ended=False)
    await journal.recover()
    assert await reports.catch_up(clock.now) == 1
    assert [payload["details"]["end_reason"] for payload in await payloads(journal, crashed)] == ["crash"]
    assert await payloads(journal, before) == []
    assert await reports.catch_up(clock.now) == 0
