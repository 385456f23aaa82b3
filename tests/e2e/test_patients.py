"""The patients of the quick rehearsal call on real SIP and RTP, and what they wanted arrives."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from e2e_support import read_stereo, spoken_seconds
from gateway_process import ROOT, Gateway, Receiver
from personal_words import find_personal

from gateway.practice.opening import opening_times
from gateway.practice.profile import PracticeProfile
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, CallStory
from gateway.rehearsal.own_gateway import RunningGateway
from gateway.rehearsal.rehearsal import Appointed, Rehearsal
from gateway.rehearsal.result import CallResult
from gateway.rehearsal.scenario import Scenario
from gateway.rehearsal.scenario_file import Calendar
from gateway.rehearsal.story_ears import StoryReader
from gateway.rehearsal.suite import load_suite

SUITE = ROOT / "rehearsals" / "quick"
NAMES = tuple(path.stem for path in sorted(SUITE.glob("*.yaml")))
AT_ONCE = 4
NUMBER = "+41445550100"
"""The practice's number in the example profile."""
CALLS = 2
"""How often a patient who was not understood calls: recognition has its luck, and so have people."""


@dataclass(frozen=True)
class Patient:
    """A patient whose call is over; ``saved`` is what their telephone recorded."""

    result: CallResult
    story: CallStory
    saved: Path

    @property
    def scenario(self) -> Scenario:
        return self.result.scenario

    @property
    def conversation(self) -> str:
        """What was said, for a failing test's message."""
        return "\n".join([*self.result.judgement.problems, *self.result.lines])


async def call_all(gateway: Gateway, practice: PracticeProfile, folder: Path) -> list[CallResult]:
    """Let every patient call; those who were not served call once more."""
    today = dt.datetime.now(practice.zone).date()
    calendar = Calendar(today, lambda day: bool(opening_times(practice, day)))
    waiting = load_suite(SUITE, None, lambda _: calendar)
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        running = RunningGateway("127.0.0.1", gateway.sip_port, gateway.database)
        rehearsal = Rehearsal(running, StoryReader(journal), folder, seed=1)
        for run in range(1, CALLS + 1):
            appointed = [Appointed(scenario, NUMBER, practice, run) for scenario in waiting]
            await rehearsal.hold(appointed, calls=AT_ONCE, on_result=lambda _: None)
            served = {result.scenario.name for result in rehearsal.results if result.judgement.succeeded}
            waiting = [scenario for scenario in waiting if scenario.name not in served]
    finally:
        await journal.close()
    return rehearsal.results


async def story_of(result: CallResult, gateway: Gateway) -> CallStory:
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        story = await StoryReader(journal).story(result.sip_call_id or "")
    finally:
        await journal.close()
    assert story is not None, result.ending
    return story


@pytest.fixture(scope="session")
def results(
    started_gateway: Gateway, practice: PracticeProfile, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[CallResult, Path]]:
    """Each patient's last call and the recording of it."""
    folder = tmp_path_factory.mktemp("patients")
    held = asyncio.run(call_all(started_gateway, practice, folder))
    return {result.scenario.name: (result, folder / f"{result.scenario.name}-{result.run}.wav") for result in held}


@pytest.fixture(params=NAMES)
def patient(request: pytest.FixtureRequest, results: dict[str, tuple[CallResult, Path]], gateway: Gateway) -> Patient:
    result, saved = results[request.param]
    return Patient(result, asyncio.run(story_of(result, gateway)), saved)


pytestmark = pytest.mark.timeout(480)


def test_the_suite_has_patients_of_every_language() -> None:
    languages = {re.split("[-_]", name)[0] for name in NAMES}
    assert languages == {"de", "fr", "it", "en"}


def test_the_patient_is_served(patient: Patient) -> None:
    assert patient.result.judgement.succeeded, patient.conversation
    assert not patient.result.judgement.wrong, patient.conversation


def test_the_call_is_on_record_with_who_called(patient: Patient) -> None:
    shown = None if patient.scenario.from_number == "anonymous" else patient.scenario.from_number
    assert patient.story.summary.caller_number == shown
    assert {turn.speaker for turn in patient.story.turns} == {"caller", "gateway"}


def test_the_recording_holds_both_sides(patient: Patient) -> None:
    summary = patient.story.summary
    if patient.scenario.expect.recording_refused:
        assert summary.recording_consent == "refused"
        assert summary.recording_path is None or not summary.recording_path.exists()
        return
    assert summary.recording_consent == "announced"
    assert summary.recording_path is not None
    recording = read_stereo(summary.recording_path)
    assert recording.seconds == pytest.approx(patient.result.seconds, abs=1.5)
    assert spoken_seconds(recording.left) > 2, "the caller is left"
    assert spoken_seconds(recording.right) > 10, "the gateway is right"
    saved = read_stereo(patient.saved)
    assert spoken_seconds(saved.left) == pytest.approx(spoken_seconds(recording.right), rel=0.1)


def test_the_turns_point_into_the_recording(patient: Patient) -> None:
    if patient.scenario.expect.recording_refused:
        return
    assert patient.story.summary.recording_path is not None
    recording = read_stereo(patient.story.summary.recording_path)
    for turn in patient.story.turns:
        if turn.start_sample is None or turn.end_sample is None:
            continue
        side = recording.left if turn.speaker == "caller" else recording.right
        seconds = (turn.end_sample - turn.start_sample) / 8000
        assert spoken_seconds(side[turn.start_sample : turn.end_sample]) > 0.3 * seconds, turn.text


def test_every_action_arrived_once_with_the_same_facts(patient: Patient, receiver: Receiver) -> None:
    assert all(action.status is ActionStatus.DELIVERED for action in patient.story.actions)
    received = [action for action in receiver.actions() if action["call"]["id"] == patient.story.summary.id]
    assert sorted(action["type"] for action in received) == sorted(action.kind for action in patient.story.actions)
    current = {fact.name: fact.value for fact in patient.story.current_facts}
    for action in received:
        for fact in action["facts"]:
            assert current[fact["name"]] == fact["value"]


def test_the_calls_command_shows_the_call(patient: Patient, gateway: Gateway) -> None:
    shown = gateway.command("calls", patient.story.summary.id)
    assert shown.returncode == 0, shown.stderr
    for fact in patient.story.current_facts:
        assert fact.value in shown.stdout


def test_how_the_call_sounded_is_kept_shown_and_counted(patient: Patient, gateway: Gateway) -> None:
    shown = gateway.command("calls", patient.story.summary.id, "--json")
    assert shown.returncode == 0, shown.stderr
    (leg,) = json.loads(shown.stdout)["legs"]
    assert leg["party"] == "caller"
    assert leg["packets_received"] > 50 * 5
    assert leg["packets_sent"] > 50 * 5
    assert leg["packets_lost"] + leg["packets_late"] < 0.05 * leg["packets_received"]
    assert 3 < leg["mos"] < 4.5
    metrics = httpx.get(f"http://127.0.0.1:{gateway.http_port}/metrics").text
    counted = re.findall(r'gateway_legs_ended_total{codec="(.+?)",encrypted="false",party="caller"}', metrics)
    assert leg["codec"] in counted


def test_nothing_of_the_patient_is_in_the_gateways_logs(patient: Patient, gateway: Gateway) -> None:
    printed = gateway.log.read_text("utf-8", "replace").splitlines()
    log = "\n".join(line for line in printed if line.startswith("{"))  # what is said before is how to try it out
    assert patient.story.summary.id in log, "or nothing would be proved"
    assert '"level": "debug"' in log
    phones = [
        patient.scenario.from_number,
        *(fact.value for fact in patient.story.current_facts if fact.name == "phone"),
    ]
    names = [fact.value for fact in patient.story.facts if fact.name == "name"]
    names += [value for name, value in patient.scenario.knows.items() if name == "name"]
    said = [turn.text for turn in patient.story.turns]
    assert find_personal(log, phones=phones, names=names, said=said) == []
