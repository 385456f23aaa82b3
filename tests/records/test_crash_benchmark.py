"""What benchmarks/crash.py looks for is found."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crash import ACTION, Received, Report, Told, judge, read_stories

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.records.journal import Journal
from gateway.records.model import FactValue, NewCall

NUMBER = "+41447000001"
NAME = FactValue("name", "Anna Meier", confirmed=True)


@pytest.fixture
async def story(tmp_path: Path):
    """One call that asked to be called back; its story and what was sent of it."""
    journal = await Journal.open(tmp_path / "records.sqlite3")
    at = datetime.now(UTC)
    call_id = await journal.begin_call(NewCall("http", "lindengarten", at, caller_number=NUMBER))
    call = ActionCall(id=call_id, caller_number=NUMBER, language="de", started_at=at)
    action = build_action(
        kind=ActionKind.CALLBACK_REQUESTED,
        practice_id="lindengarten",
        call=call,
        facts=[NAME],
        details={},
        created_at=at,
    )
    await journal.commit_action(call_id, None, [NAME], action)
    await journal.end_call(call_id, "caller", ACTION)
    await journal.close()
    (told,) = await read_stories(tmp_path / "records.sqlite3")
    return told


def arrived(*pairs: tuple[str, str], call: str = "c") -> Received:
    received = Received(defaultdict(set))
    for action, key in pairs:
        received.keys[action].add(key)
        received.payloads[key] = {"id": action, "type": ACTION, "call": {"id": call}}
    return received


def violations(story, told: Told, received: Received) -> list[str]:
    report = Report()
    judge([told], [story], received, report)
    return report.violations


async def test_nothing_is_found_where_nothing_was_lost(story) -> None:
    told = Told(NUMBER, {"name": "Anna Meier"}, written=True)
    assert violations(story, told, arrived((story.actions[0].id, "k"))) == []


@pytest.mark.parametrize(
    ("told", "sent", "found"),
    [
        (Told(NUMBER, {"phone": "+41445550199"}), [("own", "k")], "a confirmed fact was lost: phone"),
        (Told("+41440000000", {}, written=True), [("own", "k")], None),
        (Told(NUMBER), [], "an action never arrived"),
        (Told(NUMBER), [("own", "k"), ("own", "l")], "an action arrived under two keys"),
        (Told(NUMBER), [("own", "k"), ("other", "l")], "one wish arrived as two actions"),
        (Told(NUMBER), [("own", "k"), ("other", "l")], "an action arrived that the records do not hold"),
    ],
)
async def test_each_loss_is_found(story, told: Told, sent: list[tuple[str, str]], found: str | None) -> None:
    pairs = [(story.actions[0].id if action == "own" else action, key) for action, key in sent]
    assert found is None or found in violations(story, told, arrived(*pairs))


async def test_a_promised_action_that_was_never_written_is_found(story) -> None:
    report = Report()
    judge(
        [Told(NUMBER, written=True), Told(NUMBER, written=True)], [story], arrived((story.actions[0].id, "k")), report
    )
    assert report.violations == ["an action that was promised is not in the records"]
