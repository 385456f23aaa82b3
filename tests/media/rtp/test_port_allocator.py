"""Pairs of ports."""

from __future__ import annotations

import socket

import pytest

from gateway.media.errors import MediaError
from gateway.media.rtp.port_allocator import PortAllocator


def test_pairs_are_even_and_odd_within_the_range_and_run_out() -> None:
    allocator = PortAllocator("127.0.0.1", 28_001, 28_007)
    pairs = [allocator.allocate() for _ in range(3)]
    assert sorted(pair.port for pair in pairs) == [28_002, 28_004, 28_006]
    for pair in pairs:
        assert pair.rtcp.getsockname()[1] == pair.port + 1
        assert not pair.rtp.getblocking()
    with pytest.raises(
        MediaError, match=r"no RTP port between 28002 and 28007 is free on 127\.0\.0\.1: Address already"
    ):
        allocator.allocate()
    pairs[1].close()
    pairs.append(allocator.allocate())
    assert pairs[3].port == pairs[1].port
    for pair in pairs:
        pair.close()


def test_a_port_that_was_freed_rests_until_the_others_were_used() -> None:
    allocator = PortAllocator("127.0.0.1", 28_010, 28_017)
    ports = []
    for _ in range(4):
        pair = allocator.allocate()
        ports.append(pair.port)
        pair.close()
    assert len(set(ports)) == 4


def test_a_pair_whose_second_port_is_taken_is_passed_over() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 28_021))
        allocator = PortAllocator("127.0.0.1", 28_020, 28_023)
        pair = allocator.allocate()
        assert pair.port == 28_022
        pair.close()


@pytest.mark.parametrize(("low", "high"), [(28_000, 28_000), (28_001, 28_002), (28_010, 28_000)])
def test_a_range_without_a_pair_is_refused(low: int, high: int) -> None:
    with pytest.raises(MediaError, match=f"no pair of RTP ports fits between {low} and {high}"):
        PortAllocator("127.0.0.1", low, high)
