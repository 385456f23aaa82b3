"""Suites by name and by folder."""

from pathlib import Path

import pytest
from rehearsal_helpers import calendar

from gateway.caller.errors import CallerInputError
from gateway.rehearsal.errors import RehearsalError
from gateway.rehearsal.suite import load_suite, suite_folder

SCENARIO = "language: de\nwants: x\nexpect: {actions: []}\n"


def test_a_suite_is_found_by_its_name_and_by_its_folder(tmp_path: Path):
    assert suite_folder("quick").name == "quick"
    assert suite_folder(str(tmp_path)) == tmp_path
    with pytest.raises(RehearsalError, match="there is no suite 'slow'"):
        suite_folder("slow")


def test_scenarios_come_in_the_order_of_their_names_and_can_be_chosen(tmp_path: Path):
    for name in ("b_two", "a_one", "b_one"):
        (tmp_path / f"{name}.yaml").write_text(SCENARIO, "utf-8")
    assert [one.name for one in load_suite(tmp_path, None, calendar)] == ["a_one", "b_one", "b_two"]
    assert [one.name for one in load_suite(tmp_path, "^b", calendar)] == ["b_one", "b_two"]


@pytest.mark.parametrize(("only", "problem"), [("(", "not a regular expression"), ("nobody", "no scenario in")])
def test_a_choice_that_chooses_nothing_is_told(tmp_path: Path, only: str, problem: str):
    (tmp_path / "somebody.yaml").write_text(SCENARIO, "utf-8")
    with pytest.raises(RehearsalError, match=problem):
        load_suite(tmp_path, only, calendar)


def test_a_scenario_that_cannot_be_used_is_told(tmp_path: Path):
    (tmp_path / "somebody.yaml").write_text("language: de\n", "utf-8")
    with pytest.raises(CallerInputError, match=r"somebody.yaml:1: .wants. is missing"):
        load_suite(tmp_path, None, calendar)
