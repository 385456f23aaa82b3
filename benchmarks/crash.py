"""Kills the gateway with -9 at random moments while people talk to it, and counts what was lost.

Conversations over the HTTP API, each of which asks for a call back, and calls over SIP (with SIPp) are held all the
time; the main process is killed, and started again on the same records. The engines are stubs that take no time. The
receiver of actions refuses every tenth request and answers some of them late, so that deliveries are repeated.

    .venv/bin/python benchmarks/crash.py --conversations 200 --kills 20

What is looked for, and makes the exit code 1:

- a fact that was confirmed to a caller, or an action, that is not in the records afterwards;
- an action of the records that never arrived, or one that arrived and is not in them;
- one action that arrived under two keys, or one wish of a conversation that arrived as two actions;
- a call that the records still hold for going on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from gateway_process import Gateway
from own_latency import caller_sound, spoken
from stub_engines import StubEngines, StubTimes

from gateway.audio import Pcm, write_wav
from gateway.dialogue.model import Expectation
from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec
from gateway.records.journal import Journal
from gateway.records.model import ActionStatus, CallStory
from gateway.speech.serve import address_url, listen

ROOT = Path(__file__).parents[1]
ACTION = "callback.requested"
WISH = "Guten Tag, bitte rufen Sie mich zurück, ich habe eine Frage zu meiner Rechnung."
OTHERWISE = "Ich möchte bitte zurückgerufen werden."
ANSWERS = {
    Expectation.MESSAGE: "Ich habe eine Frage zu meiner Rechnung.",
    Expectation.NAME: "Mein Name ist Anna Meier.",
    Expectation.SPELLING: "Martha, Emil, Ida, Emil, Richard.",
    Expectation.PHONE: "Null vier vier, fünf fünf fünf, null eins, neun neun.",
    Expectation.YES_NO: "Ja, gerne.",
    Expectation.CONFIRMATION: "Ja, das ist alles richtig.",
}
LINES = (WISH, OTHERWISE, *ANSWERS.values())
MOST_TURNS = 14
AT_ONCE = 4
BETWEEN_KILLS_S = (0.3, 2.5)
DELIVERED_WITHIN_S = 90.0


@dataclass
class Told:
    """What a caller was told in one conversation: facts that were confirmed to them, and whether it was written."""

    number: str
    facts: dict[str, str] = field(default_factory=dict)
    written: bool = False


@dataclass
class Received:
    """What arrived at the practice's application: keys by an action's id, and payloads by key."""

    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    payloads: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: int = 0


@dataclass
class Report:
    """What came of it."""

    conversations: int = 0
    broken_off: int = 0
    sip_calls: int = 0
    kills: int = 0
    facts_confirmed: int = 0
    actions_promised: int = 0
    actions_in_records: int = 0
    actions_delivered: int = 0
    attempts: int = 0
    longest_restart_s: float = 0.0
    violations: list[str] = field(default_factory=list)


class Endpoint:
    """The practice's application: it takes most actions, refuses some for now, and answers some late."""

    def __init__(self, seed: int) -> None:
        self.received = Received()
        self.calm = False
        self.url = ""
        self._random = random.Random(seed)
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Endpoint:
        listener = listen("127.0.0.1", 0)
        self.url = f"{address_url(listener)}/actions"
        app = FastAPI(openapi_url=None)
        app.add_api_route("/actions", self._take, methods=["POST"], response_model=None)
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving

    async def _take(self, request: Request) -> Response:
        body = json.loads(await request.body())
        key = request.headers["Idempotency-Key"]
        self.received.attempts += 1
        luck = 1.0 if self.calm else self._random.random()
        if luck < 0.1:
            return Response(status_code=503, headers={"Retry-After": "1"})
        self.received.keys[body["id"]].add(key)
        self.received.payloads[key] = body
        if luck < 0.3:
            await asyncio.sleep(0.5)  # it was taken, and the answer may come too late
        return Response(status_code=200)


class Killed:
    """A gateway that is killed, and started again on the same ports and records."""

    def __init__(self, folder: Path, settings: Mapping[str, str], report: Report) -> None:
        self._folder = folder
        self._settings = dict(settings)
        self._report = report
        self.gateway = Gateway(folder, self._settings)
        self._settings |= {
            name: self.gateway.environment[name] for name in ("SIP_PORT", "HTTP_PORT", "SPEECH_PORT", "DATA_DIR")
        }

    async def ready(self) -> float:
        """Wait until calls are taken; return the seconds that took."""
        return await asyncio.to_thread(self.gateway.wait_until_healthy)

    async def kill(self) -> None:
        """End the main process as a power cut does, and start it again."""
        os.kill(self.gateway.pid, signal.SIGKILL)
        await asyncio.to_thread(self.gateway.stop)
        self._report.kills += 1
        self.gateway = Gateway(self._folder, self._settings)
        self._report.longest_restart_s = max(self._report.longest_restart_s, await self.ready())

    async def stop(self) -> None:
        """End it for good."""
        await asyncio.to_thread(self.gateway.stop)


async def converse(url: str, told: Told, sounds: Mapping[str, bytes]) -> bool:
    """Ask for a call back; return whether the conversation came to its end. ``told`` learns what the caller heard."""
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
        try:
            reply = (await client.post("/api/conversations", json={"caller_number": told.number})).raise_for_status()
            call_id = reply.json()["id"]
            said = WISH
            for _ in range(MOST_TURNS):
                answer = await client.post(
                    f"/api/conversations/{call_id}/audio", content=sounds[said], headers={"Content-Type": "audio/wav"}
                )
                body = answer.raise_for_status().json()
                told.facts |= {fact["name"]: fact["value"] for fact in body["facts"] if fact["confirmed"]}
                told.written |= ACTION in body["actions"]
                if told.written or body["end_reason"] is not None:
                    if body["end_reason"] is None:
                        await client.post(f"/api/conversations/{call_id}/end")  # else it is held until it is idle
                    return told.written
                said = ANSWERS.get(body["expects"], OTHERWISE)
            await client.post(f"/api/conversations/{call_id}/end")
        except httpx.HTTPError:
            return False
    return False


async def talk(killed: Killed, numbers: Sequence[str], sounds: Mapping[str, bytes], report: Report) -> list[Told]:
    """Hold conversations one after the other until each number has come to its end once."""
    everything = []
    for number in numbers:
        done = False
        while not done:
            told = Told(number)
            everything.append(told)
            done = await converse(f"http://127.0.0.1:{killed.gateway.http_port}", told, sounds)
            report.conversations += done
            report.broken_off += not done
            if done and report.conversations % 20 == 0:
                print(f"{report.conversations} conversations, {report.kills} kills", file=sys.stderr)
            if not done:
                await asyncio.sleep(0.2)
    return everything


async def call_by_sip(killed: Killed, folder: Path, sound: Pcm, over: asyncio.Event, report: Report) -> None:
    """Call again and again, two at a time, until ``over``; calls that are cut count as calls as well."""
    (folder / "caller.alaw").write_bytes(encode(Codec.PCMA, sound.samples).tobytes())
    shutil.copy(ROOT / "sip-test-configs" / "call_with_rtp.xml", folder)
    while not over.is_set():
        command = ["sipp", f"127.0.0.1:{killed.gateway.sip_port}", "-s", "assistant", "-sf", "call_with_rtp.xml"]
        command += ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", "2", "-l", "2", "-r", "2", "-nostdin"]
        command += ["-d", "6000", "-timeout", "10s"]
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=quiet, stderr=quiet)
        await process.wait()


async def read_stories(database: Path) -> list[CallStory]:
    """Return every call of the records."""
    journal = await Journal.open(database, read_only=True)
    try:
        stories: list[CallStory] = []
        before = None
        while page := await journal.calls(200, before):
            stories += [story for call in page if (story := await journal.call(call.id)) is not None]
            before = page[-1].id
        return stories
    finally:
        await journal.close()


async def delivered(database: Path) -> list[CallStory]:
    """Wait until no action waits any more; return every call."""
    until = time.monotonic() + DELIVERED_WITHIN_S
    while True:
        stories = await read_stories(database)
        waiting = [
            action
            for story in stories
            for action in story.actions
            if action.status in (ActionStatus.PENDING, ActionStatus.DELIVERING)
        ]
        if not waiting or time.monotonic() > until:
            return stories
        await asyncio.sleep(0.5)


def judge(told: Sequence[Told], stories: Sequence[CallStory], received: Received, report: Report) -> None:
    """Compare what callers were told, what the records hold and what arrived."""
    by_number: dict[str | None, list[CallStory]] = defaultdict(list)
    for story in stories:
        by_number[story.summary.caller_number].append(story)
    for each in told:
        known = {(fact.name, fact.value) for story in by_number[each.number] for fact in story.facts}
        lost = set(each.facts.items()) - known
        report.facts_confirmed += len(each.facts)
        report.violations += [f"a confirmed fact was lost: {name}" for name, _ in lost]
        report.actions_promised += each.written
    for number, calls in by_number.items():
        promised = sum(each.written for each in told if each.number == number)
        written = sum(action.kind == ACTION for story in calls for action in story.actions)
        if written < promised:
            report.violations.append("an action that was promised is not in the records")
    actions = {action.id: action for story in stories for action in story.actions}
    report.actions_in_records = len(actions)
    report.actions_delivered = len(received.keys)
    report.attempts = received.attempts
    report.violations += ["an action never arrived" for each in actions if each not in received.keys]
    report.violations += [
        "an action arrived that the records do not hold" for each in received.keys if each not in actions
    ]
    report.violations += ["an action arrived under two keys" for keys in received.keys.values() if len(keys) > 1]
    wishes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for payload in received.payloads.values():
        wishes[payload["call"]["id"], payload["type"]].add(payload["id"])
    report.violations += ["one wish arrived as two actions" for ids in wishes.values() if len(ids) > 1]
    report.violations += ["a call goes on for ever" for story in stories if story.summary.ended_at is None]
    report.sip_calls = sum(story.summary.line == "sip" for story in stories)


async def crash(folder: Path, conversations: int, kills: int, seed: int) -> Report:
    """Let so many conversations come to their end, and kill the gateway so often meanwhile."""
    report = Report()
    chance = random.Random(seed)
    lines = {line: await spoken(line) for line in LINES}
    sounds = {line: write_wav(sound) for line, sound in lines.items()}
    over = asyncio.Event()
    async with StubEngines(lines, StubTimes(5, 5, 5)) as stubs, Endpoint(seed) as endpoint:
        settings = {
            "ASR_ENDPOINT": stubs.url,
            "TTS_ENDPOINT": stubs.url,
            "NEXTJS_ACTION_ENDPOINT": endpoint.url,
            "NEXTJS_ACTION_SECRET": "a secret of this benchmark",
            "CACHE_DIR": os.environ.get("CRASH_CACHE_DIR", str(folder / "cache")),
        }
        killed = Killed(folder, settings, report)
        try:
            await killed.ready()
            numbers = [f"+4144{7_000_000 + number}" for number in range(conversations)]
            talking = [asyncio.create_task(talk(killed, numbers[at::AT_ONCE], sounds, report)) for at in range(AT_ONCE)]
            sound = caller_sound([lines[WISH], lines[ANSWERS[Expectation.NAME]]])
            calling = asyncio.create_task(call_by_sip(killed, folder, sound, over, report))
            while report.kills < kills:
                await asyncio.sleep(chance.uniform(*BETWEEN_KILLS_S))
                await killed.kill()
            told = [each for part in await asyncio.gather(*talking) for each in part]
            over.set()
            await calling
            endpoint.calm = True
            stories = await delivered(killed.gateway.data / "gateway.sqlite3")
        finally:
            over.set()
            await killed.stop()
        judge(told, await read_stories(killed.gateway.data / "gateway.sqlite3") or stories, endpoint.received, report)
    return report


def main() -> int:
    """Print what came of it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=200, help="that come to their end")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    # A stub whose client was killed says so, which is no news here.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        report = asyncio.run(crash(Path(name), options.conversations, options.kills, options.seed))
    print(json.dumps(asdict(report), indent=2))
    return 1 if report.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
