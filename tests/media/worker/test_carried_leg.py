"""What one leg keeps by itself: whose packets it takes, and at which clock it reads keys."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.port_allocator import PortAllocator
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp import build_goodbye
from gateway.media.worker.carried_leg import CarriedLeg, Surroundings

PEER, STRANGER = ("127.0.0.1", 40_000), ("127.0.0.9", 50_000)
STREAM = StreamParameters(*PEER, Codec.PCMA, 8, telephone_event_payload_type=101)


@pytest.fixture
def leg() -> Iterator[CarriedLeg]:
    ports = PortAllocator("127.0.0.1", 27_480, 27_499).allocate()
    around = Surroundings(
        received=lambda _: ReceptionView(ssrc=7, received=1, expected=1, highest=100),
        silent_ms=lambda _: 1000,
        report=lambda _leg, _datagram: None,
        notice=lambda _leg, _sentence: None,
    )
    yield CarriedLeg(1, 0, ports, around)
    ports.close()


def admit(leg: CarriedLeg, row: bytearray, datagram: bytes, source: tuple[str, int]) -> int:
    """Read ``datagram`` into the row, which holds what was read before, as the reader of the sockets does."""
    row[: len(datagram)] = datagram
    return leg.admit(memoryview(row), len(datagram), source)


@pytest.mark.parametrize("datagram", [b"\x80\x08", b"\x80\x08\x00\x66" + bytes(7), b"\x00\x01" + bytes(30)])
def test_what_is_no_rtp_does_not_move_the_stream(leg: CarriedLeg, datagram: bytes) -> None:
    leg.connect(STREAM)
    row = bytearray(1536)
    # A packet of the peer's that was not counted, such as one of a type that was not agreed on: its numbers stay.
    assert admit(leg, row, RtpPacket(18, 102, 0, 7, b"").build(), PEER)
    for _ in range(3):
        assert not admit(leg, row, datagram, STRANGER)
    assert leg.latch.locked_source == PEER


@pytest.mark.parametrize("datagram", [b"\x80\x08", b"\x00\x01" + bytes(30)])
def test_what_is_no_rtp_locks_no_source(leg: CarriedLeg, datagram: bytes) -> None:
    leg.connect(STREAM)
    row = bytearray(1536)
    for _ in range(3):
        assert not admit(leg, row, datagram, STRANGER)
    assert leg.latch.target == PEER
    assert admit(leg, row, RtpPacket(8, 1, 0, 7, b"").build(), PEER)


def test_what_comes_from_elsewhere_is_counted(leg: CarriedLeg) -> None:
    leg.connect(replace(STREAM, rtcp_mux=True))
    row = bytearray(1536)
    assert admit(leg, row, RtpPacket(8, 1, 0, 7, b"").build(), PEER)
    assert leg.refused == 0
    assert not admit(leg, row, RtpPacket(8, 101, 0, 8, b"").build(), STRANGER)
    assert admit(leg, row, build_goodbye(7, "stranger"), STRANGER) <= 0
    assert leg.refused == 2


def test_a_long_press_counts_once_at_the_clock_of_the_codec(leg: CarriedLeg) -> None:
    leg.connect(replace(STREAM, codec=Codec.OPUS, payload_type=111))
    heard = []
    for timestamp in (0, 64_000):
        # 20 ms are 960 ticks: so far below the field's end the last packet of a segment may lie.
        heard += [
            leg.keys_in.receive(RtpPacket(101, 0, timestamp, 1, struct.pack("!BBH", 5, 10, duration)))
            for duration in (960, 64_000)
        ]
    assert [digit for digit in heard if digit] == ["5"]
