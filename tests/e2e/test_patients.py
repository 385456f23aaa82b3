"""Scripted patients in four languages call and book; what the practice gets is what they said."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from e2e_support import finished_story, read_stereo, spoken_seconds
from gateway_process import Gateway, Receiver

from gateway.caller.call import place_call
from gateway.caller.conversation_log import format_line
from gateway.caller.options import CallOptions, CallReport
from gateway.caller.script import load_script
from gateway.caller.steps import Script
from gateway.media.parameters import Codec
from gateway.practice.opening import opening_times
from gateway.practice.profile import PracticeProfile
from gateway.records.model import ActionStatus, CallStory

SCRIPTS = ("german_booking", "french_booking", "italian_booking", "english_booking")


@dataclass(frozen=True)
class Patient:
    """A scripted patient whose call is over."""

    script: Script
    report: CallReport
    story: CallStory
    saved: Path

    @property
    def conversation(self) -> str:
        """What either side understood of the other, for a failing test's message."""
        heard_by_caller = [format_line(line) for line in self.report.lines]
        heard_by_gateway = [f"{turn.speaker}: {turn.text}" for turn in self.story.turns if turn.speaker == "caller"]
        return "\n".join([*heard_by_caller, "", *heard_by_gateway])


async def call_as(name: str, gateway: Gateway, practice: PracticeProfile, folder: Path) -> Patient:
    today = dt.datetime.now(practice.zone).date()
    script = load_script(
        Path(__file__).parent / "scripts" / f"{name}.yaml",
        today=today,
        is_open=lambda day: bool(opening_times(practice, day)),
    )
    saved = folder / f"{name}.wav"
    # The words of the scripts are those that the embedded recogniser gets right of the embedded voices in A-law.
    codecs = (Codec.PCMA,)
    options = CallOptions(
        to=gateway.uri, script=script, save=saved, recognition_endpoint=gateway.speech_url, codecs=codecs
    )
    report = await place_call(options, on_line=lambda _line: None)
    assert report.exit_code == 0, report.reason
    return Patient(script, report, await finished_story(gateway, report.sip_call_id), saved)


@pytest.fixture(scope="session")
def patients(
    started_gateway: Gateway, practice: PracticeProfile, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Patient]:
    """All patients, who call at the same time: calls take as long as they take, and the gateway takes many."""
    folder = tmp_path_factory.mktemp("patients")

    async def call_all() -> list[Patient]:
        return await asyncio.gather(*(call_as(name, started_gateway, practice, folder) for name in SCRIPTS))

    return dict(zip(SCRIPTS, asyncio.run(call_all()), strict=True))


@pytest.fixture(params=SCRIPTS)
def patient(request: pytest.FixtureRequest, patients: dict[str, Patient]) -> Patient:
    return patients[request.param]


pytestmark = pytest.mark.timeout(300)


def test_the_facts_are_right_and_confirmed(patient: Patient) -> None:
    expected = {str(name): value for name, value in patient.script.expect.facts.items()}
    assert expected
    facts = {fact.name: fact for fact in patient.story.current_facts}
    found = {name: facts[name].value if name in facts else None for name in expected}
    assert found == expected, patient.conversation
    unconfirmed = [name for name in expected if not facts[name].confirmed]
    assert not unconfirmed, patient.conversation


def test_the_call_was_held_in_the_patients_language(patient: Patient) -> None:
    assert patient.story.summary.language == patient.script.language, patient.conversation
    shown = None if patient.script.from_number == "anonymous" else patient.script.from_number
    assert patient.story.summary.caller_number == shown
    speakers = {turn.speaker for turn in patient.story.turns}
    assert speakers == {"caller", "gateway"}


def test_the_recording_holds_both_sides(patient: Patient) -> None:
    summary = patient.story.summary
    assert summary.recording_consent == "announced"
    assert summary.recording_path is not None
    recording = read_stereo(summary.recording_path)
    assert recording.seconds == pytest.approx(patient.report.seconds, abs=1.5)
    assert spoken_seconds(recording.left) > 5, "the caller is left"
    assert spoken_seconds(recording.right) > 10, "the gateway is right"
    saved = read_stereo(patient.saved)
    assert spoken_seconds(saved.left) == pytest.approx(spoken_seconds(recording.right), rel=0.1)


def test_the_turns_point_into_the_recording(patient: Patient) -> None:
    assert patient.story.summary.recording_path is not None
    recording = read_stereo(patient.story.summary.recording_path)
    for turn in patient.story.turns:
        if turn.start_sample is None or turn.end_sample is None:
            continue
        side = recording.left if turn.speaker == "caller" else recording.right
        seconds = (turn.end_sample - turn.start_sample) / 8000
        assert spoken_seconds(side[turn.start_sample : turn.end_sample]) > 0.3 * seconds, turn.text


def test_the_action_arrived_once_with_the_same_facts(patient: Patient, receiver: Receiver) -> None:
    kind = str(patient.script.expect.action)
    assert [(action.kind, action.status) for action in patient.story.actions] == [(kind, ActionStatus.DELIVERED)]
    received = [action for action in receiver.actions() if action["call"]["id"] == patient.story.summary.id]
    assert [action["type"] for action in received] == [kind]
    facts = {fact["name"]: fact["value"] for fact in received[0]["facts"]}
    for name, value in patient.script.expect.facts.items():
        assert facts[name] == value


def test_the_calls_command_shows_the_call(patient: Patient, gateway: Gateway) -> None:
    shown = gateway.command("calls", patient.story.summary.id)
    assert shown.returncode == 0, shown.stderr
    for value in patient.script.expect.facts.values():
        assert value in shown.stdout


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
