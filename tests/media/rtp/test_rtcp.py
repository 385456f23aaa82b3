"""RTCP packets: what is built is read back, and what does not fit is refused."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.packet import is_rtcp
from gateway.media.rtp.rtcp import (
    Goodbye,
    Report,
    ReportBlock,
    RtcpError,
    SenderInfo,
    SourceDescription,
    build_goodbye,
    build_report,
    middle_of,
    ntp_time,
    parse_rtcp,
)


def split(data: bytes) -> list[tuple[int, int, bytes]]:
    """Type, count and body of each packet of a compound datagram."""
    packets = []
    while data:
        first, packet_type, words = struct.unpack_from("!BBH", data)
        assert first >> 6 == 2
        packets.append((packet_type, first & 31, data[4 : 4 + 4 * words]))
        data = data[4 + 4 * words :]
    return packets


def test_a_sender_report_has_the_layout_of_the_standard() -> None:
    block = ReportBlock(7, 64, -1, 0x10005, 12, 0x11112222, 65536)
    data = build_report(5, "abc@call.invalid", SenderInfo(0x0102030405060708, 800, 10, 1600), [block])
    (report, count, body), (description, _, names) = split(data)
    assert (report, count, description) == (200, 1, 202)
    assert struct.unpack("!IQIII", body[:24]) == (5, 0x0102030405060708, 800, 10, 1600)
    assert struct.unpack("!IB3sIIII", body[24:]) == (7, 64, b"\xff\xff\xff", 0x10005, 12, 0x11112222, 65536)
    assert names.startswith(struct.pack("!IBB", 5, 1, 16) + b"abc@call.invalid\x00")
    assert is_rtcp(data)


def test_who_sends_nothing_reports_as_receiver_and_goodbye_is_said_last() -> None:
    assert [packet_type for packet_type, _, _ in split(build_report(5, "a", None, []))] == [201, 202]
    assert [packet_type for packet_type, _, _ in split(build_goodbye(5, "abcd"))] == [201, 202, 203]


def test_ntp_time_counts_from_1900() -> None:
    assert ntp_time(0) >> 32 == 2_208_988_800
    assert ntp_time(0.5) & 0xFFFFFFFF == 2**31
    assert middle_of(0x1111222233334444) == 0x22223333


ZERO_BLOCK = ReportBlock(7, 0, 0, 0, 0, 0, 0)
SSRCS = st.integers(0, 2**32 - 1)
BLOCKS = st.builds(
    ReportBlock,
    ssrc=SSRCS,
    fraction_lost=st.integers(0, 255),
    lost=st.integers(-(2**23), 2**23 - 1),
    highest=SSRCS,
    jitter=SSRCS,
    last_report=SSRCS,
    delay=SSRCS,
)
SENDERS = st.builds(SenderInfo, ntp_time=st.integers(0, 2**64 - 1), timestamp=SSRCS, packets=SSRCS, octets=SSRCS)


def header(packet_type: int, body: bytes = b"", count: int = 0, *, version: int = 2, padding: bool = False) -> bytes:
    return struct.pack("!BBH", version << 6 | padding << 5 | count, packet_type, len(body) // 4) + body


@given(SSRCS, st.none() | SENDERS, st.lists(BLOCKS, max_size=31), st.text(max_size=20))
def test_what_is_built_is_read_back(
    ssrc: int, sender: SenderInfo | None, blocks: list[ReportBlock], cname: str
) -> None:
    report, description = parse_rtcp(build_report(ssrc, cname, sender, blocks))
    assert report == Report(ssrc, sender, tuple(blocks))
    assert isinstance(description, SourceDescription)
    assert description.cname(ssrc) == cname
    assert description.cname((ssrc + 1) % 2**32) is None
    assert parse_rtcp(build_goodbye(ssrc, cname))[-1] == Goodbye((ssrc,))


@given(st.binary(max_size=120))
def test_any_datagram_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(RtcpError):
        parse_rtcp(data)


@given(st.data())
def test_a_datagram_that_was_changed_on_the_way_is_read_or_refused(data: st.DataObject) -> None:
    datagram = bytearray(build_report(5, "abc", SenderInfo(1, 2, 3, 4), [ZERO_BLOCK]) + build_goodbye(5, "abc"))
    for _ in range(data.draw(st.integers(1, 4))):
        datagram[data.draw(st.integers(0, len(datagram) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(RtcpError):
        parse_rtcp(bytes(datagram[: data.draw(st.integers(0, len(datagram)))]))


@given(st.integers(1, 200))
def test_a_datagram_that_was_cut_is_refused_unless_whole_packets_are_left(length: int) -> None:
    data = build_report(5, "abc", SenderInfo(1, 2, 3, 4), [ZERO_BLOCK])
    boundaries = {52, len(data)}
    length = min(length, len(data))
    if length in boundaries:
        assert parse_rtcp(data[:length])
    else:
        with pytest.raises(RtcpError):
            parse_rtcp(data[:length])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\x80", "torn in a header"),
        (header(201, bytes(4), version=1), "version 1"),
        (header(201, bytes(4), version=3), "version 3"),
        (struct.pack("!BBH", 0x80, 201, 2) + bytes(4), "longer than the datagram"),
        (header(201, bytes(4), count=1), "shorter than its blocks"),
        (header(200, bytes(20)), "shorter than its blocks"),
        (header(200, bytes(28), count=1), "shorter than its blocks"),
        (header(201), "shorter than its blocks"),
        (header(201, bytes(7) + b"\x04", padding=True) + header(201, bytes(4)), "padding before"),
        (header(201, bytes(7) + b"\x0c", padding=True), "padding that"),
        (header(201, bytes(7) + b"\x03", padding=True), "padding that"),
        (header(201, bytes(8), padding=True), "padding that"),
        (header(201, padding=True), "padding that"),
        (header(202, bytes(0), count=1), "shorter than its chunks"),
        (header(202, bytes(4) + b"\x01\x09ab", count=1), "torn in an item"),
        (header(202, bytes(4) + b"\x01\x02ab", count=1), "without an end"),
        (header(203, bytes(4), count=2), "shorter than its sources"),
        (header(203, bytes(4) + b"\x04abc", count=1), "shorter than its reason"),
        (header(203) * 33, "more packets than anyone reports in"),
        (header(204) * 33, "more packets than anyone reports in"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(RtcpError, match=why):
        parse_rtcp(data)


def test_unknown_types_extensions_and_padding_are_skipped() -> None:
    report = header(201, struct.pack("!I", 9) + b"more" * 3)
    padded = header(203, struct.pack("!I", 9) + b"\x03bye" + b"\x00\x00\x00\x04", count=1, padding=True)
    assert parse_rtcp(header(207, bytes(8)) + report + header(206, bytes(8), count=1) + padded) == [
        Report(9, None, ()),
        Goodbye((9,), b"bye"),
    ]


def test_descriptions_of_several_sources_keep_their_items_apart() -> None:
    chunks = (
        struct.pack("!I", 1) + b"\x01\x03abc\x02\x01x" + bytes(4) + struct.pack("!I", 2) + b"\x01\x01\xff" + b"\x00"
    )
    (description,) = parse_rtcp(header(202, chunks, count=2))
    assert description == SourceDescription(((1, ((1, b"abc"), (2, b"x"))), (2, ((1, b"\xff"),))))
    assert description.cname(1) == "abc"
    assert description.cname(2) is None
