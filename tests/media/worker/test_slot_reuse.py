"""A leg that gets the slot of another one starts from nothing, whatever the other one has been through."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_bench import PlaneBench
from media_speech import speech

from gateway.media.codecs.codec import make_codec
from gateway.media.codecs.g711 import encode
from gateway.media.leg import Endpointing
from gateway.media.parameters import Codec, SrtpKeys, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.rtp.srtp import SrtpTransform
from gateway.media.wire import messages as m

SOUND, EVENT, NOISE = 96, 101, 13
KEYS = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(range(30)))
SPEECH = np.concatenate([np.zeros(4000, np.int16), speech().samples[: 2 * 16_000 : 2], np.zeros(8000, np.int16)])


class Line:
    """A leg of a plane and its telephone."""

    def __init__(self, bench: PlaneBench, leg: int, codec: Codec = Codec.PCMA, **changes: Any) -> None:
        self.bench, self.leg = bench, leg
        self.port = bench.add(leg).port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        stream = StreamParameters("127.0.0.1", self.socket.getsockname()[1], codec, SOUND, EVENT)
        self.stream = replace(stream, comfort_noise_payload_type=NOISE, **changes)
        keys = self.stream.srtp
        self.srtp = None if keys is None else SrtpTransform(SrtpKeys(keys.suite, keys.remote, keys.local))
        self.sequence, self.timestamp = 65_500, 2**32 - 1600
        bench.handle(m.Connect(leg, leg, self.stream))

    def send(self, kind: int, payload: bytes, *, lost: bool = False) -> None:
        packet = RtpPacket(kind, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, 7, payload).build()
        packet = packet if self.srtp is None else self.srtp.protect(packet)
        self.sequence += 1
        if not lost:
            self.socket.sendto(packet, ("127.0.0.1", self.port))

    def frames(self, sound: np.ndarray) -> Iterator[bytes]:
        """Yield the payloads of ``sound`` at 8 kHz."""
        codec = make_codec(self.stream.codec)
        for frame in sound[: len(sound) // 160 * 160].reshape(-1, 160):
            yield encode(self.stream.codec, frame).tobytes() if codec is None else codec.encode(frame.repeat(2))

    def say(self, sound: np.ndarray, lost: Callable[[int], bool] = lambda _: False) -> None:
        """Say ``sound`` at 8 kHz, a packet a tick."""
        say_all([self], sound, lost)

    def play(self, sound: np.ndarray, *, barge_in: bool = True) -> None:
        self.bench.handle(m.OpenSound(self.leg, 1, barge_in))
        self.bench.handle(m.SoundChunk(self.leg, 1, sound.astype("<i2").tobytes()))

    def heard(self) -> list[tuple[int, bytes]]:
        """Return the payload types and payloads that have come."""
        packets = []
        while True:
            try:
                datagram = self.socket.recv(2048)
            except BlockingIOError:
                return packets
            plain = datagram if self.srtp is None else self.srtp.unprotect(datagram)
            assert plain is not None
            packet = parse_rtp(plain)
            packets.append((packet.payload_type, packet.payload))

    def release(self) -> None:
        self.bench.handle(m.Release(999, self.leg))
        self.socket.close()


def say_all(lines: list[Line], sound: np.ndarray, lost: Callable[[int], bool]) -> None:
    """Let parties of one plane say the same at the same time."""
    for number, payloads in enumerate(zip(*(line.frames(sound) for line in lines), strict=True)):
        for line, payload in zip(lines, payloads, strict=True):
            line.send(SOUND, payload, lost=lost(number))
            line.timestamp += 160 * line.stream.codec.clock_rate // 8000
        lines[0].bench.tick()


def loud_loss_and_noise(line: Line) -> None:
    loud = (20_000 * np.sin(np.arange(16_000) / 3)).astype(np.int16)
    line.say(loud, lost=lambda number: number % 3 == 1)
    line.send(NOISE, bytes([20, 200, 30]))
    line.bench.tick(20)


def nothing_for_so_long_that_it_is_lost(line: Line) -> None:
    line.say(SPEECH[:8000])
    line.bench.tick(1100)
    assert [event.name for event in line.bench.of(m.Event)].count("MediaLost") == 1


def half_a_key_and_many_to_send(line: Line) -> None:
    line.send(EVENT, struct.pack("!BBH", 5, 10, 160))
    line.bench.handle(m.SendDtmf(line.leg, "0123456789"))
    line.bench.tick(7)


def half_an_utterance_and_a_prompt(line: Line) -> None:
    line.bench.handle(m.SetEndpointing(line.leg, Endpointing(end_ms=2000)))
    line.play(SPEECH, barge_in=False)
    line.say(SPEECH[:12_000])


def a_slow_jittery_peer(line: Line) -> None:
    for number in range(100):
        line.bench.tick(2)
        if number % 2:
            for _ in range(4):
                line.send(SOUND, bytes([number]) * 160)
                line.timestamp += 160


def a_bridge(line: Line) -> None:
    other = Line(line.bench, 50)
    line.bench.handle(m.Bridge(5, line.leg, other.leg))
    other.say(SPEECH[:8000])
    other.socket.close()


def a_hold(line: Line) -> None:
    line.say(SPEECH[:8000])
    line.bench.handle(m.Connect(9, line.leg, replace(line.stream, send=False, receive=False)))
    line.bench.tick(50)


TROUBLES = [
    loud_loss_and_noise,
    nothing_for_so_long_that_it_is_lost,
    half_a_key_and_many_to_send,
    half_an_utterance_and_a_prompt,
    a_slow_jittery_peer,
    a_bridge,
    a_hold,
]


def call(bench: PlaneBench, folder: Path, codec: Codec, legs: list[int]) -> list[dict[str, Any]]:
    """Let legs have the same call at the same time; return all that comes of each."""
    posted = len(bench.posted)
    lines = [Line(bench, leg, codec, srtp=KEYS) for leg in legs]
    # Each slot has a place of its own in the pattern of windows that are judged, so that a tick has as many as another.
    columns = bench.engine._listening._history._column
    columns[:] = columns[0]
    for line in lines:
        bench.handle(m.Record(500 + line.leg, line.leg, str(folder / f"{line.leg}.wav")))
        line.play(SPEECH[4000:12_000])
    say_all(lines, SPEECH, lambda number: number in {2, 70, 90})
    for line in lines:
        line.send(EVENT, struct.pack("!BBH", 5, 10, 160))
    bench.tick(2)
    for line in lines:
        bench.handle(m.Record(600 + line.leg, line.leg, None))
        bench.handle(m.GetStatistics(700 + line.leg, line.leg))
    heard = [line.heard() for line in lines]
    for line in lines:
        line.release()
    bench.writer.stop()
    told = bench.posted[posted:]
    return [outcome(told, line.leg, folder) | {"heard": sent} for line, sent in zip(lines, heard, strict=True)]


def outcome(told: list[Any], leg: int, folder: Path) -> dict[str, Any]:
    events = [(message.name, message.fields) for message in told if isinstance(message, m.Event) and message.leg == leg]
    (figures,) = [message.statistics for message in told if getattr(message, "request", 0) == 700 + leg]
    return {
        "events": events,
        # Jitter is measured by the kernel's clock.
        "figures": replace(figures, jitter_ms=0, mos=None),
        "file": (folder / f"{leg}.wav").read_bytes(),
    }


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    ("before", "codec"),
    [(Codec.PCMA, Codec.PCMA), (Codec.PCMU, Codec.G722), (Codec.OPUS, Codec.OPUS)],
)
def test_a_call_in_a_used_slot_is_like_one_in_a_fresh_slot(
    tmp_path: Path, trouble: Callable[[Line], None], before: Codec, codec: Codec
) -> None:
    bench = PlaneBench(28_410, 28_429, vad="webrtc")
    line = Line(bench, 1, before, srtp=KEYS)
    bench.handle(m.Record(400, 1, str(tmp_path / "2.wav")))
    trouble(line)
    line.release()
    used, fresh = call(bench, tmp_path, codec, [2, 3])
    bench.close()
    assert [name for name, _ in fresh["events"]].count("SpeechEnded") == 1
    for what, expected in fresh.items():
        assert used[what] == expected, what
