"""How fast a caller's words stop a prompt, and what stops one that should not.

The listening bank is driven by the clock of its samples, so the figures do not depend on the machine: each trial is a
leg that hears a prompt's echo, a caller who sets in at a random moment, or sounds that are no speech. Measured is the
time from the caller's first sound at the gateway (after the jitter buffer) to the end of the tick that stops the
prompt, whose packet was the last.

    .venv/bin/python benchmarks/barge_in.py [--clips FOLDER] [--detector webrtc]

Prints tables in Markdown and one JSON line. Without ``--clips`` the callers are synthesised.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# One thread, as in the worker; to be set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from barge_in_sounds import NO_SPEECH, EchoPath, Sound, callers, line, prompts

from gateway.audio import TELEPHONE_RATE
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.leg import Endpointing
from gateway.media.listening.detectors import VoiceDetector
from gateway.media.listening.listening import Listening
from gateway.media.listening.silero import SileroDetector
from gateway.media.listening.webrtc import WebRtcDetector

ECHO_PATHS: Mapping[str, EchoPath | None] = {
    "none": None,
    "-12 dB, 20 ms": EchoPath(12, 20),
    "-20 dB, 100 ms": EchoPath(20, 100),
    "-30 dB, 300 ms": EchoPath(30, 300),
    "-12 dB, 100 ms, hybrid": EchoPath(12, 100, "hybrid"),
    "-20 dB, 300 ms, hybrid": EchoPath(20, 300, "hybrid"),
    "-20 dB, 100 ms, room": EchoPath(20, 100, "room"),
    "-20 dB, 100 ms, changing": EchoPath(20, 100, "changing"),
}
CALLER_DB = (0, -10, -20)
QUIETEST_DB = -30
MOMENTS = 2
TOO_LATE_MS = 1500
BATCH = 32
EPISODE_SAMPLES = TELEPHONE_RATE


@dataclass(frozen=True)
class Trial:
    """A leg's sounds, of the same length, and where the caller's begins (in samples; None: there is no caller)."""

    heard: npt.NDArray[np.int16]
    sent: npt.NDArray[np.int16]
    first: int | None = None


def interruptions(trials: Sequence[Trial], detector: VoiceDetector, barge_in_ms: int) -> list[list[int]]:
    """Run trials of one length at once; return by trial the ends of the ticks that would stop a prompt, in samples."""
    listening = Listening(len(trials), detector)
    slots = np.arange(len(trials), dtype=np.intp)
    for slot in range(len(trials)):
        listening.set_endpointing(slot, Endpointing(barge_in_ms=barge_in_ms))
    heard = np.stack([trial.heard for trial in trials])
    sent = np.stack([trial.sent for trial in trials])
    playing = np.ones(len(trials), np.bool_)
    found: list[list[int]] = [[] for _ in trials]
    for begin in range(0, heard.shape[1] - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        tick = slice(begin, begin + FRAME_SAMPLES)
        positions = np.full(len(trials), begin, np.int64)
        for slot in listening.hear(slots, heard[:, tick], positions, sent[:, tick], playing, {}).interrupted:
            found[slot].append(begin + FRAME_SAMPLES)
    return found


def run(trials: Sequence[Trial], detector: VoiceDetector, barge_in_ms: int) -> list[list[int]]:
    """Do the same in batches; the trials of each are cut to the shortest."""
    found = []
    for begin in range(0, len(trials), BATCH):
        batch = trials[begin : begin + BATCH]
        length = min(len(trial.heard) for trial in batch)
        found += interruptions(
            [Trial(trial.heard[:length], trial.sent[:length], trial.first) for trial in batch], detector, barge_in_ms
        )
    return found


def echoed(prompt: Sound, path: EchoPath | None, rng: np.random.Generator) -> tuple[npt.NDArray[np.int16], Sound]:
    """Return what is sent, after a pause of up to a second, and its echo."""
    lead = int(rng.integers(TELEPHONE_RATE // 4, TELEPHONE_RATE))
    sent = line(np.concatenate([np.zeros(lead), prompt]))
    return sent, np.zeros(len(sent)) if path is None else path.apply(sent / 32768, rng)


def barge_ins(path: EchoPath | None, caller_db: float, clips: Mapping[str, Sound]) -> list[Trial]:
    """Return two trials for each caller over each prompt: the caller sets in 1.5 to 6 s after the beginning."""
    rng = np.random.default_rng(11)
    trials = []
    for clip in clips.values():
        for prompt in MOMENTS * list(prompts().values()):
            sent, sound = echoed(prompt[: 9 * TELEPHONE_RATE], path, rng)
            first = int(rng.uniform(1.5, 6) * TELEPHONE_RATE)
            end = min(len(sound), first + len(clip))
            sound[first:end] += clip[: end - first] * 10 ** (caller_db / 20)
            trials.append(Trial(line(sound), sent, first))
    return trials


def echoes(path: EchoPath, seconds: int) -> list[Trial]:
    """Return prompts whose echo is all that is heard, ``seconds`` in all or a little more."""
    rng = np.random.default_rng(12)
    trials: list[Trial] = []
    while sum(len(trial.sent) for trial in trials) < seconds * TELEPHONE_RATE:
        for prompt in prompts().values():
            sent, sound = echoed(prompt[: 15 * TELEPHONE_RATE], path, rng)
            trials.append(Trial(line(sound), sent))
    return trials


def noises(kind: str, path: EchoPath | None, seconds: int) -> list[Trial]:
    """Return prompts during which sounds are heard that are no speech."""
    rng = np.random.default_rng(13)
    trials: list[Trial] = []
    while sum(len(trial.sent) for trial in trials) < seconds * TELEPHONE_RATE:
        for prompt in prompts().values():
            sent, sound = echoed(prompt[: 15 * TELEPHONE_RATE], path, rng)
            trials.append(Trial(line(sound + NO_SPEECH[kind](rng, len(sound))), sent))
    return trials


def false_stops_a_minute(trials: Sequence[Trial], found: Sequence[Sequence[int]]) -> float:
    """Return how often a minute a prompt would have stopped; what comes within a second counts once."""
    stops = 0
    for ends in found:
        last = -EPISODE_SAMPLES
        for end in ends:
            stops += end - last >= EPISODE_SAMPLES
            last = end
    return stops / (sum(len(trial.heard) for trial in trials) / TELEPHONE_RATE / 60)


def delays(trials: Sequence[Trial], found: Sequence[Sequence[int]]) -> tuple[list[float], int]:
    """Return the milliseconds from each caller's first sound to the stop, and how many prompts stopped before it."""
    times, early = [], 0
    for trial, ends in zip(trials, found, strict=True):
        first = trial.first or 0
        early += any(end <= first for end in ends)
        after = [end for end in ends if end > first]
        times.append((after[0] - first) * 1000 / TELEPHONE_RATE if after else float("inf"))
    return times, early


def percentile(times: Sequence[float], percent: float) -> float:
    """Return a percentile without interpolation, so that a caller who was never heard counts as infinitely late."""
    return float(np.percentile(times, percent, method="higher"))


def measure_callers(clips: Mapping[str, Sound], detector: VoiceDetector, barge_in_ms: int) -> list[dict[str, object]]:
    """Print and return the delays over all echo paths and callers' levels."""
    print("| echo | caller | p50 ms | p95 ms | later than 1.5 s | stopped before |\n|---|---|---|---|---|---|")
    rows = []
    for name, path in ECHO_PATHS.items():
        for caller_db in (*CALLER_DB, QUIETEST_DB) if path is None else CALLER_DB:
            trials = barge_ins(path, caller_db, clips)
            times, early = delays(trials, run(trials, detector, barge_in_ms))
            late = sum(time > TOO_LATE_MS for time in times)
            p50, p95 = percentile(times, 50), percentile(times, 95)
            print(f"| {name} | {-26 + caller_db} dBFS | {p50:.0f} | {p95:.0f} | {late} of {len(times)} | {early} |")
            rows.append({"echo": name, "caller_db": caller_db, "p50": p50, "p95": p95, "late": late, "early": early})
    return rows


def measure_false_stops(detector: VoiceDetector, barge_in_ms: int, seconds: int) -> list[dict[str, object]]:
    """Print and return how often a minute something else stops a prompt."""
    print("\n| heard | false stops a minute |\n|---|---|")
    rows = []
    cases = [(f"echo {name}", echoes(path, seconds)) for name, path in ECHO_PATHS.items() if path is not None]
    cases += [(kind, noises(kind, None, seconds)) for kind in NO_SPEECH]
    for name, trials in cases:
        stops = false_stops_a_minute(trials, run(trials, detector, barge_in_ms))
        print(f"| {name} | {stops:.2f} |")
        rows.append({"heard": name, "stops_a_minute": round(stops, 2)})
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of WAV files, each a caller's sentence")
    parser.add_argument("--detector", choices=("silero", "webrtc"), default="silero")
    parser.add_argument("--barge-in-ms", type=int, default=Endpointing().barge_in_ms)
    parser.add_argument("--seconds", type=int, default=120, help="of each kind of sound that is no speech")
    options = parser.parse_args()
    detector = WebRtcDetector(BATCH) if options.detector == "webrtc" else SileroDetector(BATCH)
    clips = callers(options.clips)
    result = {
        "detector": options.detector,
        "barge_in_ms": options.barge_in_ms,
        "clips": len(clips),
        "callers": measure_callers(clips, detector, options.barge_in_ms),
        "false_stops": measure_false_stops(detector, options.barge_in_ms, options.seconds),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
