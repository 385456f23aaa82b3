"""Processes die during calls; callers do not notice more than they must."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from e2e_support import finished_story, read_stereo, spoken_seconds
from gateway_process import Gateway

from gateway.caller.call import place_call
from gateway.caller.conversation_log import ConversationLine, Speaker
from gateway.caller.options import CallOptions, Ending
from gateway.caller.steps import HangUp, Pause, Say, Script, Turn


def only_child(gateway: Gateway, word: str) -> int:
    found = gateway.children(word)
    assert len(found) == 1, f"{found} look like {word}"
    return found[0]


@pytest.mark.timeout(180)
async def test_a_caller_hears_an_apology_when_the_speech_server_dies_and_the_next_turn_works(
    gateway: Gateway, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_after_the_first_answer(_line: ConversationLine) -> None:
        heard = [line for line in lines if line.speaker is Speaker.OTHER_SIDE]
        if len(heard) == 2 and not killed:
            killed.append(only_child(gateway, "speech"))
            os.kill(killed[0], signal.SIGKILL)

    lines: list[ConversationLine] = []

    def on_line(line: ConversationLine) -> None:
        lines.append(line)
        kill_after_the_first_answer(line)

    script = Script(
        (
            Turn((Say("Guten Tag, ich hätte gerne einen Termin für eine Kontrolle."),)),
            # The server is dead when this line is spoken, and back when the next one is.
            Turn((Say("Am Dienstag."), Pause(15_000), Say("Wann haben Sie geöffnet?"))),
            Turn((HangUp(),)),
        )
    )
    saved = tmp_path / "heard.wav"
    options = CallOptions(to=gateway.uri, script=script, save=saved, transcribe=False, longest_s=120)
    report = await place_call(options, on_line=on_line)
    assert killed, "the second thing that the gateway said was never heard"
    assert report.ending is Ending.CALLER, report.reason

    after_the_kill = next(line.at_ms for line in report.lines if line.text == "Am Dienstag.")
    last_line = next(line.at_ms for line in report.lines if line.text == "Wann haben Sie geöffnet?")
    heard = read_stereo(saved).left
    assert spoken_seconds(heard[(after_the_kill + 1500) * 8 : last_line * 8]) > 1, "the apology"
    assert spoken_seconds(heard[(last_line + 1500) * 8 :]) > 1, "the answer to the next turn"

    story = await finished_story(gateway, report.sip_call_id)
    assert "recognition_failed" in [event.name for event in story.events]
    understood = [turn.index for turn in story.turns if turn.speaker == "caller" and "eöffnet" in turn.text]
    assert understood, [turn.text for turn in story.turns]
    assert any(turn.speaker == "gateway" and turn.index > understood[0] for turn in story.turns)
    assert only_child(gateway, "speech") != killed[0]


@pytest.mark.timeout(120)
async def test_a_recording_survives_the_death_of_the_media_worker(gateway: Gateway) -> None:
    async def kill_worker() -> None:
        await asyncio.sleep(8)
        os.kill(only_child(gateway, "gateway.media.worker"), signal.SIGKILL)

    script = Script(
        (Turn((Pause(500), Say("Guten Tag, ich hätte gerne einen Termin für eine Kontrolle.")), opening=True),)
    )
    options = CallOptions(to=gateway.uri, script=script, transcribe=False, longest_s=60)
    killing = asyncio.create_task(kill_worker())
    report = await place_call(options, on_line=lambda _line: None)
    await killing
    assert report.ending is Ending.OTHER_SIDE, "the gateway ends the call with BYE"

    story = await finished_story(gateway, report.sip_call_id)
    assert story.summary.end_reason == "worker_lost"
    assert story.summary.recording_path is not None
    recording = read_stereo(story.summary.recording_path)
    assert recording.seconds > 6.5, "all but the last second"
    assert spoken_seconds(recording.left) > 1.5
    assert spoken_seconds(recording.right) > 1

    gateway.wait_until_healthy(30)
    next_call = CallOptions(to=gateway.uri, script=Script((Turn((HangUp(),)),)), transcribe=False, longest_s=60)
    assert (await place_call(next_call, on_line=lambda _line: None)).ending is Ending.CALLER
