"""Whatever goes wrong in the work for one leg ends that leg and no other, and never the worker."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from media_bench import CAPACITY, PlaneBench

from gateway.media.codecs.opus_library import OpusUnavailable
from gateway.media.parameters import Codec, SrtpKeys, StreamParameters
from gateway.media.playout.silence_fill import Silence
from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.rtp.srtp import SrtpError
from gateway.media.wire import messages as m
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.media_plane import AddLeg

SOUND, EVENT, NOISE = 96, 101, 13
KEYS = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(range(30)))


def broken(*_args: Any, **_more: Any) -> Any:
    raise RuntimeError("this leg is broken")


def unprotectable(*_args: Any) -> Any:
    raise SrtpError("the session is broken")


class Lines:
    """Two legs, of which the first is going to have a fault, and one telephone for both."""

    def __init__(self) -> None:
        self.bench = PlaneBench(28_470, 28_489, vad="webrtc", silence=Silence.COMFORT_NOISE)
        self.telephone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.telephone.bind(("127.0.0.1", 0))
        self.telephone.setblocking(False)
        self.pairs = [self.bench.add(1), self.bench.add(2)]
        self.stream = StreamParameters("127.0.0.1", self.telephone.getsockname()[1], Codec.PCMA, SOUND, EVENT)
        self.connect(2)

    def connect(self, leg: int, **changes: Any) -> CarriedLeg:
        self.bench.handle(m.Connect(leg, leg, replace(self.stream, **changes)))
        carried = self.bench.plane._table.get(leg)
        assert carried is not None
        return carried

    def send(self, payload_type: int, payload: bytes) -> None:
        packet = RtpPacket(payload_type, 1, 1, 7, payload).build()
        self.telephone.sendto(packet, ("127.0.0.1", self.pairs[0].port))

    def assert_only_the_first_ends(self, because: str) -> None:
        self.bench.tick(4)
        fatal = [notice for notice in self.bench.of(m.Notice) if notice.fatal]
        assert [notice.leg for notice in fatal] == [1]
        assert because in fatal[0].sentence
        assert len(self.bench.plane) == 1
        self.bench.handle(m.GetStatistics(99, 2))
        assert self.bench.of(m.Statistics)[-1].statistics.position == self.bench.plane._table.positions[1] > 0

    def close(self) -> None:
        self.bench.close()
        self.telephone.close()


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    yield made
    made.close()


def test_comfort_noise_that_cannot_be_protected(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    leg = lines.connect(1, srtp=KEYS, comfort_noise_payload_type=NOISE)
    monkeypatch.setattr(leg.srtp, "protect", unprotectable)
    lines.assert_only_the_first_ends("the session is broken")


def test_keys_that_protect_nothing_at_all_not_even_the_goodbye(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    leg = lines.connect(1, srtp=KEYS)
    monkeypatch.setattr(leg.srtp, "protect", unprotectable)
    monkeypatch.setattr(leg.srtp, "protect_rtcp", unprotectable)
    lines.assert_only_the_first_ends("the session is broken")


def test_a_goodbye_that_cannot_be_protected_is_told_and_the_leg_is_free(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    leg = lines.connect(1, srtp=KEYS)
    monkeypatch.setattr(leg.srtp, "protect_rtcp", unprotectable)
    lines.bench.handle(m.Release(9, 1))
    lines.bench.writer.stop()
    assert [(notice.leg, notice.fatal) for notice in lines.bench.of(m.Notice)] == [(1, False)]
    assert [statistics.request for statistics in lines.bench.of(m.Statistics)] == [9]
    assert len(lines.bench.plane) == 1


@pytest.mark.parametrize("work", ["encode", "decode"])
@pytest.mark.parametrize("codec", [Codec.G722, Codec.OPUS])
def test_a_codec_that_fails(lines: Lines, codec: Codec, work: str) -> None:
    leg = lines.connect(1, codec=codec)
    assert leg.codec is not None
    failing = type("Failing", (), {"encode": leg.codec.encode, "decode": leg.codec.decode, "conceal": broken})()
    setattr(failing, work, broken)
    leg.codec = failing
    if leg.queued is not None:
        leg.queued._codec = failing
    lines.send(SOUND, bytes([0x78]) + bytes(159))
    lines.assert_only_the_first_ends("this leg is broken")


def opus(lines: Lines) -> Any:
    queued = lines.connect(1, codec=Codec.OPUS).queued
    assert queued is not None
    return queued.queue


@pytest.mark.parametrize(
    ("part", "method", "kind"),
    [
        (opus, "push", SOUND),
        (lambda lines: lines.connect(1).keys_in, "receive", EVENT),
        (lambda lines: lines.connect(1).latch, "accept", SOUND),
    ],
)
def test_a_packet_that_its_leg_cannot_take(
    lines: Lines, monkeypatch: pytest.MonkeyPatch, part: Callable[[Lines], Any], method: str, kind: int
) -> None:
    monkeypatch.setattr(part(lines), method, broken)
    lines.send(kind, bytes([0x78]) + bytes(159))
    lines.assert_only_the_first_ends("this leg is broken")


def test_a_report_that_its_leg_cannot_take(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines.connect(1).rtcp, "receive", broken)
    lines.telephone.sendto(bytes(8), ("127.0.0.1", lines.pairs[0].port + 1))
    lines.assert_only_the_first_ends("this leg is broken")


@pytest.mark.parametrize("changes", [{"ptime_ms": 0}, {"payload_type": 300}, {"remote_port": 70_000}])
def test_parameters_that_no_stream_has(lines: Lines, changes: dict[str, Any]) -> None:
    lines.connect(1, **changes)
    lines.assert_only_the_first_ends("Error")


def test_keys_and_codecs_that_cannot_be_used_change_nothing(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any) -> Any:
        raise OpusUnavailable("there is no libopus")

    lines.connect(1)
    lines.bench.handle(m.Connect(7, 1, replace(lines.stream, srtp=replace(KEYS, local=b"short"))))
    monkeypatch.setattr("gateway.media.worker.carried_leg.make_codec", missing)
    lines.bench.handle(m.Connect(8, 1, replace(lines.stream, codec=Codec.OPUS)))
    assert [failed.request for failed in lines.bench.of(m.Failed)] == [7, 8]
    lines.bench.tick(3)
    assert lines.bench.of(m.Notice) == []
    lines.bench.handle(m.GetStatistics(9, 1))
    figures = lines.bench.of(m.Statistics)[-1].statistics
    assert (figures.codec, figures.encrypted, figures.packets_sent) == ("PCMA", False, 3)


def test_a_leg_that_finds_no_room_is_told_and_its_ports_are_closed(lines: Lines) -> None:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2 * CAPACITY)]
    for at in range(CAPACITY):
        lines.bench.handle(AddLeg(10 + at, PortPair(0, sockets[2 * at], sockets[2 * at + 1])))
    assert [(notice.leg, notice.fatal) for notice in lines.bench.of(m.Notice)] == [(40, True), (41, True)]
    assert [bound.fileno() for bound in sockets[-4:]] == [-1] * 4
    lines.bench.tick(2)
    assert len(lines.bench.plane) == CAPACITY


def test_a_leg_whose_sockets_cannot_be_watched_ends(lines: Lines) -> None:
    lines.bench.handle(m.Release(3, 1))
    pair = lines.bench.ports.allocate()
    # A second registration is one that the system refuses.
    lines.bench.plane._reader._poll.register(pair.rtcp.fileno())
    lines.bench.handle(AddLeg(3, pair))
    lines.bench.tick(2)
    assert [(notice.leg, notice.fatal) for notice in lines.bench.of(m.Notice)] == [(3, True)]
    assert len(lines.bench.plane) == 1
    assert pair.rtp.fileno() == pair.rtcp.fileno() == -1
