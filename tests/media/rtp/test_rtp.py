"""RTP packets and wrapping counters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.packet import RtpError, RtpPacket, is_rtcp, parse_rtp, wrapped_difference

packets = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 2**16 - 1),
    timestamp=st.integers(0, 2**32 - 1),
    ssrc=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=400),
    marker=st.booleans(),
)


@given(packets)
def test_a_packet_reads_back_as_it_was_built(packet: RtpPacket) -> None:
    assert parse_rtp(packet.build()) == packet


@given(st.binary(max_size=64))
def test_any_datagram_is_parsed_or_refused(data: bytes) -> None:
    try:
        packet = parse_rtp(data)
    except RtpError:
        return
    assert len(packet.payload) <= len(data) - 12


def test_contributing_sources_extension_and_padding_are_skipped() -> None:
    header = bytes([0x80 | 0x20 | 0x10 | 2, 0x80 | 8]) + bytes.fromhex("0001 000000a0 deadbeef")
    sources = bytes(8)
    extension = bytes.fromhex("bede 0001 aabbccdd")
    packet = parse_rtp(header + sources + extension + b"sound" + bytes([0, 0, 3]))
    assert packet == RtpPacket(8, 1, 160, 0xDEADBEEF, b"sound", marker=True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "shorter"),
        (b"\x80\x08\x00", "shorter"),
        (b"\x40" + bytes(11), "version 1"),
        (b"\x8f" + bytes(20), "header longer"),
        (b"\x90" + bytes(12), "torn header extension"),
        (b"\x90" + bytes(13) + b"\xff\xff", "header longer"),
        (b"\xa0" + bytes(11) + b"\x00", "padding"),
        (b"\xa0" + bytes(11) + b"ab\x09", "padding"),
        (b"\xa0" + bytes(11), "padding"),
    ],
)
def test_broken_datagrams_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(RtpError, match=reason):
        parse_rtp(data)


def test_rtcp_on_the_same_port_is_told_apart() -> None:
    assert is_rtcp(bytes([0x80, 200]))
    assert is_rtcp(bytes([0x81, 201]))
    assert not is_rtcp(bytes([0x80, 0x80 | 8]))
    assert not is_rtcp(b"")


@pytest.mark.parametrize(
    ("newer", "older", "difference"), [(5, 3, 2), (0, 65535, 1), (65535, 0, -1), (32767, 0, 32767), (32768, 0, -32768)]
)
def test_differences_of_wrapping_counters(newer: int, older: int, difference: int) -> None:
    assert wrapped_difference(newer, older, 16) == difference
