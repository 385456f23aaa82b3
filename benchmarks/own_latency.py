"""The gateway's own share of the wait for an answer: real SIP calls, engines that take a known time.

An answer can't be there before the silence has lasted long enough to end the turn, nor before the engines have worked
one after the other from the caller's pause on. What is waited beyond the later of the two is the gateway's own share:

    own = response - max(endpointing, pause + recognition + model (where asked) + synthesis (where not cached))

The pause is the silence after which recognition begins, a part of the endpointing wait. Every time is read from the
gateway's playout clock, but for the engines' times, which are set. SIPp calls, so that the callers take next to nothing
of the machine.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from gateway_process import PROFILE, ROOT, Gateway
from stub_engines import StubEngines, StubTimes

from gateway.audio import TELEPHONE_RATE, Pcm, resample
from gateway.dialogue.phrase import fixed_prompts, split_sentences
from gateway.language import LANGUAGES
from gateway.media.codecs.g711 import encode
from gateway.media.leg import Endpointing
from gateway.media.parameters import Codec
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import CallStory
from gateway.speech.fallback import InProcessSynthesiser

LINES = (
    "Guten Tag wann haben Sie geöffnet?",
    "Und wo ist die Praxis?",
    "Der Kollege meiner Schwester meinte neulich es gehe auch anders.",
    "Ich möchte einen Termin für eine Kontrolle.",
    "Am Dienstag in zwei Wochen.",
    "Um vierzehn Uhr dreissig.",
    "Ja ich war schon bei Ihnen.",
    "Mein Name ist Thomas Zimmermann.",
    "Naja meine Tochter hat ja auch noch so ein Ding von früher.",
)
"""What each caller says: answers from the cache, two that the model is asked about, and answers with values."""
GREETING_S = 10.0
BETWEEN_S = 7.0
"""From the end of a line to the next, longer than any answer at the stub's speed."""
WARM_WITHIN_S = 180
WINDOW_MS = 32
"""What the voice detector looks at: a pause is known at the end of a window (256 samples at 8 kHz)."""
PAUSE_MS = -(-Endpointing().pause_ms // WINDOW_MS) * WINDOW_MS
MEASURES = ("endpointing_ms", "recognition_ms", "dialogue_ms", "first_audio_ms", "response_ms")


@dataclass(frozen=True)
class Answer:
    """One reply: its times by stage, what engines it needed, and what of its time was the gateway's own."""

    times: Mapping[str, float]
    cached: bool
    modelled: bool
    own_ms: float


async def spoken(text: str) -> Pcm:
    """Return a line as it is said, at 8 kHz."""
    chunks = [chunk async for chunk in InProcessSynthesiser().synthesise(text, "de")]
    whole = Pcm(np.concatenate([chunk.samples for chunk in chunks]), chunks[0].rate)
    return resample(whole, TELEPHONE_RATE)


def caller_sound(lines: Sequence[Pcm]) -> Pcm:
    """Return all that a caller sends, in the times of ``GREETING_S`` and ``BETWEEN_S``."""
    parts = [np.zeros(round(GREETING_S * TELEPHONE_RATE), np.int16)]
    for line in lines:
        parts += [line.samples, np.zeros(round(BETWEEN_S * TELEPHONE_RATE), np.int16)]
    return Pcm(np.concatenate(parts), TELEPHONE_RATE)


async def call(gateway: Gateway, folder: Path, sound: Pcm, at_once: int, calls: int) -> None:
    """Hold ``calls`` conversations, ``at_once`` at a time, begun half a second apart."""
    program = shutil.which("sipp")
    if program is None:
        raise SystemExit("sipp is missing; run tools/install_test_peers.sh")
    (folder / "caller.alaw").write_bytes(encode(Codec.PCMA, sound.samples).tobytes())
    shutil.copy(ROOT / "sip-test-configs" / "call_with_rtp.xml", folder)
    command = [program, f"127.0.0.1:{gateway.sip_port}", "-s", "assistant", "-sf", "call_with_rtp.xml"]
    command += ["-i", "127.0.0.1", "-mi", "127.0.0.1", "-m", str(calls), "-l", str(at_once), "-r", "2", "-nostdin"]
    command += ["-d", str(round(1000 * sound.seconds))]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    if await process.wait() != 0:
        raise SystemExit("SIPp reports a call that failed")


def answers(story: CallStory, stubs: StubEngines, fixed: frozenset[str]) -> list[Answer]:
    """Return the replies of one call with the gateway's own share of each."""
    found = []
    said = ""
    for turn in story.turns:
        if turn.speaker == "caller":
            said = turn.text
        elif "response_ms" in turn.latency_ms:
            times = turn.latency_ms
            cached = split_sentences(turn.text)[0] in fixed
            modelled = said in stubs.asked_model
            engines = PAUSE_MS + stubs.times.recognition_ms
            engines += stubs.times.model_ms * modelled + stubs.times.synthesis_ms * (not cached)
            own = times["response_ms"] - max(times["endpointing_ms"], engines)
            found.append(Answer(times, cached, modelled, own))
    return found


async def measure_own_share(folder: Path, times: StubTimes, loads: Sequence[tuple[int, int]]) -> dict[str, object]:
    """Return the figures for each of ``loads``: calls at once, and calls in all."""
    sounds = {line: await spoken(line) for line in LINES}
    profile = load_profile(PROFILE)
    fixed = frozenset(prompt for language in LANGUAGES for prompt in fixed_prompts(profile, language))
    figures: dict[str, object] = {
        "benchmark": "own_latency",
        "recognition_ms": times.recognition_ms,
        "synthesis_ms": times.synthesis_ms,
        "model_ms": times.model_ms,
    }
    async with StubEngines(sounds, StubTimes(0, 0, 0)) as stubs:
        settings = {"ASR_ENDPOINT": stubs.url, "TTS_ENDPOINT": stubs.url, "LLM_ENDPOINT": stubs.url}
        gateway = await asyncio.to_thread(
            Gateway, folder, {**settings, "SIP_MAX_CALLS": "40", "CACHE_DIR": str(folder / "cache")}
        )
        try:
            await asyncio.to_thread(gateway.wait_until_healthy)
            await _warm(gateway)
            stubs.times = times
            known: set[str] = set()
            for at_once, calls in loads:
                await call(gateway, folder, caller_sound(list(sounds.values())), at_once, calls)
                stories = [story for story in await _stories(gateway) if story.summary.id not in known]
                known |= {story.summary.id for story in stories}
                found = [answer for story in stories for answer in answers(story, stubs, fixed)]
                figures[f"calls_{at_once}"] = summary(found, expected=calls * len(LINES))
        finally:
            await asyncio.to_thread(gateway.stop)
    return figures


async def _warm(gateway: Gateway) -> None:
    for _ in range(WARM_WITHIN_S):
        if "prompts_ready" in gateway.log.read_text("utf-8", "replace"):
            return
        await asyncio.sleep(1)
    raise SystemExit("The gateway's prompts were not ready in time.")


async def _stories(gateway: Gateway) -> list[CallStory]:
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        calls = [await journal.call(summary.id) for summary in await journal.calls(limit=200)]
    finally:
        await journal.close()
    return [story for story in calls if story is not None]


def summary(found: Sequence[Answer], expected: int) -> dict[str, object]:
    """Return the percentiles of every stage and of the own share, in all and by the engines that were needed."""
    kinds = {
        "cached": [one for one in found if one.cached and not one.modelled],
        "synthesised": [one for one in found if not one.cached and not one.modelled],
        "modelled": [one for one in found if one.modelled],
    }
    return {
        "replies": len(found),
        "expected": expected,
        "stages": {name: percentiles([one.times[name] for one in found]) for name in MEASURES} if found else {},
        "own_ms": percentiles([one.own_ms for one in found]) if found else {},
        "own_by_kind": {
            name: {"replies": len(some), **percentiles([one.own_ms for one in some])}
            for name, some in kinds.items()
            if some
        },
    }


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the largest."""
    p50, p95 = (round(float(np.percentile(values, share)), 1) for share in (50, 95))
    return {"p50": p50, "p95": p95, "max": round(max(values), 1)}


def own_share_table(figures: Mapping[str, object]) -> str:
    """Return the figures for people."""
    rows = []
    for name, load in figures.items():
        if not isinstance(load, dict):
            continue
        rows.append(f"{name.removeprefix('calls_')} at once, {load['replies']} of {load['expected']} replies")
        rows.append(f"  {'':<18}{'p50 ms':>10}{'p95 ms':>10}{'max ms':>10}")
        lines = {**load["stages"], "own share": load["own_ms"]}
        lines |= {f"  {kind} ({one['replies']})": one for kind, one in load["own_by_kind"].items()}
        rows += [f"  {what:<18}{one['p50']:>10}{one['p95']:>10}{one['max']:>10}" for what, one in lines.items() if one]
    return "\n".join(rows)
