"""The E-model against the figures that the recommendations print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.parameters import Codec
from gateway.media.rtp.e_model import burst_ratio, estimate_quality, mean_opinion_score, one_way_delay

FRACTIONS = st.floats(0, 1)
DELAYS = st.floats(0, 1000)


@pytest.mark.parametrize(("r", "mos"), [(100, 4.5), (90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_ratings_mean_the_scores_of_g107_annex_b(r: float, mos: float) -> None:
    # The recommendation rounds 4.024 to 4.03.
    assert mean_opinion_score(r) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize("r", [-5.0, 0.0, 3.0])
def test_nothing_is_worse_than_bad(r: float) -> None:
    assert mean_opinion_score(r) == 1.0


def test_a_perfect_call_has_the_default_rating_of_g107() -> None:
    quality = estimate_quality(Codec.PCMA, 0.0)
    assert quality.r == pytest.approx(93.2, abs=0.05)
    assert quality.mos == pytest.approx(4.41, abs=0.005)


@pytest.mark.parametrize(
    ("delay_ms", "r"),
    # G.107's curve of the rating over the delay at a talker echo loudness rating of 65 dB, as G.109 and G.114 use it.
    [(0, 93.2), (50, 91.8), (100, 90.8), (150, 89.8), (200, 86.1), (250, 79.6), (300, 73.2), (400, 62.8)],
)
def test_delay_costs_what_the_recommendation_says(delay_ms: float, r: float) -> None:
    assert estimate_quality(Codec.PCMU, 0.0, delay_ms).r == pytest.approx(r, abs=0.8)


@pytest.mark.parametrize(
    ("loss", "effective"),
    # (95 - Ie) Ppl / (Ppl + Bpl) of G.107 section 7.5 with the figures of G.113 for G.711 with concealment.
    [(0.01, 3.64), (0.03, 10.14), (0.05, 15.78), (0.10, 27.07), (0.20, 42.13)],
)
def test_random_loss_costs_what_g113_says(loss: float, effective: float) -> None:
    best = estimate_quality(Codec.PCMA, 0.0).r
    assert best - estimate_quality(Codec.PCMA, loss).r == pytest.approx(effective, abs=0.01)


def test_wideband_has_a_scale_of_its_own() -> None:
    assert estimate_quality(Codec.G722, 0.0).r == 129 - 13
    assert estimate_quality(Codec.G722, 0.0).mos == pytest.approx(4.34, abs=0.01)
    assert estimate_quality(Codec.OPUS, 0.02).mos > estimate_quality(Codec.G722, 0.02).mos


def test_bursts_are_worse_than_random_loss() -> None:
    assert estimate_quality(Codec.PCMA, 0.05, 0, 2.0).r < estimate_quality(Codec.PCMA, 0.05).r


@given(st.sampled_from(Codec), FRACTIONS, FRACTIONS, DELAYS, DELAYS)
def test_more_loss_or_delay_is_never_better(
    codec: Codec, loss: float, more: float, delay: float, longer: float
) -> None:
    (loss, more), (delay, longer) = sorted((loss, more)), sorted((delay, longer))
    better, worse = estimate_quality(codec, loss, delay), estimate_quality(codec, more, longer)
    # G.107's talker echo falls by up to 0.17 in the first milliseconds, where its formula subtracts one.
    assert worse.r <= better.r + 0.2
    assert 1.0 <= worse.mos <= better.mos + 0.005 <= 4.51


def test_random_losses_have_a_burst_ratio_of_one_and_runs_a_greater_one() -> None:
    # At 10 % independent losses a run is 1 / 0.9 long on average.
    assert burst_ratio(1000, 900, 10_000) == pytest.approx(1.0)
    assert burst_ratio(1000, 250, 10_000) == pytest.approx(3.6)
    for nothing in ((0, 0, 0), (0, 0, 100), (5, 9, 100), (100, 1, 100)):
        assert burst_ratio(*nothing) == 1.0


def test_delay_is_half_the_round_trip_the_buffer_and_a_packet() -> None:
    assert one_way_delay(80.0, 40.0, 20.0) == 100.0
    assert one_way_delay(None, 40.0, 20.0) == 60.0
