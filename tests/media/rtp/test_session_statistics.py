"""The figures of a leg."""

from __future__ import annotations

from gateway.media.leg import LegStatistics
from gateway.media.parameters import Codec, SrtpKeys, StreamParameters
from gateway.media.rtp.e_model import estimate_quality
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp import ReportBlock, build_report, middle_of, ntp_time
from gateway.media.rtp.rtcp_session import RtcpSession, SentCounters
from gateway.media.rtp.session_statistics import session_statistics
from gateway.media.rtp.srtp import SrtpTransform

NOW = 1_800_000_000.0


def parameters(codec: Codec = Codec.PCMA) -> StreamParameters:
    return StreamParameters("192.0.2.1", 4000, codec, 8)


def test_a_leg_that_was_never_connected_has_no_quality() -> None:
    statistics = session_statistics(
        None, position=0, reception=ReceptionView(), packets_sent=0, delay_ms=0, concealed_ms=0
    )
    assert statistics == LegStatistics(0, 0, 0, 0, 0, 0.0, 0)


def test_a_leg_that_hears_nothing_has_no_quality_but_a_codec() -> None:
    statistics = session_statistics(
        parameters(Codec.G722), position=800, reception=ReceptionView(), packets_sent=5, delay_ms=40, concealed_ms=0
    )
    assert (statistics.mos, statistics.codec, statistics.encrypted) == (None, "G722", False)


def test_the_figures_of_all_parts_come_together() -> None:
    rtcp = RtcpSession(5, 48_000)
    rtcp.report(0, NOW, SentCounters(100, 1, 0), ReceptionView())
    block = ReportBlock(5, 0, 2, 0, 96, middle_of(ntp_time(NOW)), 65536)
    rtcp.receive(build_report(9, "peer", None, [block]), NOW + 1.12, packets_sent=100)
    srtp = SrtpTransform(SrtpKeys("AEAD_AES_256_GCM", bytes(44), bytes(44)))
    srtp.unprotect(b"forged")
    statistics = session_statistics(
        parameters(Codec.OPUS),
        position=16_000,
        reception=ReceptionView(9, received=98, expected=100, highest=100, duplicated=1, late=3, jitter=480),
        packets_sent=100,
        delay_ms=40.04,
        concealed_ms=100,
        refused=4,
        rtcp=rtcp,
        srtp=srtp,
    )
    # 5 % did not come in time; 60 ms there, 40 ms in the buffer, 20 ms to fill a packet.
    mos = round(estimate_quality(Codec.OPUS, 0.05, 120.0).mos, 2)
    assert statistics == LegStatistics(
        98, 2, 3, 1, 100, 10.0, 16_000, 40.0, 100, 120.0, 0.02, 2.0, mos, "opus", True, 5
    )


def test_loss_in_bursts_is_worse_than_the_same_loss_one_by_one() -> None:
    def mos(bursts: int) -> float:
        view = ReceptionView(9, received=950, expected=1000, highest=1000, bursts=bursts)
        statistics = session_statistics(
            parameters(), position=160_000, reception=view, packets_sent=1000, delay_ms=40, concealed_ms=1000
        )
        assert statistics.mos is not None
        return statistics.mos

    assert mos(10) < mos(50)
