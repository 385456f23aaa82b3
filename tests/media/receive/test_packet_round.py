"""A round of datagrams parsed all at once says the same as the parser of single packets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.media.receive.packet_round import STRIDE, PacketRound, parse_round
from gateway.media.rtp.packet import RtpError, RtpPacket, is_rtcp, parse_rtp


def parsed(datagrams: list[bytes], *, leftover: int = 0xA5) -> PacketRound:
    # What an earlier datagram left in a row must not be read.
    rows = np.full((len(datagrams), STRIDE), leftover, np.uint8)
    for row, datagram in zip(rows, datagrams, strict=True):
        row[: len(datagram)] = np.frombuffer(datagram, np.uint8)
    lengths = np.array([len(datagram) for datagram in datagrams], np.intp)
    slots = np.arange(len(datagrams), dtype=np.intp) * 3 + 5
    return parse_round(slots, rows, lengths, np.arange(len(datagrams)) * 0.5)


@st.composite
def datagrams(draw: st.DrawFn) -> bytes:
    """Packets with every part of a header, whole, cut short or with a few octets changed, and mere noise."""
    first = 0x80 | draw(st.sampled_from([0, 0x10, 0x20, 0x30])) | draw(st.integers(0, 3))
    datagram = bytearray([first, draw(st.integers(0, 255))])
    datagram += draw(st.binary(min_size=10, max_size=10))
    datagram += bytes(4 * (first & 15))
    if first & 0x10:
        words = draw(st.integers(0, 3))
        datagram += bytes([0xBE, 0xDE, 0, words]) + bytes(4 * words)
    datagram += draw(st.binary(max_size=20))
    if first & 0x20:
        padding = draw(st.integers(1, 4))
        datagram += bytes(padding - 1) + bytes([padding])
    for _ in range(draw(st.integers(0, 2))):
        datagram[draw(st.integers(0, len(datagram) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.one_of(st.just(len(datagram)), st.integers(0, len(datagram))))
    return bytes(datagram[:cut])


@settings(max_examples=300)
@given(st.lists(st.one_of(datagrams(), st.binary(max_size=40)), max_size=12), st.sampled_from([0, 0x80, 0xFF]))
def test_it_says_the_same_as_the_parser_of_single_packets(batch: list[bytes], leftover: int) -> None:
    round_ = parsed(batch, leftover=leftover)
    seen = iter(range(len(round_)))
    for row, datagram in enumerate(batch):
        if is_rtcp(datagram) and len(datagram) >= 4:
            assert row in round_.rtcp_rows
            continue
        try:
            packet = None if is_rtcp(datagram) else parse_rtp(datagram)
        except RtpError:
            packet = None
        if packet is None:
            assert row in round_.malformed_rows
            continue
        index = next(seen)
        assert round_.row[index] == row
        assert round_.slots[index] == row * 3 + 5
        assert round_.arrival[index] == row * 0.5
        assert packet == RtpPacket(
            round_.payload_type[index],
            round_.sequence[index],
            round_.timestamp[index],
            round_.ssrc[index],
            round_.payload(index),
            bool(round_.marker[index]),
        )
    assert next(seen, None) is None
    assert len(round_) + len(round_.rtcp_rows) + len(round_.malformed_rows) == len(batch)


def test_a_datagram_that_is_longer_than_its_row_is_malformed() -> None:
    rows = np.zeros((2, STRIDE), np.uint8)
    rows[:, 0] = 0x80
    round_ = parse_round(np.arange(2), rows, np.array([STRIDE, STRIDE + 1]), np.zeros(2))
    assert list(round_.slots) == [0]
    assert list(round_.malformed_rows) == [1]


def test_no_datagrams_are_no_packets() -> None:
    assert len(parsed([])) == 0


def test_a_selection_keeps_its_packets_together() -> None:
    batch = [RtpPacket(8, number, 160 * number, 7, bytes([number]) * 4).build() for number in range(6)]
    chosen = parsed([*batch, b"noise"]).select(np.array([False, True, False, True, True, False]))
    assert [chosen.payload(index)[0] for index in range(len(chosen))] == [1, 3, 4]
    assert list(chosen.slots) == [8, 14, 17]
    assert list(chosen.malformed_rows) == [6]
    assert chosen.select(np.ones(3, np.bool_)) is chosen
