"""``gateway actions``: listing, showing and sending again, while a gateway has the records open."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.cli.app import app
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, FactValue, NewCall

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("NEXTJS_ACTION_ENDPOINT", raising=False)


@pytest.fixture
def actions(tmp_path):
    """A pending, a delivered and two dead actions, by name; the second dead one was followed without its slot."""

    async def write():
        journal = await Journal.open(tmp_path / "gateway.sqlite3")
        call_id = await journal.begin_call(NewCall("sip", "p", NOW))
        ids = {name: await put(journal, call_id, name) for name in ("delivered", "dead", "pending")}
        await journal.actions.delivered(ids["delivered"], NOW, 201)
        await journal.actions.failed(ids["dead"], 422, "HTTP 422: Anna Keller is unknown")
        ids["slot"] = await put(journal, call_id, "x", kind=ActionKind.APPOINTMENT_REQUESTED, details={"slot": "7f"})
        await journal.actions.failed(ids["slot"], 422, "HTTP 422")
        details = {"slot_not_booked": "7f"}
        ids["followed"] = await put(journal, call_id, "x", kind=ActionKind.APPOINTMENT_REQUESTED, details=details)
        await journal.close()
        return ids

    return asyncio.run(write())


async def put(journal, call_id, name, kind=ActionKind.CALLBACK_REQUESTED, details=None):
    call = ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=NOW)
    fact = FactValue("name", f"Anna {name}", f"Anna {name}", 0.9, True)
    action = build_action(kind=kind, practice_id="p", call=call, facts=[fact], details=details or {}, created_at=NOW)
    return await journal.commit_action(call_id, None, [fact], action)


def state_of(tmp_path, action_id):
    async def read():
        journal = await Journal.open(tmp_path / "gateway.sqlite3", read_only=True)
        (action,) = await journal.action_archive.find(action_id)
        await journal.close()
        return action

    return asyncio.run(read())


def run(*arguments):
    return RUNNER.invoke(app, ["actions", *arguments])


def test_the_list_names_each_action_and_nobody(actions):
    listed = run("list")
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == sorted(actions.values(), reverse=True)
    assert "callback.requested  failed  attempts 0  HTTP 422" in listed.stdout
    assert "Anna" not in listed.stdout
    assert "+4179" not in listed.stdout


def test_the_list_can_be_had_by_state_and_as_json(actions):
    dead = json.loads(run("list", "--state", "failed", "--json").stdout)
    assert {action["id"] for action in dead} == {actions["dead"], actions["slot"]}
    assert {action["state"] for action in dead} == {"failed"}
    assert len(json.loads(run("list", "--limit", "2", "--json").stdout)) == 2
    assert run("list", "--state", "withdrawn").stdout == "No actions.\n"


def test_a_state_that_there_is_not_is_told(actions):
    refused = run("list", "--state", "lost")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("There is no state lost; there are pending, ")


def test_one_action_is_shown_with_its_body(actions):
    shown = run("show", actions["dead"])
    assert shown.exit_code == 0
    assert "HTTP 422: Anna Keller is unknown" in shown.stdout
    body = json.loads(shown.stdout.partition("Body\n")[2])
    assert (body["id"], body["call"]["caller_number"]) == (actions["dead"], "+41791234567")


@pytest.mark.parametrize(("wanted", "told"), [("ffff", "No action's id begins with ffff."), ("0", "More than one")])
def test_an_id_that_is_none_or_several_is_told(actions, wanted, told):
    for command in ("show", "retry"):
        refused = run(command, wanted)
        assert refused.exit_code == 1
        assert told in refused.stderr


def test_a_dead_letter_is_due_again_with_its_three_days(actions, tmp_path):
    again = run("retry", actions["dead"])
    assert (again.exit_code, again.stdout.splitlines()[1]) == (0, "1 of 1 will be sent again.")
    action = state_of(tmp_path, actions["dead"])
    assert (action.status, action.attempts, action.first_attempt_at) == (ActionStatus.PENDING, 0, None)
    assert action.next_attempt_at is not None


def test_only_dead_letters_are_sent_again(actions, tmp_path):
    refused = run("retry", actions["delivered"], actions["pending"], actions["slot"])
    assert refused.exit_code == 1
    assert f"{actions['delivered']} is not a dead letter: it is delivered." in refused.stderr
    assert f"{actions['pending']} is not a dead letter: it is pending." in refused.stderr
    assert f"{actions['slot']} names a slot that was not booked; the wish was sent again without one." in refused.stderr
    assert state_of(tmp_path, actions["delivered"]).status is ActionStatus.DELIVERED


def test_all_dead_letters_are_sent_again_but_no_wish_twice(actions, tmp_path):
    again = run("retry", "--all-dead")
    assert (again.exit_code, again.stdout.splitlines()[1]) == (0, "1 of 2 will be sent again.")
    assert "NEXTJS_ACTION_ENDPOINT" in again.stdout
    assert state_of(tmp_path, actions["slot"]).status is ActionStatus.FAILED
    assert run("retry", "--all-dead").exit_code == 0


@pytest.mark.parametrize("arguments", [(), ("--all-dead", "some-id")])
def test_ids_or_all_have_to_be_named(actions, arguments):
    assert run("retry", *arguments).exit_code == 2


def test_it_works_while_a_gateway_has_the_records_open(actions, tmp_path):
    async def with_gateway():
        journal = await Journal.open(tmp_path / "gateway.sqlite3")
        result = await asyncio.to_thread(run, "retry", actions["dead"])
        await journal.close()
        return result

    assert asyncio.run(with_gateway()).exit_code == 0


def test_without_records_there_is_one_sentence():
    refused = run("list")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("There are no records yet: ")


def test_the_schema_is_printed_as_it_is_published():
    published = Path(__file__).parents[2] / "docs" / "actions.schema.json"
    assert run("schema").stdout == published.read_text("utf-8")
