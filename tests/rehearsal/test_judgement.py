"""Stories against expectations."""

from pathlib import Path

import pytest
from rehearsal_helpers import NOW, PROFILE, action, scenario_of, story, turn

from gateway.dialogue.model import FactName
from gateway.records.model import CallStory, EventRecord
from gateway.rehearsal.judgement import Judgement, is_unconfirmed, judge
from gateway.rehearsal.wordings_heard import WordingEar

EAR = WordingEar(PROFILE)
BOOKED = {"name": "Sandra Fischer", "phone": "+41784562311"}
TURNS = (
    turn(0, "gateway", "Guten Tag."),
    turn(1, "caller", "Hallo."),
    turn(2, "gateway", "Unsere Öffnungszeiten sind:"),
)


def judged(folder: Path, expect: str, found: CallStory, knows: str = "{name: Sandra Fischer}") -> Judgement:
    text = f"language: de\nwants: x\nknows: {knows}\nexpect: {expect}\n"
    return judge(scenario_of(folder, text), found, EAR)


def test_what_was_expected_succeeds(tmp_path: Path):
    expect = (
        '{actions: [[callback.requested, appointment.requested]], facts: {name: Sandra Fischer, phone: "~4562311"}, \
language: de, said: [opening_hours], most_turns: 1}'
    )
    found = judged(tmp_path, expect, story(*TURNS, actions=(action("appointment.requested", BOOKED),)))
    assert found.problems == ()
    assert found.succeeded
    assert all(fact.right for fact in found.facts)
    assert found.turns == 1


@pytest.mark.parametrize(
    ("expect", "changed", "problem"),
    [
        ("{actions: [appointment.requested, callback.requested]}", {}, "there is no callback.requested"),
        ("{actions: []}", {}, "appointment.requested was not expected"),
        ("{actions: [appointment.requested], facts: {reason: check-up}}", {}, "reason is None, not 'check-up'"),
        ("{actions: [appointment.requested], language: fr}", {}, "held in de, not in fr"),
        ("{actions: [appointment.requested], recording_refused: true}", {}, "announced, not refused"),
        ("{actions: [appointment.requested]}", {"consent": "refused"}, "which the patient never did"),
        ("{actions: [appointment.requested], transfer: reception}", {}, "not put through to reception"),
        ("{actions: [appointment.requested], said: [address]}", {}, "never said address"),
        ("{actions: [appointment.requested]}", {"ended": False}, "not ended"),
        ("{actions: [appointment.requested]}", {"end_reason": "worker_lost"}, "ended by worker_lost"),
    ],
)
def test_each_thing_that_is_missing_is_told(tmp_path: Path, expect: str, changed: dict, problem: str):
    found = judged(tmp_path, expect, story(*TURNS, actions=(action("appointment.requested", BOOKED),), **changed))
    assert len(found.problems) == 1
    assert problem in found.problems[0]


def test_a_wrong_fact_is_worse_unconfirmed(tmp_path: Path):
    for confirmed in (True, False):
        booked = action("appointment.requested", {"name": "Sandra Vischer"}, confirmed=confirmed)
        found = judged(tmp_path, "{actions: [appointment.requested]}", story(*TURNS, actions=(booked,)))
        (wrong,) = found.wrong
        assert (wrong.name, wrong.value, wrong.truth) == (FactName.NAME, "Sandra Vischer", "Sandra Fischer")
        assert (wrong.confirmed, is_unconfirmed(wrong)) == (confirmed, not confirmed)
        assert not found.succeeded


def test_an_emergency_may_rest_on_what_was_not_confirmed(tmp_path: Path):
    flagged = action("emergency.flagged", {"name": "Sandra Vischer"}, confirmed=False)
    found = judged(tmp_path, "{actions: [emergency.flagged]}", story(*TURNS, actions=(flagged,)))
    assert [is_unconfirmed(wrong) for wrong in found.wrong] == [False]


def test_a_value_that_must_not_be_is_wrong_though_nobody_knows_the_right_one(tmp_path: Path):
    booked = action("callback.requested", {"phone": "+41780000000"})
    expect = '{actions: [callback.requested], never: {phone: "+41780000000"}}'
    assert len(judged(tmp_path, expect, story(*TURNS, actions=(booked,))).wrong) == 1


def test_a_message_in_other_words_is_no_lie(tmp_path: Path):
    booked = action("callback.requested", {"message": "Meine letzte Rechnung."})
    found = judged(tmp_path, "{actions: [callback.requested]}", story(*TURNS, actions=(booked,)), "{message: Rechnung}")
    assert found.problems == ()


def test_a_transfer_that_is_expected_may_be_an_action_too(tmp_path: Path):
    events = (EventRecord(NOW, "transfer_started", None, {"target": "reception"}),)
    actions = (action("transfer.requested", {}), action("callback.requested", {}))
    found = judged(
        tmp_path, "{actions: [callback.requested], transfer: reception}", story(*TURNS, actions=actions, events=events)
    )
    assert found.problems == ()
