"""Scenarios in YAML."""

from pathlib import Path

import pytest
from rehearsal_helpers import ROOT, calendar, scenario_of

from gateway.actions.kinds import ActionKind
from gateway.caller.errors import CallerInputError
from gateway.caller.line.background import NoiseKind
from gateway.caller.steps import Pause, Say
from gateway.dialogue.model import FactName
from gateway.rehearsal.rehearsal import Answers
from gateway.rehearsal.scenario_file import load_scenario

MINIMAL = "language: de\nwants: Hallo.\nexpect: {actions: []}\n"
FULL = """# A patient for the test.
language: de
from: "+41791234567"
voice: man
practice: closed
line: {noise: babble, snr_db: 12.5, loss: 0.03, jitter_ms: 20}
wants: "Einen Termin [pause 500] {{thursday+1}}."
knows: {name: Sandra Fischer, preferred_date: "{{thursday+1}}"}
answers:
  preferred_date: ["{{closed+1}}.", "[silence]"]
  name: Fischer.
corrections: {preferred_date: "Nein, am {{thursday+1}}."}
interruptions:
  - {after: start, after_ms: 1500, say: "Hallo?"}
  - {after: name, after_ms: 800, noise: "[cough]"}
expect:
  actions: [callback.requested, [appointment.requested, appointment.move_requested]]
  facts: {preferred_date: "{{thursday+1}}", message: "~Rechnung"}
  never: {preferred_date: "{{closed+1}}"}
  language: fr
  recording_refused: true
  transfer: reception
  said: [opening_hours]
  most_turns: 12
"""


def test_everything_is_read(tmp_path: Path):
    scenario = scenario_of(tmp_path, FULL)
    assert (scenario.name, scenario.title) == ("somebody", "A patient for the test.")
    assert (scenario.from_number, scenario.voice, scenario.after_hours) == ("+41791234567", "man", True)
    line = scenario.line
    assert (line.noise, line.snr_db, line.loss, line.jitter_ms) == (NoiseKind.BABBLE, 12.5, 0.03, 20)
    assert scenario.wants == (Say("Einen Termin"), Pause(500), Say("Donnerstag."))
    assert scenario.knows == {FactName.NAME: "Sandra Fischer", FactName.PREFERRED_DATE: "2026-11-26"}
    assert scenario.answers == {"preferred_date": ((Say("Samstag."),), ()), "name": ((Say("Fischer."),),)}
    assert scenario.corrections == {FactName.PREFERRED_DATE: (Say("Nein, am Donnerstag."),)}
    assert [(one.after, one.after_ms, one.takes_turn) for one in scenario.interruptions] == [
        ("start", 1500, True),
        ("name", 800, False),
    ]
    expect = scenario.expect
    assert expect.actions == (
        (ActionKind.CALLBACK_REQUESTED,),
        (ActionKind.APPOINTMENT_REQUESTED, ActionKind.APPOINTMENT_MOVE_REQUESTED),
    )
    assert expect.facts == {FactName.PREFERRED_DATE: "2026-11-26", FactName.MESSAGE: "~Rechnung"}
    assert expect.never == {FactName.PREFERRED_DATE: "2026-11-28"}
    assert (expect.language, expect.recording_refused, expect.transfer) == ("fr", True, "reception")
    assert (expect.said, expect.most_turns) == (("opening_hours",), 12)


def test_little_is_enough(tmp_path: Path):
    scenario = scenario_of(tmp_path, MINIMAL)
    assert (scenario.from_number, scenario.after_hours, scenario.expect.actions) == ("anonymous", False, ())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("language: de", "language: es", "1: `language` must be one of de, fr, it, en"),
        ("wants: Hallo.\n", "", "`wants` is missing"),
        ("wants: Hallo.", "wants: '[laugh]'", "2: `wants`: the mark .laugh. is unknown"),
        ("wants: Hallo.", "wants: 'Am {{someday+1}}'", "2: .* is not a date"),
        ("wants: Hallo.", "wants: Hallo.\nanswers: {shoe_size: '42'}", "3: 'shoe_size' is unknown"),
        ("wants: Hallo.", "wants: Hallo.\nline: {snr_db: loud}", "3: `snr_db` must be a number"),
        ("wants: Hallo.", "wants: Hallo.\nline: {loss: 0.9}", "3: `loss` must be a number from 0 to 0.5"),
        ("wants: Hallo.", "wants: Hallo.\nline: {noise: music}", "3: `noise` must be one of white, car, babble"),
        ("wants: Hallo.", "wants: Hallo.\nfrom: me", "3: `from` must be a telephone number"),
        ("wants: Hallo.", "wants: Hallo.\ninterruptions: [{after: start, say: Ja}]", "3: an interruption has"),
        ("{actions: []}", "{facts: {name: x}}", "3: `actions` is missing"),
        ("{actions: []}", "{actions: [dance]}", "3: an action must be one of"),
        ("{actions: []}", "{actions: [], said: [nonsense]}", "3: `said` must be one of"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, problem: str):
    assert old in MINIMAL
    with pytest.raises(CallerInputError, match=problem):
        scenario_of(tmp_path, MINIMAL.replace(old, new))


@pytest.mark.parametrize("suite", ["full", "quick"])
def test_the_suites_can_be_read_and_every_answer_be_given(suite: str):
    from rehearsal_helpers import PROFILE, TODAY

    paths = sorted((ROOT / "rehearsals" / suite).glob("*.yaml"))
    scenarios = [load_scenario(path, calendar) for path in paths]
    for scenario in scenarios:
        assert scenario.title, scenario.name
        assert list(Answers(scenario, PROFILE, TODAY).all())
        assert scenario.expect.language is not None, scenario.name


def test_the_full_suite_is_what_it_promises():
    scenarios = [load_scenario(path, calendar) for path in (ROOT / "rehearsals" / "full").glob("*.yaml")]
    assert len(scenarios) >= 44
    assert {scenario.language for scenario in scenarios} == {"de", "fr", "it", "en"}
    assert {kind for one in scenarios for kinds in one.expect.actions for kind in kinds} >= {
        ActionKind.APPOINTMENT_REQUESTED,
        ActionKind.APPOINTMENT_MOVE_REQUESTED,
        ActionKind.APPOINTMENT_CANCEL_REQUESTED,
        ActionKind.CALLBACK_REQUESTED,
        ActionKind.EMERGENCY_FLAGGED,
    }


def test_the_quick_suite_is_a_part_of_the_full_one():
    for path in (ROOT / "rehearsals" / "quick").glob("*.yaml"):
        assert path.read_text("utf-8") == (ROOT / "rehearsals" / "full" / path.name).read_text("utf-8"), path.name
