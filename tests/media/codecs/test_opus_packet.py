"""Lengths of Opus packets by their first octets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.codecs.opus_library import load_opus
from gateway.media.codecs.opus_packet import packet_length


@pytest.mark.parametrize(
    ("payload", "length"),
    [
        (b"\x00x", 480),  # SILK narrowband, 10 ms
        (b"\x08x", 960),  # 20 ms
        (b"\x48x", 960),  # SILK wideband, 20 ms
        (b"\x58x", 2880),  # SILK wideband, 60 ms
        (b"\x49xx", 1920),  # two frames of one size
        (b"\x4a\x01xx", 1920),  # two frames of two sizes
        (b"\x4b\x03xxx", 2880),  # three frames
        (b"\xe3\x01x", 120),  # CELT, 2.5 ms
        (b"", 0),
        (b"\x4b", 0),  # the count is missing
        (b"\x5b\x03xxx", 0),  # 180 ms
        (b"\x4b\x00", 0),
    ],
)
def test_the_length_follows_from_configuration_and_count(payload: bytes, length: int) -> None:
    assert packet_length(payload) == length


@given(st.binary(min_size=1, max_size=40))
def test_libopus_agrees(payload: bytes) -> None:
    by_library = load_opus().opus_packet_get_nb_samples(payload, len(payload), 48_000)
    assert packet_length(payload) == max(by_library, 0)
