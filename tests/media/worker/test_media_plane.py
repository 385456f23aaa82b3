"""The batch over all legs, driven tick by tick in this process over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.wire import messages as m

CODECS = {1: (Codec.PCMA, 8), 2: (Codec.PCMA, 8), 3: (Codec.PCMU, 0), 4: (Codec.PCMU, 0)}


class Bench(PlaneBench):
    """Four legs, 1 with 2 in A-law and 3 with 4 in mu-law."""

    def __init__(self) -> None:
        super().__init__(28_500, 28_519)
        self.pairs: dict[int, PortPair] = {leg: self.add(leg) for leg in CODECS}
        for leg, (codec, payload_type) in CODECS.items():
            peer = self.pairs[leg + 1 if leg % 2 else leg - 1].port
            self.handle(m.Connect(leg, leg, StreamParameters("127.0.0.1", peer, codec, payload_type)))

    def play(self, leg: int, samples: np.ndarray) -> None:
        self.handle(m.OpenSound(leg, 1, False))
        self.handle(m.SoundChunk(leg, 1, samples.astype("<i2").tobytes()))
        self.handle(m.EndSound(leg, 1))


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_legs_of_both_codecs_hear_their_own_peer(bench: Bench, tmp_path: Path) -> None:
    times = np.arange(8000) / 8000
    tones = {leg: (8000 * np.sin(2 * np.pi * 300 * leg * times)).astype(np.int16) for leg in CODECS}
    for leg in CODECS:
        bench.handle(m.Record(10 + leg, leg, str(tmp_path / f"{leg}.wav")))
        bench.play(leg, tones[leg])
    bench.tick(40)
    for leg in CODECS:
        bench.handle(m.Record(20 + leg, leg, None))
    bench.writer.stop()
    for leg in CODECS:
        stereo = np.frombuffer((tmp_path / f"{leg}.wav").read_bytes()[44:], "<i2").reshape(-1, 2)
        peer = leg + 1 if leg % 2 else leg - 1
        assert loudest_hz(stereo[2400:, 0]) == pytest.approx(300 * peer, abs=10)
        assert loudest_hz(stereo[2400:, 1]) == pytest.approx(300 * leg, abs=10)


def loudest_hz(sound: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(sound))) * 8000 / len(sound))


def test_a_fault_in_one_leg_ends_that_leg_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_datagram: Any) -> None:
        raise RuntimeError("this leg is broken")

    bench.tick(5)
    monkeypatch.setattr(bench.plane._table.get(3), "send", broken)
    bench.tick(5)
    (notice,) = bench.of(m.Notice)
    assert (notice.leg, notice.fatal) == (3, True)
    assert "RuntimeError: this leg is broken" in notice.sentence
    assert len(bench.plane) == 3
    bench.handle(m.GetStatistics(99, 4))
    assert bench.of(m.Statistics)[-1].statistics.position == 10 * 160


@pytest.mark.parametrize("rate", [7, 24_000])
def test_a_fault_in_a_command_ends_that_leg_only(bench: Bench, rate: int) -> None:
    bench.handle(m.OpenSound(1, 1, False, rate=rate))
    bench.handle(m.SoundChunk(1, 1, bytes(4000)))
    bench.tick(2)
    assert [(notice.leg, notice.fatal) for notice in bench.of(m.Notice)] == [(1, True)]
    assert len(bench.plane) == 3


def test_requests_for_a_leg_that_is_gone_are_answered(bench: Bench) -> None:
    bench.handle(m.GetStatistics(7, 99))
    bench.handle(m.EndSound(99, 1))
    assert bench.posted[-1] == m.Failed(7, "the leg is gone")


def test_a_released_leg_says_its_last_and_then_its_counters(bench: Bench) -> None:
    bench.play(1, np.ones(80_000))
    bench.tick(3)
    bench.handle(m.Release(7, 1))
    bench.writer.stop()
    event, statistics = bench.posted[-2:]
    assert (event.name, event.fields["heard"]["outcome"]) == ("PlaybackEnded", "line_lost")
    assert (statistics.request, statistics.statistics.packets_sent) == (7, 3)


def test_datagrams_that_are_no_rtp_of_the_stream_are_counted_as_rejected(bench: Bench) -> None:
    peer = bench.pairs[2].rtp
    to = ("127.0.0.1", bench.pairs[1].port)
    bench.tick(5)
    peer.sendto(b"hello, this is no RTP at all", to)
    peer.sendto(RtpPacket(96, 1, 160, 7, bytes(160)).build(), to)
    bench.tick(3)
    bench.handle(m.GetStatistics(99, 1))
    assert bench.of(m.Statistics)[-1].statistics.packets_rejected == 2
