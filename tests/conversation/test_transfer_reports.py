"""How a transfer ended is told to the practice's application where it wants to know."""

import json
from datetime import UTC, datetime

import pytest

from gateway.actions.contract import ACTION
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.records.journal import Journal
from gateway.records.model import NewCall

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STORY = {"target": "reception", "method": "bridge", "outcome": "no_answer", "seconds": 25.0}


@pytest.mark.parametrize("reports", [True, False])
async def test_the_end_of_a_transfer_is_always_written_and_reported_where_that_is_wanted(tmp_path, reports):
    journal = await Journal.open(tmp_path / "gateway.sqlite3")
    call_id = await journal.begin_call(NewCall("sip", "p", START))
    call = ActionCall(id=call_id, caller_number=None, language="it", started_at=START)
    writer = CallJournal(journal, Outbox(journal, None, None), call, "p", reports=reports)
    await writer.transfer_ended(STORY)
    story = await journal.call(call_id)
    await journal.close()
    assert [(event.name, event.data) for event in story.events] == [("transfer_ended", STORY)]
    bodies = [json.loads(action.payload) for action in story.actions]
    assert [ACTION.validate_python(body).type for body in bodies] == ["transfer.ended"] * reports
    assert [body["details"] for body in bodies] == [STORY | {"seconds": "25.0"}] * reports
    assert writer.outcome is None  # it tells of the call, and is not what came of it
