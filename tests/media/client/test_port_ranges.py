"""The RTP ports of several workers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.client.port_ranges import part_ports
from gateway.media.errors import MediaError


@given(st.integers(1, 60_000), st.integers(0, 5_000), st.integers(1, 32))
def test_the_parts_are_even_apart_and_use_every_pair(low: int, length: int, parts: int) -> None:
    high = low + length
    even = [port for port in range(low, high) if port % 2 == 0]
    if len(even) < parts:
        with pytest.raises(MediaError, match="fit"):
            part_ports(low, high, parts)
        return
    ranges = part_ports(low, high, parts)
    assert [port for first, last in ranges for port in range(first, last + 1) if port % 2 == 0] == even
    sizes = [last + 1 - first for first, last in ranges]
    assert all(first % 2 == 0 and last % 2 == 1 for first, last in ranges)
    assert max(sizes) - min(sizes) <= 2


@pytest.mark.parametrize(
    ("low", "high", "parts", "sentence"),
    [
        (28_000, 28_000, 1, "no pair of RTP ports fits between 28000 and 28000"),
        (28_001, 28_002, 1, "no pair of RTP ports fits between 28001 and 28002"),
        (28_000, 28_005, 4, "no 4 pairs of RTP ports fit between 28000 and 28005"),
        (0, 100, 1, "no pair of RTP ports fits between 0 and 100"),
        (65_000, 65_536, 1, "no pair of RTP ports fits between 65000 and 65536"),
    ],
)
def test_a_range_that_is_too_small_is_told(low: int, high: int, parts: int, sentence: str) -> None:
    with pytest.raises(MediaError, match=f"^{sentence}$"):
        part_ports(low, high, parts)
