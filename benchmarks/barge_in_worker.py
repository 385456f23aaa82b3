"""How fast a caller's words stop a prompt, from socket to socket through a real media worker.

Every caller is a UDP socket that sends A-law each 20 ms and notes when packets of the prompt come. The prompt has a
faint noise under it, so that each of its packets can be told from silence. Measured is the time from the sending of the
packet with the caller's first sound to the arrival of the prompt's last packet; the jitter buffer is within it.

    .venv/bin/python benchmarks/barge_in_worker.py [--clips FOLDER] [--calls 1 50] [--rounds 3]

Prints a table in Markdown and one JSON line. Run it with nothing else on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import numpy as np
from barge_in_sounds import callers, line, prompts

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.codecs.g711 import decode, encode
from gateway.media.frame import FRAME_MS, FRAME_SAMPLES
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp

PAYLOAD_TYPE = 8
AUDIBLE = 16
SILENT_TICKS = 100
LISTENING_TICKS = 100


class Caller:
    """One call: silence, then a sentence, over a socket of its own."""

    def __init__(self, number: int, sentence: np.ndarray, first_tick: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.target = ("127.0.0.1", 0)
        self.first_tick = first_tick
        self.last_packet: float | None = None
        self.began: float | None = None
        self.packets = 0
        lead = np.zeros(first_tick * FRAME_SAMPLES)
        sound = line(np.concatenate([lead, sentence, np.zeros(LISTENING_TICKS * FRAME_SAMPLES)]))
        frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        self._payloads = [octets.tobytes() for octets in encode(Codec.PCMA, frames)]
        self._ssrc = number + 1

    def send(self, tick: int) -> None:
        """Send the packet of a tick."""
        payload = self._payloads[min(tick, len(self._payloads) - 1)]
        packet = RtpPacket(PAYLOAD_TYPE, tick, tick * FRAME_SAMPLES, self._ssrc, payload).build()
        if tick == self.first_tick:
            self.began = time.monotonic()
        self.socket.sendto(packet, self.target)

    def receive(self) -> None:
        """Note a packet that has come."""
        data = self.socket.recv(2048)
        arrived = time.monotonic()
        octets = np.frombuffer(parse_rtp(data).payload, np.uint8)[None]
        if np.abs(decode(Codec.PCMA, octets)).max() > AUDIBLE:
            self.last_packet = arrived
            self.packets += 1

    @property
    def delay_ms(self) -> float:
        """Return how long the prompt went on after the caller's first sound; infinite if it never played or stopped."""
        if self.began is None or self.last_packet is None or time.monotonic() - self.last_packet < 0.3:
            return float("inf")
        return (self.last_packet - self.began) * 1000


async def endless_prompt() -> AsyncIterator[Pcm]:
    """Yield a prompt over and over, with noise at -55 dBFS under it."""
    rng = np.random.default_rng(3)
    for _ in range(3):
        for prompt in prompts().values():
            yield Pcm(line(prompt + rng.normal(size=len(prompt)) * 10 ** (-55 / 20)), TELEPHONE_RATE)


async def talk(caller_list: Sequence[Caller], ticks: int) -> None:
    """Send each caller's packets on the clock, the callers' moments spread over the tick."""
    start = time.monotonic()
    loop = asyncio.get_running_loop()
    for caller in caller_list:
        loop.add_reader(caller.socket, caller.receive)
    apart = FRAME_MS / 1000 / len(caller_list)
    for tick in range(ticks):
        for index, caller in enumerate(caller_list):
            due = start + tick * FRAME_MS / 1000 + index * apart
            if due > time.monotonic():
                await asyncio.sleep(due - time.monotonic())
            caller.send(tick)
    for caller in caller_list:
        loop.remove_reader(caller.socket)


async def one_round(worker: MediaWorker, sentences: Sequence[np.ndarray], calls: int, seed: int) -> list[float]:
    """Let ``calls`` callers interrupt a prompt each, at random moments; return their delays in ms."""
    rng = np.random.default_rng(seed)
    caller_list = [
        Caller(number, sentences[(number + seed) % len(sentences)], SILENT_TICKS + int(rng.integers(0, 100)))
        for number in range(calls)
    ]
    async with contextlib.AsyncExitStack() as stack:
        for caller in caller_list:
            stack.callback(caller.socket.close)
            leg: RtpLeg = await worker.allocate()
            stack.push_async_callback(leg.release)
            caller.target = ("127.0.0.1", leg.local_port)
            port = caller.socket.getsockname()[1]
            await leg.connect(StreamParameters("127.0.0.1", port, Codec.PCMA, PAYLOAD_TYPE))
            await leg.play(endless_prompt())
        await talk(caller_list, SILENT_TICKS + 100 + LISTENING_TICKS)
        return [caller.delay_ms for caller in caller_list]


async def measure(clips: Iterable[np.ndarray], calls: Sequence[int], rounds: int) -> list[dict[str, float]]:
    """Print and return the delays by number of calls."""
    sentences = list(clips)
    print("| calls | barge-ins | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|")
    rows = []
    worker = MediaWorker(port_min=29_000, port_max=29_399)
    await worker.start()
    try:
        for number in calls:
            delays: list[float] = []
            for seed in range(max(rounds, -(-16 // number))):
                delays += await one_round(worker, sentences, number, seed)
            p50, p95, most = (float(np.percentile(delays, part, method="higher")) for part in (50, 95, 100))
            print(f"| {number} | {len(delays)} | {p50:.0f} | {p95:.0f} | {most:.0f} |", flush=True)
            rows.append({"calls": number, "barge_ins": len(delays), "p50": p50, "p95": p95, "max": most})
    finally:
        await worker.stop()
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of WAV files, each a caller's sentence")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 50])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = asyncio.run(measure(callers(options.clips).values(), options.calls, options.rounds))
    print(json.dumps({"socket_to_socket": rows}))


if __name__ == "__main__":
    main()
