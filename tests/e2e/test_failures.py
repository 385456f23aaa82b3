"""Processes die during calls; callers do not notice more than they must."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from e2e_support import finished_story, longest_silence, read_stereo, spoken_seconds
from gateway_process import Gateway

from gateway.caller.call import place_call
from gateway.caller.conversation_log import ConversationLine, Speaker
from gateway.caller.options import CallOptions, Ending
from gateway.caller.steps import HangUp, Pause, Say, Script, Turn


def only_child(gateway: Gateway, word: str) -> int:
    found = gateway.children(word)
    assert len(found) == 1, f"{found} look like {word}"
    return found[0]


OUTAGE_S = 4.0
"""Longer than the caller's next line and its recognition, short enough for the restarts to stay frequent."""


class Outage:
    """Kills the speech server, and each that is started after it, once the gateway has said its second thing."""

    def __init__(self, gateway: Gateway) -> None:
        self.killed: set[int] = set()
        self._gateway = gateway
        self._heard = 0
        self._begins = asyncio.Event()

    def on_line(self, line: ConversationLine) -> None:
        """Count what the gateway says."""
        self._heard += line.speaker is Speaker.OTHER_SIDE
        if self._heard == 2:
            self._begins.set()

    async def run(self) -> None:
        """Wait for the moment and keep the server dead for a while."""
        await self._begins.wait()
        loop = asyncio.get_running_loop()
        ends = loop.time() + OUTAGE_S
        while loop.time() < ends:
            for pid in self._gateway.children("gateway.speech"):
                os.kill(pid, signal.SIGKILL)
                self.killed.add(pid)
            await asyncio.sleep(0.05)


@pytest.mark.timeout(180)
async def test_a_caller_hears_an_apology_when_the_speech_server_dies_and_the_next_turn_works(
    gateway: Gateway, tmp_path: Path
) -> None:
    outage = Outage(gateway)
    while_dead, when_back = "Am Dienstag in einer Woche.", "Ich möchte einen Termin für eine Kontrolle."
    script = Script(
        (
            Turn((Say("Guten Tag, ich möchte einen Termin für eine Kontrolle."),)),
            Turn((Say(while_dead), Pause(14_000), Say(when_back))),
            Turn((HangUp(),)),
        )
    )
    saved = tmp_path / "heard.wav"
    options = CallOptions(to=gateway.uri, script=script, save=saved, transcribe=False, longest_s=120)
    killing = asyncio.create_task(outage.run())
    report = await place_call(options, on_line=outage.on_line)
    await asyncio.wait_for(killing, 1)
    assert outage.killed
    assert report.ending is Ending.CALLER, report.reason

    began = {line.text: line.at_ms for line in report.lines}
    heard = read_stereo(saved).left
    apology = heard[(began[while_dead] + 2500) * 8 : began[when_back] * 8]
    assert spoken_seconds(apology) > 2, "the apology"
    assert longest_silence(apology) < 8, "the caller was left alone"
    assert spoken_seconds(heard[(began[when_back] + 3000) * 8 :]) > 1, "the answer to the next turn"

    story = await finished_story(gateway, report.sip_call_id)
    assert "recognition_failed" in [event.name for event in story.events]
    understood = [turn.index for turn in story.turns if turn.speaker == "caller" and "Kontrolle" in turn.text]
    assert len(understood) == 2, [turn.text for turn in story.turns]
    assert any(turn.speaker == "gateway" and turn.index > understood[1] for turn in story.turns)


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
