"""How long a caller waits for an answer on the embedded default, and how much memory the gateway takes.

Real SIP calls with synthesised callers go to a gateway of its own. Two clocks measure every reply:

- the gateway's playout clock, by stage: silence waited for, recognition beyond it, dialogue, first sample of the
  reply;
- the caller's own recording, which knows nothing of the gateway: from the caller's last audible sample sent to the
  first audible sample received, the caller's jitter buffer and both ways on the wire included.

With ``--stub``, recogniser, voice and language model are replaced by stubs that take a known time, and what is waited
beyond them and the end of the turn is the gateway's own share (``own_latency.py``), at one call and at twenty.

Prints a table and one JSON line. Run it with nothing else on the machine:

    .venv/bin/python benchmarks/turn_latency.py
    .venv/bin/python benchmarks/turn_latency.py --stub
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from gateway_process import PROFILE, Gateway
from own_latency import measure_own_share, own_share_table
from stub_engines import StubTimes

from gateway.audio import TELEPHONE_RATE
from gateway.caller.call import place_call
from gateway.caller.options import CallOptions, CallReport
from gateway.dialogue.phrase import fixed_prompts, split_sentences
from gateway.language import LANGUAGES
from gateway.logs import configure_logging
from gateway.practice.loader import load_profile
from gateway.records.journal import Journal
from gateway.records.model import TurnRecord

AUDIBLE = 200
"""Largest absolute value of a 20 ms frame above which it is no silence, in 16-bit steps."""
FRAME = TELEPHONE_RATE // 50
CROWD = 20
"""Calls at once of the larger load."""
APART_MS = 400
"""Silence that parts two of the caller's lines."""

LINES: Mapping[str, Sequence[str]] = {
    "de": (
        "Guten Tag, wann haben Sie geöffnet?",
        "Und wo ist die Praxis?",
        "Ich möchte einen Termin für eine Kontrolle.",
        "Am Dienstag in zwei Wochen.",
        "Um vierzehn Uhr dreissig.",
        "Ja, ich war schon bei Ihnen.",
        "Mein Name ist Thomas Zimmermann.",
        "Null sieben neun, eins zwei drei, vier fünf, sechs sieben.",
        "Nein, nicht am Dienstag, am Donnerstag in zwei Wochen.",
        "Nein, nicht um halb drei, um zehn Uhr.",
        "Ja, das stimmt.",
        "Nein danke, auf Wiederhören.",
    ),
    "en": (
        "Good morning, when are you open?",
        "And where is the practice?",
        "I would like an appointment for a check-up.",
        "On Tuesday in two weeks.",
        "At half past two in the afternoon.",
        "Yes, I have been with you before.",
        "My name is John Miller.",
        "Zero seven nine, one two three, four five, six seven.",
        "No, not on Tuesday, on Thursday in two weeks.",
        "No, not at half past two, at ten o'clock.",
        "Yes, that is right.",
        "No, thank you, goodbye.",
    ),
}
STAGES = ("endpointing_ms", "recognition_ms", "dialogue_ms", "first_audio_ms", "response_ms", "recogniser_ms")


@dataclass(frozen=True)
class Reply:
    """One reply: its times by stage, and whether its first sentence was in the cache."""

    cached: bool
    times: Mapping[str, float]


@dataclass(frozen=True)
class Memory:
    """Proportional set sizes in megabytes."""

    main: float
    worker: float
    speech: float

    @property
    def main_and_worker(self) -> float:
        """The two processes that every installation runs, together."""
        return round(self.main + self.worker, 1)


def memory_of(gateway: Gateway) -> Memory:
    """Return what the gateway's processes take now."""

    def megabytes(pids: Iterable[int]) -> float:
        kilobytes = 0
        for pid in pids:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
        return round(kilobytes / 1024, 1)

    return Memory(
        megabytes([gateway.pid]),
        megabytes(gateway.children("gateway.media.worker")),
        megabytes(gateway.children("gateway.speech")),
    )


async def converse(gateway: Gateway, language: str, folder: Path, name: str) -> CallReport:
    """Hold one conversation and return its report."""
    options = CallOptions(
        to=gateway.uri, say=LINES[language], language=language, save=folder / f"{name}.wav", transcribe=False
    )
    report = await place_call(options, on_line=lambda _line: None)
    if report.exit_code != 0:
        raise SystemExit(f"The call failed: {report.reason}")
    return report


async def replies(gateway: Gateway) -> list[Reply]:
    """Return every reply of every call, oldest call first."""
    profile = load_profile(PROFILE)
    fixed = {prompt for language in LANGUAGES for prompt in fixed_prompts(profile, language)}

    def reply(turn: TurnRecord) -> Reply:
        return Reply(split_sentences(turn.text)[0] in fixed, turn.latency_ms)

    journal = await Journal.open(gateway.database, read_only=True)
    try:
        calls = [await journal.call(summary.id) for summary in reversed(await journal.calls(limit=100))]
    finally:
        await journal.close()
    turns = [turn for call in calls if call is not None for turn in call.turns]
    return [reply(turn) for turn in turns if "response_ms" in turn.latency_ms]


def wire_waits(recording: Path) -> list[float]:
    """Return the milliseconds from the end of each of the caller's lines to the reply, from the caller's recording."""
    with wave.open(str(recording), "rb") as reader:
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    other, own = samples[:, 0], samples[:, 1]
    heard, said = _audible(other), _audible(own)
    gap = APART_MS * TELEPHONE_RATE // 1000 // FRAME
    ends = [
        index
        for index in np.flatnonzero(said)
        if not said[index + 1 : index + 1 + gap].any() and index + 1 + gap < len(said)
    ]
    waits = []
    for end, following in zip(ends, [*ends[1:], len(heard)], strict=True):
        starts = np.flatnonzero(heard[end + 1 : following])
        if len(starts):
            waits.append(float(starts[0] + 1) * 1000 * FRAME / TELEPHONE_RATE)
    return waits


def _audible(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    loud: npt.NDArray[np.bool_] = np.abs(frames.astype(np.int32)).max(axis=1) > AUDIBLE
    return loud


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    return {"p50": round(float(np.percentile(values, 50)), 1), "p95": round(float(np.percentile(values, 95)), 1)}


def stages(chosen: Sequence[Reply]) -> dict[str, dict[str, float]]:
    """Return the percentiles of every stage."""
    return {stage: percentiles([reply.times[stage] for reply in chosen]) for stage in STAGES} if chosen else {}


async def measure(calls: int, folder: Path) -> dict[str, object]:
    """Run the calls one after the other, then five at once for the memory, and return the figures."""
    gateway = Gateway(folder)
    try:
        ready_s = gateway.wait_until_healthy()
        await asyncio.sleep(20)  # the fixed prompts are synthesised in the background after the first start
        rest = memory_of(gateway)
        waits: list[float] = []
        for number in range(calls):
            language = ("de", "en")[number % 2]
            await converse(gateway, language, folder, f"call{number}")
            waits += wire_waits(folder / f"call{number}.wav")
            print(f"  call {number + 1} of {calls} ({language}) done", file=sys.stderr, flush=True)
        measured = await replies(gateway)
        five = asyncio.gather(*(converse(gateway, "de", folder, f"five{number}") for number in range(5)))
        peak = rest
        while not five.done():
            await asyncio.sleep(2)
            now = memory_of(gateway)
            peak = Memory(max(peak.main, now.main), max(peak.worker, now.worker), max(peak.speech, now.speech))
        await five
    finally:
        gateway.stop()
    return {
        "benchmark": "turn_latency",
        "replies": len(measured),
        "ready_s": round(ready_s, 1),
        "cached": stages([reply for reply in measured if reply.cached]),
        "uncached": stages([reply for reply in measured if not reply.cached]),
        "all": stages(measured),
        "cached_replies": sum(reply.cached for reply in measured),
        "wire_ms": percentiles(waits),
        "wire_replies": len(waits),
        "memory_mb": {
            "at_rest": {"main_and_worker": rest.main_and_worker, "speech": rest.speech},
            "in_five_calls": {"main_and_worker": peak.main_and_worker, "speech": peak.speech},
        },
    }


def table(figures: dict[str, object]) -> str:
    """Return the figures for people."""
    rows = [f"{'':<22}{'p50 ms':>10}{'p95 ms':>10}"]
    for group in ("cached", "uncached", "all"):
        times = figures[group]
        assert isinstance(times, dict)
        rows.append(f"{group}, {figures['cached_replies'] if group == 'cached' else ''}".rstrip(", "))
        rows += [f"  {stage:<20}{value['p50']:>10}{value['p95']:>10}" for stage, value in times.items()]
    wire = figures["wire_ms"]
    assert isinstance(wire, dict)
    rows.append(f"{'on the caller’s wire':<22}{wire['p50']:>10}{wire['p95']:>10}")
    memory = figures["memory_mb"]
    assert isinstance(memory, dict)
    for when, sizes in memory.items():
        rows.append(f"memory {when}: main and worker {sizes['main_and_worker']} MB, speech {sizes['speech']} MB")
    return "\n".join(rows)


def main() -> None:
    """Measure, print the table, then the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3, help="conversations of 12 turns each")
    parser.add_argument("--stub", action="store_true", help="measure the gateway's own share, with stubs for engines")
    options = parser.parse_args()
    configure_logging("warning", stream=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        if options.stub:
            loads = ((1, options.calls), (CROWD, CROWD))
            figures = asyncio.run(measure_own_share(Path(folder), StubTimes(), loads))
            print(own_share_table(figures))
        else:
            figures = asyncio.run(measure(options.calls, Path(folder)))
            print(table(figures))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
