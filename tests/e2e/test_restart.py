"""The main process is killed with ``kill -9`` during calls; the next one puts everything in order."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from e2e_support import read_stereo, spoken_seconds, stories
from gateway_process import Gateway
from test_sip_peers import program, run, sipp_errors, speech

from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec

HERE = Path(__file__).parent
CALLERS = 3
TALKING_S = 20.0
"""How long the calls last before the kill: the greeting, a sentence, and the answer to it."""
READY_WITHIN_S = 20.0
BYE_WITHIN_S = 20.0
ORPHANS_GONE_WITHIN_S = 5.0
LAST_SECONDS_S = 1.2
"""What a recording may lack of its end: a second, and the time of a write."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def killed(tmp_path: Path, profile_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path, {"PRACTICE_PROFILE": str(profile_path)})
    try:
        gateway.wait_until_healthy()
        yield gateway
    finally:
        gateway.stop()


@dataclass
class Callers:
    """SIPp callers who wait for BYE."""

    folder: Path
    process: asyncio.Task

    def received(self, first_word: str) -> list[float]:
        """Return when each message that begins with ``first_word`` came, in seconds since the epoch."""
        (log,) = self.folder.glob("*messages.log")
        pattern = rf"-+ (\d{{4}}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d\.\d+).*\nUDP message received .*\n\n{first_word} "
        found = re.findall(pattern, log.read_text(errors="replace"))
        return [datetime.fromisoformat(f"{day} {moment}").astimezone().timestamp() for day, moment in found]


async def call(gateway: Gateway, folder: Path) -> Callers:
    """Begin the calls and return once all are answered."""
    sound = await speech("Guten Tag, ich hätte gerne einen Termin für eine Kontrolle.", before_s=9, after_s=60)
    (folder / "caller.alaw").write_bytes(encode(Codec.PCMA, sound.samples).tobytes())
    shutil.copy(HERE / "scenarios" / "wait_for_bye.xml", folder)
    command = [program("sipp"), f"127.0.0.1:{gateway.sip_port}", "-s", "assistant", "-sf", "wait_for_bye.xml"]
    command += ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", str(CALLERS), "-l", str(CALLERS), "-r", str(CALLERS)]
    command += ["-nostdin", "-trace_err", "-trace_msg", "-timeout", "120s", "-timeout_error"]
    callers = Callers(folder, asyncio.create_task(run(command, folder, 130)))
    async with asyncio.timeout(15):
        while (gateway.health() or {"calls": 0})["calls"] < CALLERS:
            await asyncio.sleep(0.1)
    return callers


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def test_after_kill_9_everything_is_put_in_order(
    killed: Gateway, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, record_property: Callable[..., None]
) -> None:
    callers = await call(killed, tmp_path_factory.mktemp("callers"))
    await asyncio.sleep(TALKING_S)
    children = [*killed.children("gateway.media.worker"), *killed.children("gateway.speech")]
    assert len(children) == 2
    open_dialogs = killed.data / "open-dialogs"
    assert len(list(open_dialogs.glob("*.json"))) == CALLERS

    os.kill(killed.pid, signal.SIGKILL)
    killed_at, began = time.time(), time.monotonic()
    killed.stop()

    # At once and on the same ports and records, as a supervisor would start it.
    restarted = Gateway(tmp_path, killed.environment)
    try:
        restarted.wait_until_healthy()
        ready_s = time.monotonic() - began
        finished = await asyncio.wait_for(callers.process, BYE_WITHIN_S)
        assert finished.returncode == 0, sipp_errors(callers.folder) or finished.stdout[-3000:]
        byes = [at - killed_at for at in callers.received("BYE")]
        assert len(byes) == CALLERS, "one BYE each, not repeated"
        await orphans_are_gone(children, began)
        await everything_is_on_record(restarted, killed_at)
        async with asyncio.timeout(5):
            while list(open_dialogs.glob("*.json")):
                await asyncio.sleep(0.05)
        await a_new_call_works(restarted, tmp_path_factory.mktemp("new"))
        record_property("ready_s", round(ready_s, 1))
        record_property("bye_s", [round(seconds, 1) for seconds in byes])
        assert ready_s < READY_WITHIN_S
    finally:
        assert restarted.stop() == 0, restarted.tail()


async def orphans_are_gone(children: list[int], began: float) -> None:
    while left := alive(children):
        assert time.monotonic() - began < ORPHANS_GONE_WITHIN_S, f"{left} outlive the main process"
        await asyncio.sleep(0.05)


async def everything_is_on_record(gateway: Gateway, killed_at: float) -> None:
    found = await stories(gateway)
    assert [story.summary.end_reason for story in found] == ["crash"] * CALLERS
    for story in found:
        assert story.summary.recording_path is not None
        assert story.summary.answered_at is not None
        recording = read_stereo(story.summary.recording_path)
        lasted = killed_at - story.summary.answered_at.astimezone(UTC).timestamp()
        assert recording.seconds > lasted - LAST_SECONDS_S, "all but the last second"
        assert recording.seconds < lasted + LAST_SECONDS_S
        assert spoken_seconds(recording.left) > 2
        assert spoken_seconds(recording.right) > 2
        speakers = [turn.speaker for turn in story.turns]
        assert speakers[:3] == ["gateway", "caller", "gateway"], [turn.text for turn in story.turns]
        assert "Kontrolle" in story.turns[1].text
        assert story.current_facts
    listed = gateway.command("calls")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == CALLERS
    assert all(story.summary.id in listed.stdout for story in found)
    shown = gateway.command("calls", found[0].summary.id)
    assert "(crash)" in shown.stdout


async def a_new_call_works(gateway: Gateway, folder: Path) -> None:
    command = [program("sipp"), f"127.0.0.1:{gateway.sip_port}", "-sn", "uac", "-s", "assistant", "-i", "127.0.0.1"]
    command += ["-m", "1", "-d", "2000", "-nostdin", "-trace_err", "-timeout", "20s", "-timeout_error"]
    finished = await run(command, folder, 30)
    assert finished.returncode == 0, sipp_errors(folder) or finished.stdout[-3000:]
    traced = gateway.command("sip-trace", "--latest")
    assert "INVITE  (1 INVITE)" in traced.stdout
    assert "200 OK  (2 BYE)" in traced.stdout
