"""The figures of every change of rate, as docs/measurements/audio-quality.md states them."""

from __future__ import annotations

import pytest
from resampling_figures import Figures, measure_all


@pytest.fixture(scope="module", params=range(14))
def figures(request: pytest.FixtureRequest, measured: list[Figures]) -> Figures:
    return measured[request.param]


@pytest.fixture(scope="module")
def measured() -> list[Figures]:
    return list(measure_all())


def test_every_way_of_changing_the_rate_is_measured(measured: list[Figures]) -> None:
    assert len({(each.source_rate, each.target_rate, each.how) for each in measured}) == 14


def test_the_pass_band_is_flat(figures: Figures) -> None:
    assert figures.ripple_db < 0.01


def test_nothing_is_folded_back_or_mirrored(figures: Figures) -> None:
    assert figures.stop_db < (-75 if figures.how == "half-band" else -85)


def test_the_sound_keeps_its_place(figures: Figures) -> None:
    """libsoxr takes its filter's delay out again; the half-band filter's is stated beside it."""
    stated_ms = {(16_000, "half-band"): 15 / 8, (8_000, "half-band"): 31 / 16}
    assert figures.delay_ms == pytest.approx(stated_ms.get((figures.source_rate, figures.how), 0), abs=0.01)


def test_a_stream_waits_for_at_most_120_ms_of_its_input(figures: Figures) -> None:
    assert figures.held_back_ms < 120
