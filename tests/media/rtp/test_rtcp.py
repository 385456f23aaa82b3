"""RTCP reports and when they are sent."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, is_rtcp
from gateway.media.rtp.rtcp import (
    ReportBlock,
    SenderInfo,
    build_goodbye,
    build_report,
    middle_of,
    ntp_time,
    sender_reports,
)
from gateway.media.rtp.rtcp_reporter import RtcpReporter
from gateway.media.worker.rtp_session import RtpSession

PEER = ("192.0.2.1", 4000)
FIVE_SECONDS = 40_000


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


@given(st.binary(max_size=120))
def test_any_datagram_is_read_without_failing(data: bytes) -> None:
    list(sender_reports(data))


def test_sender_reports_are_found_and_torn_ones_are_not() -> None:
    data = build_report(5, "abc", SenderInfo(99 << 16, 0, 0, 0), [])
    assert list(sender_reports(data)) == [(5, 99 << 16)]
    assert list(sender_reports(data[:20])) == []


def connected() -> tuple[RtpSession, RtcpReporter]:
    session = RtpSession()
    session.connect(StreamParameters(*PEER, Codec.PCMA, 8))
    return session, RtcpReporter(session)


def test_reports_come_about_every_five_seconds() -> None:
    _, reporter = connected()
    times = [position for position in range(0, 100 * 8000, 160) if reporter.report(position, 0.0) is not None]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert 0.5 * FIVE_SECONDS <= min(gaps) <= max(gaps) <= 1.5 * FIVE_SECONDS + 160


def test_a_report_tells_loss_since_the_last_one_and_the_delay_since_the_peers() -> None:
    session, reporter = connected()
    for number in (1, 2, 4, 5):
        session.receive(RtpPacket(8, number, number * 160, 9, bytes(160)).build(), PEER, number * 160.0)
    session.packets(bytes(160), 0)
    reporter.receive(build_report(9, "peer", SenderInfo(77 << 16, 0, 0, 0), []), now=1000.0)
    first = reporter.report(FIVE_SECONDS, now=1001.5)
    assert first is not None
    (kind, _, body), _ = split(first)
    assert kind == 200
    ssrc, loss, highest, _, last, delay = struct.unpack("!IIIIII", body[24:])
    assert (ssrc, loss >> 24, loss & 0xFFFFFF, highest, last) == (9, 256 // 5, 1, 5, 77)
    assert delay == pytest.approx(1.5 * 65536)
    second = reporter.report(FIVE_SECONDS * 3, now=1006.0)
    assert second is not None
    (kind, _, body), _ = split(second)
    # Nothing was sent since, and nothing more was lost.
    assert kind == 201
    assert struct.unpack("!II", body[4:12]) == (9, 1)
