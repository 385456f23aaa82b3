"""A call whose stream changes on its way: other codecs, other addresses, packets of other lengths."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.codecs.codec import make_codec
from gateway.media.codecs.g711 import decode, encode
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.rtp.packet import wrapped_difference as difference
from gateway.media.wire import messages as m

TYPES = {Codec.PCMA: 8, Codec.PCMU: 0, Codec.G722: 9, Codec.OPUS: 107}
HZ, LOUD = 500, 8000


def tone(samples: int, rate: int) -> np.ndarray:
    return (LOUD * np.sin(2 * np.pi * HZ * np.arange(samples) / rate)).astype(np.int16)


def share_of_tone(sound: np.ndarray, rate: int) -> float:
    """Return how much of the sound's power is at the tone's frequency."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at = round(HZ * len(sound) / rate)
    return float(power[at - 3 : at + 4].sum() / power.sum())


class Telephone:
    """One that plays a tone to the gateway and keeps what it gets."""

    def __init__(self, port: int, ssrc: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self._to, self._ssrc = ("127.0.0.1", port), ssrc
        self._sequence, self._timestamp = 65_530, 2**32 - 800

    def stream(self, codec: Codec, ptime_ms: int = 20) -> StreamParameters:
        return StreamParameters("127.0.0.1", self.socket.getsockname()[1], codec, TYPES[codec], ptime_ms=ptime_ms)

    def say(self, bench: PlaneBench, codec: Codec, ticks: int, ptime_ms: int = 20) -> None:
        """Send the tone for some ticks, in packets of ``ptime_ms`` as they become whole."""
        coder, rate = make_codec(codec), codec.sound_rate
        length = rate * ptime_ms // 1000
        sound = tone(rate * ticks // 50 // length * length, rate)
        due = 0.0
        packets = iter(sound.reshape(-1, length))
        for tick in range(1, ticks + 1):
            while due + ptime_ms <= tick * 20:
                frame = next(packets)
                payload = encode(codec, frame).tobytes() if coder is None else coder.encode(frame)
                packet = RtpPacket(
                    TYPES[codec], self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc, payload
                )
                self.socket.sendto(packet.build(), self._to)
                self._sequence += 1
                self._timestamp += codec.clock_rate * ptime_ms // 1000
                due += ptime_ms
            bench.tick()

    def received(self) -> list[RtpPacket]:
        packets = []
        while True:
            try:
                packets.append(parse_rtp(self.socket.recv(2048)))
            except BlockingIOError:
                return packets


def sound_of(codec: Codec, packets: list[RtpPacket]) -> np.ndarray:
    decoder = make_codec(codec)
    if decoder is None:
        return decode(codec, np.frombuffer(b"".join(packet.payload for packet in packets), np.uint8))
    return np.concatenate([decoder.decode(packet.payload) for packet in packets])


@pytest.fixture
def bench() -> Iterator[PlaneBench]:
    made = PlaneBench(28_430, 28_439, vad="webrtc")
    yield made
    made.close()


def played(bench: PlaneBench, rate: int) -> None:
    bench.handle(m.OpenSound(1, 1, False, rate, repeat=True))
    bench.handle(m.SoundChunk(1, 1, tone(rate, rate).astype("<i2").tobytes()))
    bench.handle(m.EndSound(1, 1))


def recorded(path: Path) -> np.ndarray:
    return np.frombuffer(path.read_bytes()[44:], "<i2").reshape(-1, 2)


@pytest.mark.parametrize(("before", "after"), list(permutations(Codec, 2)))
def test_a_codec_changes_in_a_call_and_both_sides_go_on_hearing(
    bench: PlaneBench, tmp_path: Path, before: Codec, after: Codec
) -> None:
    telephone = Telephone(bench.add(1).port, 7)
    played(bench, 16_000)
    bench.handle(m.Connect(1, 1, telephone.stream(before)))
    bench.handle(m.Record(2, 1, f"{tmp_path}/call.wav"))
    telephone.say(bench, before, 50)
    first = telephone.received()
    bench.handle(m.Connect(3, 1, telephone.stream(after)))
    telephone.say(bench, after, 50)
    second = telephone.received()
    bench.handle(m.GetStatistics(4, 1))
    figures = bench.of(m.Statistics)[-1].statistics
    bench.handle(m.Record(5, 1, None))
    bench.writer.stop()
    telephone.socket.close()
    for codec, packets in ((before, first), (after, second)):
        assert [packet.payload_type for packet in packets] == [TYPES[codec]] * 50
        assert share_of_tone(sound_of(codec, packets[5:]), codec.sound_rate) > 0.95
        steps = {difference(b.timestamp, a.timestamp, 32) for a, b in pairwise(packets)}
        assert steps == {codec.clock_rate // 50}
    assert bench.of(m.Notice) == []
    assert (figures.packets_sent, figures.packets_lost, figures.codec) == (100, 0, str(after))
    sides = recorded(tmp_path / "call.wav")
    assert len(sides) == 100 * 160
    for part in (sides[2000:8000], sides[10_000:]):
        assert share_of_tone(part[:, 0], 8000) > 0.95
        assert share_of_tone(part[:, 1], 8000) > 0.95


def test_a_new_address_takes_over_at_once_and_the_old_one_is_heard_no_more(bench: PlaneBench) -> None:
    port = bench.add(1).port
    old, new = Telephone(port, 7), Telephone(port, 8)
    played(bench, 8000)
    bench.handle(m.Connect(1, 1, old.stream(Codec.PCMA)))
    old.say(bench, Codec.PCMA, 30)
    first = old.received()
    bench.handle(m.Connect(2, 1, new.stream(Codec.PCMA)))
    new.say(bench, Codec.PCMA, 30)
    second = new.received()
    assert len(first) == len(second) == 30
    packets = first + second
    assert [difference(b.sequence, a.sequence, 16) for a, b in pairwise(packets)] == [1] * 59
    assert {difference(b.timestamp, a.timestamp, 32) for a, b in pairwise(packets)} == {160}
    bench.handle(m.GetStatistics(3, 1))
    before = bench.of(m.Statistics)[-1].statistics.packets_received
    old.say(bench, Codec.PCMA, 10)
    bench.handle(m.GetStatistics(4, 1))
    assert before == bench.of(m.Statistics)[-1].statistics.packets_received == 60
    assert (len(old.received()), len(new.received())) == (0, 10)
    for telephone in (old, new):
        telephone.socket.close()


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.G722, Codec.OPUS])
@pytest.mark.parametrize("ptime_ms", [10, 20, 40, 60])
def test_packets_of_other_lengths_are_heard_and_sent(
    bench: PlaneBench, tmp_path: Path, codec: Codec, ptime_ms: int
) -> None:
    telephone = Telephone(bench.add(1).port, 7)
    played(bench, 8000)
    bench.handle(m.Connect(1, 1, telephone.stream(codec, ptime_ms)))
    bench.handle(m.Record(2, 1, f"{tmp_path}/call.wav"))
    telephone.say(bench, codec, 120, ptime_ms)
    packets = telephone.received()
    bench.handle(m.GetStatistics(3, 1))
    figures = bench.of(m.Statistics)[-1].statistics
    bench.handle(m.Record(4, 1, None))
    bench.writer.stop()
    telephone.socket.close()
    sent_ms = 20 if codec is Codec.OPUS else ptime_ms
    assert len(packets) == 120 * 20 // sent_ms
    assert {difference(b.timestamp, a.timestamp, 32) for a, b in pairwise(packets)} == {
        codec.clock_rate * sent_ms // 1000
    }
    assert share_of_tone(sound_of(codec, packets)[4000:], codec.sound_rate) > 0.95
    assert (figures.packets_received, figures.packets_lost, figures.packets_late) == (120 * 20 // ptime_ms, 0, 0)
    heard = recorded(tmp_path / "call.wav")[8000:, 0]
    assert share_of_tone(heard, 8000) > 0.95


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.G722])
def test_packets_of_30_ms_are_heard(bench: PlaneBench, tmp_path: Path, codec: Codec) -> None:
    telephone = Telephone(bench.add(1).port, 7)
    bench.handle(m.Connect(1, 1, telephone.stream(codec)))
    bench.handle(m.Record(2, 1, f"{tmp_path}/call.wav"))
    telephone.say(bench, codec, 120, 30)
    bench.handle(m.Record(4, 1, None))
    bench.writer.stop()
    telephone.socket.close()
    assert share_of_tone(recorded(tmp_path / "call.wav")[8000:, 0], 8000) > 0.95
