"""What a telephone gets while nothing is played to it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.codecs.g711 import decode
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.playout.silence_fill import Silence
from gateway.media.receive.comfort_noise import parse_comfort_noise
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.rtp.packet import wrapped_difference as difference
from gateway.media.wire import messages as m

NOISE_TYPE = 13


class Line:
    """A plane with one leg, and the telephone on its other end."""

    def __init__(self, silence: Silence, **changes: object) -> None:
        self.bench = PlaneBench(28_560, 28_569, vad="webrtc", silence=silence)
        self.telephone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.telephone.bind(("127.0.0.1", 0))
        self.telephone.setblocking(False)
        self.bench.add(1)
        stream = StreamParameters("127.0.0.1", self.telephone.getsockname()[1], Codec.PCMA, 8, 101)
        self.bench.handle(m.Connect(1, 1, replace(stream, **changes)))

    def play(self, samples: int) -> None:
        self.bench.handle(m.OpenSound(1, 1, False))
        self.bench.handle(m.SoundChunk(1, 1, np.full(samples, 5000, "<i2").tobytes()))
        self.bench.handle(m.EndSound(1, 1))

    def received(self) -> list[RtpPacket]:
        packets = []
        while True:
            try:
                packets.append(parse_rtp(self.telephone.recv(2048)))
            except BlockingIOError:
                return packets

    def close(self) -> None:
        self.bench.close()
        self.telephone.close()


@pytest.fixture
def silent() -> Iterator[Line]:
    line = Line(Silence.SILENCE, comfort_noise_payload_type=NOISE_TYPE)
    yield line
    line.close()


@pytest.fixture
def noisy() -> Iterator[Line]:
    line = Line(Silence.COMFORT_NOISE)
    yield line
    line.close()


@pytest.fixture
def describing() -> Iterator[Line]:
    line = Line(Silence.COMFORT_NOISE, comfort_noise_payload_type=NOISE_TYPE)
    yield line
    line.close()


def sound_of(packets: list[RtpPacket]) -> np.ndarray:
    return np.concatenate([decode(Codec.PCMA, np.frombuffer(packet.payload, np.uint8)) for packet in packets])


def test_silence_is_sent_packet_by_packet_also_to_a_peer_with_comfort_noise(silent: Line) -> None:
    silent.bench.tick(50)
    packets = silent.received()
    assert [packet.payload_type for packet in packets] == [8] * 50
    assert np.abs(sound_of(packets)).max() <= 8


def test_noise_is_low_and_never_stops_where_the_peer_knows_no_description(noisy: Line) -> None:
    noisy.bench.tick(50)
    packets = noisy.received()
    assert [packet.payload_type for packet in packets] == [8] * 50
    level = np.sqrt(np.mean(sound_of(packets).astype(float) ** 2))
    assert 5 < level < 40
    noisy.play(160 * 5)
    noisy.bench.tick(10)
    loud = [np.abs(sound_of([packet])).max() > 4000 for packet in noisy.received()]
    assert loud == [True] * 5 + [False] * 5


def test_a_silence_is_described_now_and_then_and_sound_begins_with_a_marker(describing: Line) -> None:
    describing.bench.tick(50)
    described = describing.received()
    assert [packet.payload_type for packet in described] == [NOISE_TYPE] * 3
    assert parse_comfort_noise(described[0].payload).level_dbov == -65
    assert [difference(b.timestamp, a.timestamp, 32) for a, b in pairwise(described)] == [3200] * 2
    describing.play(160 * 5)
    describing.bench.tick(8)
    packets = describing.received()
    assert [(packet.payload_type, packet.marker) for packet in packets[:5]] == [(8, True), *[(8, False)] * 4]
    assert [packet.payload_type for packet in packets[5:]] == [NOISE_TYPE]
    assert difference(packets[0].timestamp, described[0].timestamp, 32) == 50 * 160
    numbers = [packet.sequence for packet in (*described, *packets)]
    assert [difference(number, numbers[0], 16) for number in numbers] == list(range(9))


def test_made_up_ticks_send_nothing_and_the_time_goes_on(silent: Line) -> None:
    silent.play(160 * 20)
    silent.bench.tick(5)
    before = silent.received()[-1]
    silent.bench.tick(4, late=True)
    assert silent.received() == []
    silent.bench.tick()
    (after,) = silent.received()
    assert difference(after.sequence, before.sequence, 16) == 1
    assert difference(after.timestamp, before.timestamp, 32) == 5 * 160
    silent.bench.tick(30)
    (ended,) = [event for event in silent.bench.of(m.Event) if event.name == "PlaybackEnded"]
    assert ended.fields["heard"]["samples"] == 160 * 20
