"""Wideband legs in the batch over all legs, driven tick by tick in this process over real sockets."""

from __future__ import annotations

import socket
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.codecs.codec import make_codec
from gateway.media.codecs.g722 import G722Codec
from gateway.media.parameters import Codec, OpusParameters, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.wire import messages as m


@pytest.fixture
def bench() -> Iterator[PlaneBench]:
    made = PlaneBench(28_600, 28_619)
    yield made
    made.close()


@pytest.mark.parametrize("octets", [80, 100, 150, 160, 230])
def test_what_a_packet_lacks_of_a_frame_is_silent_in_g722_too(bench: PlaneBench, tmp_path: Path, octets: int) -> None:
    pair = bench.add(1)
    coder = G722Codec()
    quiet = np.random.default_rng(4).normal(0, 20, 320 * 40).astype(np.int16)
    stream = b"".join(coder.encode(frame) for frame in quiet.reshape(-1, 320))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        bench.handle(m.Connect(1, 1, StreamParameters("127.0.0.1", peer.getsockname()[1], Codec.G722, 9)))
        bench.handle(m.Record(2, 1, str(tmp_path / "call.wav")))
        sent = 0
        for tick in range(60):
            # Every fifth packet is lost, so that there are frames of which only a part is there.
            while sent < len(stream) and sent <= tick * 160:
                number = sent // octets
                if number % 5 != 4:
                    packet = RtpPacket(9, number, sent, 77, stream[sent : sent + octets])
                    peer.sendto(packet.build(), ("127.0.0.1", pair.port))
                sent += octets
            bench.tick()
    bench.handle(m.Record(3, 1, None))
    bench.close()
    with wave.open(str(tmp_path / "call.wav")) as reader:
        heard = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)[:, 0]
    assert 0 < np.abs(heard.astype(int)).max() < 500


def test_other_wishes_of_an_opus_peer_change_the_packets_and_nothing_else(bench: PlaneBench) -> None:
    bench.add(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        bench.handle(m.OpenSound(1, 1, False, 16_000))
        noise = np.random.default_rng(5).normal(0, 3000, 16_000 * 2)
        bench.handle(m.SoundChunk(1, 1, noise.astype("<i2").tobytes()))
        packets = []
        for wishes in (OpusParameters(), OpusParameters(max_average_bit_rate=8000)):
            parameters = StreamParameters("127.0.0.1", peer.getsockname()[1], Codec.OPUS, 107, opus=wishes)
            bench.handle(m.Connect(1, 1, parameters))
            bench.tick(20)
            packets += [parse_rtp(peer.recv(1500)) for _ in range(20)]
    sizes = [len(packet.payload) for packet in packets]
    assert sum(sizes[25:]) < 0.6 * sum(sizes[5:20])
    numbers = [packet.sequence for packet in packets]
    assert numbers == [(numbers[0] + step) % 2**16 for step in range(40)]
    assert len({packet.ssrc for packet in packets}) == 1
    assert [packet.timestamp for packet in packets] == [
        (packets[0].timestamp + 960 * step) % 2**32 for step in range(40)
    ]


@pytest.mark.parametrize("codecs", [(Codec.PCMA, Codec.OPUS), (Codec.OPUS, Codec.PCMA), (Codec.PCMA, Codec.G722)])
def test_what_was_made_up_and_came_late_stays_counted_under_another_codec(
    bench: PlaneBench, codecs: tuple[Codec, Codec]
) -> None:
    pair = bench.add(1)
    opus = make_codec(Codec.OPUS)
    assert opus is not None
    figures = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        for codec in codecs:
            bench.handle(m.Connect(1, 1, StreamParameters("127.0.0.1", peer.getsockname()[1], codec, 96)))
            noise = np.random.default_rng(6).normal(0, 3000, (30, 320)).astype(np.int16)
            for number, frame in enumerate(noise if codec is codecs[0] else ()):
                payload = opus.encode(frame) if codec is Codec.OPUS else bytes([0xD5] * 160)
                packet = RtpPacket(96, number, number * codec.clock_rate // 50, 77, payload).build()
                # One is lost, and one comes when all others are there.
                if number == 20:
                    held_back = packet
                elif number != 25:
                    peer.sendto(packet, ("127.0.0.1", pair.port))
                if number == 29:
                    peer.sendto(held_back, ("127.0.0.1", pair.port))
                bench.tick()
            bench.handle(m.GetStatistics(2, 1))
            figures.append(bench.of(m.Statistics)[-1].statistics)
    before, after = figures
    assert before.concealed_ms > 0
    assert before.packets_late == 1
    assert (after.concealed_ms, after.packets_late) == (before.concealed_ms, before.packets_late)
