"""How much sound comes too late, and how long the rest waits: the adaptive jitter buffer against a fixed one of 40 ms.

A simulation without sockets or a clock, so it gives the same figures everywhere. 200 callers speak 40 % of the time
for a minute each; their packets of 20 ms pass a network that delays each

- ``normal``: by the absolute value of a normal distribution, independently, so that packets overtake each other; the
  jitter named is what 95 % of the packets keep to;
- ``spikes``: not at all in the good state and up to the jitter named in the bad one, without overtaking; the states
  change as in Gilbert's model, 2 % of the time is bad, for 100 ms on average;
- ``drift``: not at all, but the callers' clocks are wrong by up to 200 ppm, 40 of them for an hour.

Prints a table and one JSON line:

    .venv/bin/python benchmarks/jitter_buffer.py
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from gateway.media.receive.delay_estimates import DelayLimits
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.jitter_buffers import JitterBuffers
from gateway.media.receive.packet_round import PacketRound

Floats = npt.NDArray[np.float64]

TICK = 20.0
LOUD, SOFT, SILENCE = 0x2A, 0x55 ^ 0x83, 0xD5
JITTERS = (0, 5, 20, 40, 80)
ADAPTIVE, FIXED = DelayLimits(), DelayLimits(least_ms=40, start_ms=40, longest_ms=40)


@dataclass(frozen=True)
class Result:
    """Shares are of all frames and of those in which the caller spoke; delays in ms from coming to being played."""

    network: str
    jitter_ms: int
    buffer: str
    late_percent: float
    made_up_percent: float
    made_up_in_speech_percent: float
    left_out_in_speech_percent: float
    mean_delay_ms: float
    longest_delay_ms: float


def normal(generator: np.random.Generator, shape: tuple[int, int], jitter: float) -> Floats:
    """Return the delays of packets [legs, packets] in ms."""
    return np.abs(generator.normal(0, jitter / 1.96, shape))


def spikes(generator: np.random.Generator, shape: tuple[int, int], jitter: float) -> Floats:
    """Return the delays of packets [legs, packets] in ms; none arrives before the one before it."""
    delays = np.zeros(shape)
    bad = np.zeros(shape[0], np.bool_)
    draws, sizes = generator.random(shape), generator.uniform(0, jitter, shape)
    for packet in range(shape[1]):
        bad = np.where(bad, draws[:, packet] >= 0.2, draws[:, packet] < 0.2 * 0.02 / 0.98)
        delays[:, packet] = np.where(bad, sizes[:, packet], 0)
    sent = np.arange(shape[1]) * TICK
    return np.maximum.accumulate(sent + delays, axis=1) - sent


def talk(generator: np.random.Generator, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which packets [legs, packets] hold speech: talkspurts of 1 s, pauses of 1.5 s on average."""
    speaking = np.zeros(shape, np.bool_)
    now = generator.random(shape[0]) < 0.4
    draws = generator.random(shape)
    for packet in range(shape[1]):
        now ^= draws[:, packet] < np.where(now, TICK / 1000, TICK / 1500)
        speaking[:, packet] = now
    return speaking


def simulate(arrivals: Floats, sent: Floats, speaking: npt.NDArray[np.bool_], limits: DelayLimits) -> dict[str, float]:
    """Let the packets [legs, packets] come at ``arrivals`` and tell what was heard; times in ms."""
    legs, packets = arrivals.shape
    bank = JitterBuffers(legs, limits)
    slots = np.arange(legs)
    for slot in range(legs):
        bank.reset(slot, SILENCE)
    order = np.argsort(arrivals, axis=1, kind="stable")
    upcoming = np.zeros(legs, np.intp)
    quiet = np.ones(legs, np.bool_)
    delays, made_up, made_up_in_speech, left_out, frames = [], 0, 0, 0, 0
    talking = np.zeros(legs, np.bool_)
    for tick in range(1, int(arrivals.max() / TICK) + 2):
        while True:
            at = np.minimum(upcoming, packets - 1)
            number = order[slots, at]
            due = (upcoming < packets) & (arrivals[slots, number] <= tick * TICK)
            if not due.any():
                break
            bank.push(round_of(slots[due], number[due], speaking[slots[due], number[due]]))
            upcoming += due
        popped = bank.pop(slots, quiet)
        sound = popped.kinds == FrameKind.SOUND
        number = popped.octets[:, :3].astype(np.intp) @ (1 << 16, 1 << 8, 1)
        number[~sound] = 0
        talking = np.where(sound, speaking[slots, number], talking)
        quiet = ~talking
        if tick * TICK > sent[:, -1].min():
            break
        if tick > 50:
            gone = (popped.kinds == FrameKind.LOST) | (popped.kinds == FrameKind.STRETCHED)
            made_up += int(gone.sum())
            made_up_in_speech += int((gone & talking).sum())
            left_out += int((popped.spliced & talking).sum())
            frames += legs
            delays.append((tick * TICK - sent[slots, number])[sound])
    waited = np.concatenate(delays)
    return {
        "late_percent": 100 * int(bank.late.sum()) / (legs * packets),
        "made_up_percent": 100 * made_up / frames,
        "made_up_in_speech_percent": 100 * made_up_in_speech / (frames * speaking.mean()),
        "left_out_in_speech_percent": 100 * left_out / (frames * speaking.mean()),
        "mean_delay_ms": float(waited.mean()),
        "longest_delay_ms": float(waited.max()),
    }


def round_of(slots: npt.NDArray[np.intp], number: npt.NDArray[np.intp], speech: npt.NDArray[np.bool_]) -> PacketRound:
    """Return packets that hold their own number, then sound that is loud where there is ``speech``."""
    count = len(slots)
    rows = np.where(speech[:, None], LOUD, SOFT).astype(np.uint8).repeat(160, axis=1)
    rows[:, 0], rows[:, 1], rows[:, 2] = number >> 16, number >> 8 & 0xFF, number & 0xFF
    nothing = np.zeros(0, np.intp)
    return PacketRound(
        slots=slots,
        sequence=number & 0xFFFF,
        timestamp=number * 160,
        ssrc=np.ones(count, np.int64),
        payload_type=np.full(count, 8),
        marker=np.zeros(count, np.bool_),
        arrival=np.zeros(count),
        begin=np.zeros(count, np.intp),
        end=np.full(count, 160),
        row=np.arange(count),
        rows=rows,
        rtcp_rows=nothing,
        malformed_rows=nothing,
    )


def results(legs: int, seconds: int) -> list[Result]:
    """Run every network against both buffers, on the same packets."""
    found = []
    for network in ("normal", "spikes", "drift"):
        for jitter in JITTERS if network != "drift" else (0,):
            generator = np.random.default_rng(7)
            shape = (min(legs, 40), seconds * 60 * 50) if network == "drift" else (legs, seconds * 50)
            clock = np.linspace(-2e-4, 2e-4, shape[0])[:, None] * (network == "drift")
            sent = generator.uniform(0, TICK, (shape[0], 1)) + np.arange(shape[1]) * TICK * (1 + clock)
            delays = spikes(generator, shape, jitter) if network == "spikes" else normal(generator, shape, jitter)
            speaking = talk(generator, shape)
            for name, limits in (("adaptive", ADAPTIVE), ("fixed 40 ms", FIXED)):
                figures = simulate(sent + delays, sent, speaking, limits)
                found.append(Result(network, jitter, name, **figures))
    return found


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--legs", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    found = results(options.legs, options.seconds)
    print("| network | jitter | buffer | late | made up | in speech | left out of speech | delay | longest delay |")
    print("|---|---|---|---|---|---|---|---|---|")
    for one in found:
        print(
            f"| {one.network} | {one.jitter_ms} ms | {one.buffer} | {one.late_percent:.2f} % "
            f"| {one.made_up_percent:.2f} % | {one.made_up_in_speech_percent:.2f} % "
            f"| {one.left_out_in_speech_percent:.2f} % | {one.mean_delay_ms:.0f} ms | {one.longest_delay_ms:.0f} ms |"
        )
    print(json.dumps({"benchmark": "jitter_buffer", "results": [asdict(result) for result in found]}))


if __name__ == "__main__":
    main()
