"""Callers who want a person: one answers and both hear each other, or nobody does and the assistant comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_person import TONE_HZ, Person, tone_seconds
from e2e_support import finished_story, longest_silence, read_stereo, spoken_seconds
from gateway_process import Gateway, Receiver, free_port

from gateway.caller.call import place_call
from gateway.caller.conversation_log import format_line
from gateway.caller.options import CallOptions, Ending
from gateway.caller.script import load_script
from gateway.caller.steps import HangUp, Pause, Say, Script, Turn

RING_S = 8
RING_BACK_HZ = 425


@pytest.fixture(scope="module")
def person_port() -> int:
    return free_port(socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def practice_gateway(
    started_gateway: Gateway,
    receiver: Receiver,
    profile_path: Path,
    person_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """A gateway whose practice has a reception on this machine; it shares the other gateway's speech server."""
    folder = tmp_path_factory.mktemp("transfers")
    target = f"uri: sip:reception@127.0.0.1:{person_port}\n    ring_s: {RING_S}"
    profile = folder / "practice.yaml"
    profile.write_text(profile_path.read_text("utf-8").replace("uri: sip:reception@pbx.example", target), "utf-8")
    settings = {
        "PRACTICE_PROFILE": str(profile),
        "ASR_ENDPOINT": started_gateway.speech_url,
        "TTS_ENDPOINT": started_gateway.speech_url,
        "NEXTJS_ACTION_ENDPOINT": receiver.url,
        "NEXTJS_ACTION_SECRET": receiver.secret,
        "RTP_PORT_MIN": "25000",
        "RTP_PORT_MAX": "25999",
    }
    gateway = Gateway(folder, settings)
    gateway.wait_until_healthy()
    yield gateway
    assert gateway.stop() == 0, gateway.tail()


@pytest.mark.timeout(240)
async def test_a_caller_who_asks_for_a_person_talks_with_one(
    practice_gateway: Gateway, person_port: int, tmp_path: Path
) -> None:
    wish, news = "Guten Tag, ich möchte bitte mit einem Menschen sprechen.", "Ich rufe wegen meiner Rechnung an."
    script = Script((Turn((Say(wish), Pause(20_000), Say(news), Pause(1_500), HangUp())),))
    saved = tmp_path / "caller.wav"
    options = CallOptions(to=practice_gateway.uri, script=script, save=saved, transcribe=False, longest_s=90)
    async with Person(person_port, tmp_path / "person.wav", rings_s=6) as person:
        report = await place_call(options, on_line=lambda _line: None)
        await person.over()
    assert report.ending is Ending.CALLER, report.reason
    story = await finished_story(practice_gateway, report.sip_call_id)
    events = {event.name: dict(event.data) for event in story.events}
    assert person.calls == 1

    heard_by_caller = read_stereo(saved).left
    assert tone_seconds(heard_by_caller, RING_BACK_HZ) >= 1
    assert tone_seconds(heard_by_caller, TONE_HZ) > 3
    asked = next(line.at_ms for line in report.lines if line.text == wish)
    # From the wish on: said, rung, answered. The pause of the ring-back tone is the longest silence there may be.
    assert longest_silence(heard_by_caller[(asked + 4_000) * 8 :]) < 4.5
    assert spoken_seconds(read_stereo(tmp_path / "person.wav").left) > 1

    ended = events["transfer_ended"]
    assert (ended["target"], ended["method"], ended["outcome"]) == ("reception", "bridge", "completed")
    assert 5 < ended["seconds"] < 10
    assert story.summary.end_reason == "transferred"
    assert [action.kind for action in story.actions] == ["transfer.requested"]
    assert events["recording_stopped"] == {"cause": "transfer"}
    recorded = read_stereo(story.summary.recording_path)
    assert tone_seconds(recorded.right, TONE_HZ) == 0
    assert tone_seconds(recorded.right, RING_BACK_HZ) >= 1


@pytest.mark.timeout(240)
async def test_the_assistant_comes_back_and_books_a_callback_when_nobody_answers(
    practice_gateway: Gateway, person_port: int, tmp_path: Path
) -> None:
    script = load_script(Path(__file__).parent / "scripts" / "transfer_unanswered.yaml")
    saved = tmp_path / "caller.wav"
    options = CallOptions(
        to=practice_gateway.uri,
        script=script,
        save=saved,
        recognition_endpoint=practice_gateway.environment["ASR_ENDPOINT"],
    )
    async with Person(person_port, tmp_path / "person.wav", rings_s=None) as person:
        report = await place_call(options, on_line=lambda _line: None)
        await person.over(5)
    conversation = "\n".join(format_line(line) for line in report.lines)
    assert report.exit_code == 0, conversation
    story = await finished_story(practice_gateway, report.sip_call_id)
    kinds = [action.kind for action in story.actions]
    assert kinds == ["transfer.requested", "callback.requested"], conversation
    facts = {fact.name: fact.value for fact in story.current_facts}
    for name, value in script.expect.facts.items():
        assert facts[str(name)] == value, conversation
    (ended,) = (dict(event.data) for event in story.events if event.name == "transfer_ended")
    assert (ended["outcome"], ended["method"]) == ("no_answer", "bridge")
    assert RING_S <= ended["seconds"] < RING_S + 2
    assert person.calls == 1
    assert tone_seconds(read_stereo(saved).left, RING_BACK_HZ) >= 1
    # What the caller and the assistant said after the attempt is recorded like what they said before.
    recorded = read_stereo(story.summary.recording_path)
    assert spoken_seconds(recorded.left[-30 * 8000 :]) > 1
