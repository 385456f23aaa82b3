"""The figures of all calls together, and how they are shown."""

import json
from pathlib import Path

import pytest
from rehearsal_helpers import scenario_of

from gateway.actions.kinds import ActionKind
from gateway.dialogue.model import FactName
from gateway.rehearsal.judgement import FactResult, Judgement, WrongFact
from gateway.rehearsal.report import as_json, format_report, format_result
from gateway.rehearsal.result import OVERALL, CallResult, passed, tallies
from gateway.rehearsal.sound import CallSound


def result(
    folder: Path,
    *problems: str,
    language: str = "de",
    name: str = "somebody",
    facts: tuple[FactResult, ...] = (),
    wrong: tuple[WrongFact, ...] = (),
    sound: CallSound = CallSound(),  # noqa: B008 - it cannot be changed
    run: int = 1,
) -> CallResult:
    scenario = scenario_of(folder, f"# Somebody calls.\nlanguage: {language}\nwants: x\nexpect: {{actions: []}}", name)
    judgement = Judgement(problems, facts, wrong, turns=4)
    return CallResult(scenario, run, judgement, sound, "The other side hung up.", 61.4, ("gateway  Guten Tag.",))


def wrong(*, confirmed: bool) -> WrongFact:
    return WrongFact(ActionKind.CALLBACK_REQUESTED, FactName.PHONE, "+41780000001", "+41780000002", confirmed)


def test_figures_are_kept_by_language_and_for_all(tmp_path: Path):
    sound = CallSound((300, 500), cut_offs=1, interruptions=2, missed=1, backchannels=3, stopped_by=1)
    right, missing = (FactResult(FactName.NAME, "x", found) for found in ("x", None))
    found = tallies(
        [
            result(tmp_path, facts=(right, missing), sound=sound),
            result(tmp_path, "no", language="fr", wrong=(wrong(confirmed=True), wrong(confirmed=False))),
        ]
    )
    assert list(found) == ["de", "fr", OVERALL]
    overall = found[OVERALL]
    assert (overall.calls, overall.succeeded, overall.share) == (2, 1, 0.5)
    assert (found["de"].fields, found["de"].fact_share) == ({FactName.NAME: (1, 2)}, 0.5)
    assert found["fr"].fact_share is None
    assert (overall.wrong_confirmed, overall.wrong_unconfirmed, overall.mean_turns) == (1, 1, 4)
    assert (found["de"].response_ms(50), found["fr"].response_ms(50)) == (400, None)
    assert (overall.cut_offs, overall.interruptions, overall.missed) == (1, 2, 1)
    assert (overall.backchannels, overall.stopped_by) == (3, 1)


@pytest.mark.parametrize(("failures", "verdict"), [(0, True), (1, True), (2, False)])
def test_the_share_decides(tmp_path: Path, failures: int, verdict: bool):
    held = [result(tmp_path, *(["no"] if index < failures else [])) for index in range(10)]
    assert passed(held, 0.9) is verdict


def test_a_wrong_fact_that_nobody_confirmed_fails_everything(tmp_path: Path):
    assert passed([result(tmp_path, wrong=(wrong(confirmed=True),))], 0.9)
    assert not passed([result(tmp_path, wrong=(wrong(confirmed=False),))], 0.9)


def test_no_calls_at_all_do_not_pass():
    assert not passed([], 0.0)
    assert "not passed" in format_report([], 0.0)


def test_a_failure_is_shown_with_why_and_what_was_said(tmp_path: Path):
    report = format_report([result(tmp_path), result(tmp_path, "phone is None", name="other", run=2)], 0.9)
    assert "FAILED other (2): Somebody calls." in report
    assert "  - phone is None" in report
    assert "gateway  Guten Tag." in report
    assert "FAILED somebody" not in report
    assert "not passed" in report


def test_one_line_tells_of_one_call(tmp_path: Path):
    assert format_result(result(tmp_path)).startswith("ok    somebody")
    line = format_result(result(tmp_path, "phone is None", "name is None"))
    assert line.startswith("FAIL")
    assert line.endswith("phone is None; name is None")


def test_the_document_is_json_and_holds_every_call(tmp_path: Path):
    facts = (FactResult(FactName.NAME, "x", "y"),)
    held = [result(tmp_path, "no", facts=facts, wrong=(wrong(confirmed=True),), sound=CallSound((321.6,)))]
    document = json.loads(json.dumps(as_json(held, 0.9)))
    assert document["passed"] is False
    assert document["groups"]["all"]["response_ms"] == {"p50": 321.6, "p95": 321.6, "measured": 1}
    (call,) = document["calls"]
    assert call["facts"]["name"] == {"expected": "x", "found": "y", "right": False}
    assert call["wrong"][0]["confirmed"] is True
    assert call["problems"] == ["no"]
