"""Loss, duplicates and jitter of a source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.reception import Reception


def receive(reception: Reception, sequence: int, *, late: float = 0.0) -> bool:
    return reception.receive(sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, sequence * 160 + late)


def test_a_perfect_stream_has_no_loss_and_no_jitter_over_the_wrap() -> None:
    reception = Reception()
    for sequence in range(65_500, 65_600):
        assert receive(reception, sequence)
    assert (reception.received, reception.lost, reception.duplicated) == (100, 0, 0)
    assert reception.highest == 65_599
    assert reception.jitter == 0


@given(
    st.integers(0, 2**16 - 1),
    st.lists(st.integers(0, 90), min_size=1, max_size=120),
)
def test_counts_are_right_in_any_order(start: int, offsets: list[int]) -> None:
    reception = Reception()
    receive(reception, start)
    seen = {0}
    for offset in offsets:
        assert receive(reception, start + offset) is (offset not in seen)
        seen.add(offset)
    assert reception.received == len(seen)
    assert reception.duplicated == len(offsets) + 1 - len(seen)
    assert reception.lost == max(seen) + 1 - len(seen)


def test_a_jump_of_the_sequence_is_a_restart_and_not_a_loss() -> None:
    reception = Reception()
    for sequence in [*range(100, 110), *range(40_000, 40_010)]:
        receive(reception, sequence)
    assert (reception.received, reception.lost) == (20, 0)


def test_jitter_converges_to_the_mean_deviation() -> None:
    reception = Reception()
    for sequence in range(2000):
        receive(reception, sequence, late=80.0 * (sequence % 2))
    assert reception.jitter == pytest.approx(80, rel=0.01)


def test_jitter_does_not_jump_where_the_timestamp_wraps() -> None:
    reception = Reception()
    base = 2**32 - 160 * 5
    for count in range(20):
        reception.receive(count, (base + count * 160) & 0xFFFFFFFF, 1000.0 + count * 160)
    assert reception.jitter == 0
