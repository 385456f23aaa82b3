"""When reports are sent, what they tell, and what the peer's tell us."""

from __future__ import annotations

import itertools
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.reception_view import ReceptionView
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
from gateway.media.rtp.rtcp_session import RtcpSession, SentCounters

OURS, PEER = 5, 9
NOW = 1_800_000_000.0
NOTHING_SENT = SentCounters(0, 0, 0)
NOTHING_RECEIVED = ReceptionView()
SECOND = 8000


def session(**values: object) -> RtcpSession:
    return RtcpSession(OURS, **values)


def first(data: bytes) -> Report:
    report = parse_rtcp(data)[0]
    assert isinstance(report, Report)
    return report


def block_of(data: bytes) -> ReportBlock:
    (block,) = first(data).blocks
    return block


def heard_by_peer(lost: int = 0, fraction: int = 0, jitter: int = 0, last_report: int = 0, delay: int = 0) -> bytes:
    block = ReportBlock(OURS, fraction, lost, 1000, jitter, last_report, delay)
    return build_report(PEER, "peer", None, [block])


def test_the_first_report_comes_early_and_the_others_on_average_every_five_seconds() -> None:
    random.seed(1)
    firsts, gaps = [], []
    for _ in range(300):
        reporting = session(position=SECOND)
        times = []
        for position in range(SECOND, 61 * SECOND, 160):
            if position >= reporting.next_due:
                times.append(position / SECOND)
                reporting.report(position, NOW, NOTHING_SENT, NOTHING_RECEIVED)
        firsts.append(times[0] - 1)
        gaps += [later - earlier for earlier, later in itertools.pairwise(times)]
    assert 1.0 <= min(firsts) <= max(firsts) <= 3.11
    assert 2.05 <= min(gaps) <= max(gaps) <= 6.18
    # 5 s divided by e - 3/2 (RFC 3550 section 6.3.1), as no other member makes us reconsider.
    assert sum(gaps) / len(gaps) == pytest.approx(5 / 1.21828, rel=0.02)


def test_who_has_sent_since_the_report_before_the_last_one_reports_as_sender() -> None:
    reporting = session()
    counts = [0, 10, 20, 20, 20]
    senders = [
        first(reporting.report(0, NOW, SentCounters(count, 160 * count, 800), NOTHING_RECEIVED)).sender
        for count in counts
    ]
    assert [sender and sender.packets for sender in senders] == [None, 10, 20, 20, None]
    assert senders[1] == SenderInfo(ntp_time(NOW), 800, 10, 1600)


def test_a_report_names_its_source_by_a_random_name() -> None:
    descriptions = [parse_rtcp(session().report(0, NOW, NOTHING_SENT, NOTHING_RECEIVED))[1] for _ in range(2)]
    names = []
    for description in descriptions:
        assert isinstance(description, SourceDescription)
        names.append(description.cname(OURS))
    assert names[0] != names[1]
    assert all(name is not None and name.endswith("@call.invalid") for name in names)


def test_no_block_is_sent_before_a_packet_came() -> None:
    assert first(session().report(0, NOW, NOTHING_SENT, NOTHING_RECEIVED)).blocks == ()


def test_loss_is_told_since_the_last_report_and_since_the_beginning() -> None:
    reporting = session()
    views = [
        ReceptionView(PEER, received=90, expected=100, highest=100, jitter=12.9),
        ReceptionView(PEER, received=140, expected=200, highest=200, jitter=3.2),
        ReceptionView(PEER, received=240, expected=300, highest=0x10005),
        ReceptionView(PEER, received=240, expected=300, highest=0x10005),
        ReceptionView(PEER, received=260, expected=310, highest=0x1000F),
        ReceptionView(PEER + 1, received=261, expected=312, highest=9),
    ]
    blocks = [block_of(reporting.report(0, NOW, NOTHING_SENT, view)) for view in views]
    assert [block.fraction_lost for block in blocks] == [25, 128, 0, 0, 0, 128]
    assert [block.lost for block in blocks] == [10, 60, 60, 60, 50, 1]
    assert [block.jitter for block in blocks][:2] == [12, 3]
    assert [block.highest for block in blocks][2] == 0x10005
    assert blocks[-1].ssrc == PEER + 1


def test_all_that_was_lost_is_told_as_less_than_everything() -> None:
    view = ReceptionView(PEER, received=0, expected=100, highest=100)
    assert block_of(session().report(0, NOW, NOTHING_SENT, view)).fraction_lost == 255


def test_a_report_names_the_peers_last_one_and_how_long_ago_it_came() -> None:
    reporting = session()
    view = ReceptionView(PEER, 1, 1, 1)
    assert block_of(reporting.report(0, NOW, NOTHING_SENT, view)).last_report == 0
    reporting.receive(build_report(PEER, "peer", SenderInfo(77 << 16, 0, 0, 0), []), NOW, 0)
    block = block_of(reporting.report(0, NOW + 1.5, NOTHING_SENT, view))
    assert (block.last_report, block.delay) == (77, 1.5 * 65536)
    # It is no report of a new source.
    assert block_of(reporting.report(0, NOW, NOTHING_SENT, ReceptionView(PEER + 1, 1, 1, 1))).last_report == 0


def answered(reporting: RtcpSession, at: float, after: float, held: float) -> None:
    """Let the peer answer a report of ours that was sent ``at``."""
    report = first(reporting.report(0, at, SentCounters(random.randrange(1, 2**31), 1, 0), NOTHING_RECEIVED))
    assert report.sender is not None
    reporting.receive(
        heard_by_peer(last_report=middle_of(report.sender.ntp_time), delay=int(held * 65536)), at + after, 1
    )


@given(st.floats(0, 2**33), st.floats(0, 5), st.floats(0, 7))
def test_the_round_trip_is_the_time_until_the_answer_less_the_peers_delay(
    at: float, round_trip: float, held: float
) -> None:
    reporting = session()
    assert reporting.round_trip_s is None
    answered(reporting, at, round_trip + held, held)
    assert reporting.round_trip_s == pytest.approx(round_trip, abs=0.0001)


def test_round_trips_are_smoothed() -> None:
    reporting = session()
    for round_trip in (0.1, 0.1, 0.9):
        answered(reporting, NOW, round_trip, 0.0)
    assert reporting.round_trip_s == pytest.approx(0.2, abs=0.001)


@pytest.mark.parametrize(
    ("last_report", "delay"),
    [
        (0, 0),
        (middle_of(ntp_time(NOW)) ^ 1, 0),
        (middle_of(ntp_time(NOW)), 5 << 16),
        (middle_of(ntp_time(NOW)), 2**32 - 1),
    ],
)
def test_an_answer_to_no_report_of_ours_or_before_it_is_no_round_trip(last_report: int, delay: int) -> None:
    reporting = session()
    reporting.report(0, NOW, SentCounters(1, 1, 0), NOTHING_RECEIVED)
    reporting.receive(heard_by_peer(last_report=last_report, delay=delay), NOW + 0.5, 1)
    assert reporting.remote_fraction_lost is not None
    assert reporting.round_trip_s is None


def test_an_answer_that_seems_to_come_a_little_too_early_is_no_delay() -> None:
    reporting = session()
    answered(reporting, NOW, 0.0, 0.01)
    assert reporting.round_trip_s == 0.0


def test_what_the_peer_lost_is_counted_over_the_whole_stream() -> None:
    reporting = session(clock_rate=48_000)
    assert (reporting.remote_fraction_lost, reporting.remote_jitter_ms) == (None, None)
    assert reporting.recent_fraction_lost is None
    reporting.receive(heard_by_peer(lost=5, fraction=64, jitter=480), NOW, 100)
    assert reporting.remote_fraction_lost == 0.05
    assert reporting.recent_fraction_lost == 0.25
    assert reporting.remote_jitter_ms == 10.0
    reporting.change_source(OURS + 1)
    reporting.receive(heard_by_peer(lost=50), NOW, 100)
    assert reporting.recent_fraction_lost is None
    block = ReportBlock(OURS + 1, 0, 1, 0, 0, 0, 0)
    reporting.receive(build_report(PEER, "peer", None, [block]), NOW, 100)
    assert reporting.remote_fraction_lost == 0.03


@pytest.mark.parametrize(("lost", "sent", "fraction"), [(-5, 100, 0.0), (500, 100, 1.0)])
def test_what_the_peer_cannot_have_lost_stays_within_bounds(lost: int, sent: int, fraction: float) -> None:
    reporting = session()
    reporting.receive(heard_by_peer(lost=lost), NOW, sent)
    assert reporting.remote_fraction_lost == fraction
    unsent = session()
    unsent.receive(heard_by_peer(lost=lost), NOW, 0)
    assert unsent.remote_fraction_lost is None


def test_our_own_report_that_comes_back_tells_nothing() -> None:
    reporting = session()
    own = build_report(OURS, "x", SenderInfo(77 << 16, 0, 0, 0), [ReportBlock(OURS, 0, 5, 0, 0, 0, 0)])
    reporting.receive(own, NOW, 100)
    assert reporting.remote_fraction_lost is None
    assert block_of(reporting.report(0, NOW, NOTHING_SENT, ReceptionView(PEER, 1, 1, 1))).last_report == 0


def test_a_block_about_another_source_tells_nothing() -> None:
    reporting = session()
    other = build_report(PEER, "peer", None, [ReportBlock(OURS + 1, 0, 5, 0, 0, 0, 0)])
    reporting.receive(other, NOW, 100)
    assert reporting.remote_fraction_lost is None
    among_others = build_report(PEER, "peer", None, [ReportBlock(s, 0, s, 0, 0, 0, 0) for s in (1, OURS, 3)])
    reporting.receive(among_others, NOW, 100)
    assert reporting.remote_fraction_lost == 0.05


def test_a_goodbye_of_the_peers_ends_nothing() -> None:
    reporting = session()
    reporting.receive(build_goodbye(PEER, "peer"), NOW, 0)
    reporting.receive(heard_by_peer(lost=5), NOW, 100)
    assert reporting.remote_fraction_lost == 0.05
    assert reporting.invalid == 0


def is_rtcp_datagram(data: bytes) -> bool:
    try:
        parse_rtcp(data)
    except RtcpError:
        return False
    return True


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_any_datagram_is_survived_and_counted(datagrams: list[bytes]) -> None:
    reporting = session()
    for data in datagrams:
        reporting.receive(data, NOW, 10)
    assert reporting.invalid == sum(not is_rtcp_datagram(data) for data in datagrams)


@given(st.data())
def test_hostile_reports_leave_figures_that_are_possible(data: st.DataObject) -> None:
    reporting = session()
    reporting.report(0, NOW, SentCounters(1, 1, 0), NOTHING_RECEIVED)
    words = st.integers(0, 2**32 - 1)
    for _ in range(3):
        fields = [data.draw(words) for _ in range(4)]
        last = data.draw(words | st.just(middle_of(ntp_time(NOW))))
        body = struct.pack("!IIIIIII", PEER, OURS, fields[0], fields[1], fields[2], last, fields[3])
        reporting.receive(struct.pack("!BBH", 0x81, 201, 7) + body, NOW + 1, data.draw(st.integers(0, 2**40)))
        assert reporting.round_trip_s is None or 0 <= reporting.round_trip_s <= 10
        assert reporting.remote_fraction_lost is None or 0 <= reporting.remote_fraction_lost <= 1
    assert parse_rtcp(reporting.report(0, NOW - 100, SentCounters(2, 1, 0), ReceptionView(PEER, 1, 1, 1)))


def test_goodbye_names_our_source() -> None:
    assert parse_rtcp(session().goodbye())[-1] == Goodbye((OURS,))
