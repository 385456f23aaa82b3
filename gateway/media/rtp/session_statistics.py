"""The figures of one leg, from what its parts have counted."""

from __future__ import annotations

from gateway.media.frame import FRAME_MS
from gateway.media.leg import LegStatistics
from gateway.media.parameters import StreamParameters
from gateway.media.rtp.e_model import burst_ratio, estimate_quality, one_way_delay
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp_session import RtcpSession
from gateway.media.rtp.srtp import SrtpTransform


def session_statistics(
    parameters: StreamParameters | None,
    *,
    position: int,
    reception: ReceptionView,
    packets_sent: int,
    delay_ms: float,
    concealed_ms: int,
    refused: int = 0,
    rtcp: RtcpSession | None = None,
    srtp: SrtpTransform | None = None,
) -> LegStatistics:
    """Return the figures at ``position`` (samples at 8 kHz).

    ``delay_ms`` is what the jitter buffer holds back, ``concealed_ms`` how much sound was made up, ``refused`` how many
    datagrams were no RTP of the stream or came from elsewhere than the peer. Without ``parameters`` the leg has not
    been connected. A figure that no report of the peer has told is None.
    """
    round_trip_ms = _milliseconds(rtcp.round_trip_s) if rtcp is not None else None
    codec = parameters.codec if parameters is not None else None
    mos = None
    if codec is not None and reception.expected > 0:
        # A packet that came too late to be played is as good as lost.
        loss = (reception.lost + reception.late) / reception.expected
        bursts = burst_ratio(reception.lost, reception.bursts, reception.expected)
        mos = estimate_quality(codec, loss, one_way_delay(round_trip_ms, delay_ms, FRAME_MS), bursts).mos
    return LegStatistics(
        packets_received=reception.received,
        packets_lost=reception.lost,
        packets_late=reception.late,
        packets_duplicated=reception.duplicated,
        packets_sent=packets_sent,
        jitter_ms=round(reception.jitter * 1000 / codec.clock_rate, 2) if codec is not None else 0.0,
        position=position,
        delay_ms=round(delay_ms, 1),
        concealed_ms=concealed_ms,
        round_trip_ms=round_trip_ms,
        remote_fraction_lost=_rounded(rtcp.remote_fraction_lost, 4) if rtcp is not None else None,
        remote_jitter_ms=_rounded(rtcp.remote_jitter_ms, 2) if rtcp is not None else None,
        mos=_rounded(mos, 2),
        codec=str(codec or ""),
        encrypted=srtp is not None,
        packets_rejected=refused + (srtp.rejected + srtp.replayed if srtp is not None else 0),
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
