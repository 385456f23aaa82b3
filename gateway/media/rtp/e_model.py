"""The quality of a call from what its packets met: ITU-T G.107, the E-model, in two bandwidths."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gateway.media.parameters import Codec

# With every parameter of G.107 table 3 at its default except for delay, codec and packet loss, the basic
# signal-to-noise ratio (Ro) and the simultaneous impairments (Is) are constants.
_BASIC_SIGNAL_TO_NOISE = 94.77
_SIMULTANEOUS_IMPAIRMENT = 1.41
_TALKER_ECHO_LOUDNESS_RATING = 65.0
_WEIGHTED_ECHO_PATH_LOSS = 110.0
_NOISE_FOR_ECHO = 94.77
"""Roe of G.107 section 7.4: -1.5 (No - RLR) with the default noise power of -61.18 dBm0p and RLR of 2 dB."""
_WIDEBAND_BEST = 129.0
"""G.107.1 section 6.2: the rating scale of wideband speech ends here."""


@dataclass(frozen=True, slots=True)
class _Equipment:
    """Impairment by the codec itself (Ie), and its robustness against loss (Bpl; of loss in per cent)."""

    impairment: float
    robustness: float


# G.113 appendix I: G.711 with the concealment of its appendix I. G.113 appendix IV: Ie,WB of G.722 at 64 kbit/s. The
# recommendations give no robustness for G.722 with our concealment and nothing for Opus: those are estimates on the
# careful side, meant to compare calls with each other.
_EQUIPMENT = {
    Codec.PCMA: _Equipment(0.0, 25.1),
    Codec.PCMU: _Equipment(0.0, 25.1),
    Codec.G722: _Equipment(13.0, 10.0),
    Codec.OPUS: _Equipment(8.0, 15.0),
}


@dataclass(frozen=True, slots=True)
class Quality:
    """The transmission rating ``r`` (up to 93.2 narrowband, 129 wideband) and the ``mos`` (1 to 4.5) that it means."""

    r: float
    mos: float


def estimate_quality(codec: Codec, loss: float, one_way_delay_ms: float = 0.0, burst_ratio: float = 1.0) -> Quality:
    """Return the quality of a call as both parties have it.

    ``loss`` is the fraction (0 to 1) of packets that never came or came too late, ``one_way_delay_ms`` from mouth to
    ear, ``burst_ratio`` see ``burst_ratio``. The mean opinion score of G.711 is one among narrowband calls (MOS-CQEN of
    P.800.1), that of G.722 and Opus one among wideband calls (MOS-CQEW): the two do not compare.
    """
    equipment = _EQUIPMENT[codec]
    delay = max(0.0, one_way_delay_ms)
    per_cent = 100.0 * min(1.0, max(0.0, loss))
    impairment = equipment.impairment + (95.0 - equipment.impairment) * per_cent / (
        per_cent / max(1.0, burst_ratio) + equipment.robustness
    )
    if codec.sound_rate > 8000:
        r = _WIDEBAND_BEST - _absolute_delay(delay) - impairment
        return Quality(r, mean_opinion_score(r * 100.0 / _WIDEBAND_BEST))
    r = _BASIC_SIGNAL_TO_NOISE - _SIMULTANEOUS_IMPAIRMENT - _delay_impairment(delay) - impairment
    return Quality(r, mean_opinion_score(r))


def mean_opinion_score(r: float) -> float:
    """Return the mean opinion score of a rating on the narrowband scale (G.107 annex B)."""
    if r <= 0.0:
        return 1.0
    if r >= 100.0:
        return 4.5
    # Below a rating of 6.5 the polynomial falls under the worst score there is.
    return max(1.0, 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6)


def one_way_delay(round_trip_ms: float | None, buffer_ms: float, packet_ms: float) -> float:
    """Return the delay from mouth to ear: half the round trip, the jitter buffer, and the filling of a packet."""
    return (round_trip_ms or 0.0) / 2.0 + buffer_ms + packet_ms


def burst_ratio(lost: int, bursts: int, expected: int) -> float:
    """Return by how much losses run longer than random ones would (G.107 section 7.5): 1 is random.

    ``bursts`` is the number of runs of lost packets; packets that only overtook each other may count as runs, which
    makes the ratio smaller. The average run is compared with that of independent losses of the
    same rate, which is Gilbert's model with the probability of leaving a run from the measurement.
    """
    if not 0 < bursts <= lost < expected:
        return 1.0
    return max(1.0, (lost / bursts) * (1.0 - lost / expected))


def _delay_impairment(delay_ms: float) -> float:
    """Return Id: talker echo, listener echo and the delay itself (G.107 section 7.4)."""
    return _talker_echo(delay_ms) + _listener_echo(2.0 * delay_ms) + _absolute_delay(delay_ms)


def _talker_echo(delay_ms: float) -> float:
    echo_loudness = (
        _TALKER_ECHO_LOUDNESS_RATING
        - 40.0 * math.log10((1.0 + delay_ms / 10.0) / (1.0 + delay_ms / 150.0))
        + 6.0 * math.exp(-0.3 * delay_ms**2)
    )
    rating = 80.0 + 2.5 * (echo_loudness - 14.0)
    half = (_NOISE_FOR_ECHO - rating) / 2.0
    return (half + math.sqrt(half**2 + 100.0) - 1.0) * (1.0 - math.exp(-delay_ms))


def _listener_echo(round_trip_ms: float) -> float:
    rating = 10.5 * (_WEIGHTED_ECHO_PATH_LOSS + 7.0) * math.pow(round_trip_ms + 1.0, -0.25)
    half = (_BASIC_SIGNAL_TO_NOISE - rating) / 2.0
    return half + math.sqrt(half**2 + 169.0)


def _absolute_delay(delay_ms: float) -> float:
    if delay_ms <= 100.0:
        return 0.0
    doublings = math.log2(delay_ms / 100.0)
    return 25.0 * (_sixth_norm(doublings) - 3.0 * _sixth_norm(doublings / 3.0) + 2.0)


def _sixth_norm(x: float) -> float:
    return math.pow(1.0 + x**6, 1 / 6)
