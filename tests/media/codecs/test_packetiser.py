"""Packets of any length from frames of 20 ms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.codecs.packetiser import Packetiser, make_packetiser


def frame(position: int) -> bytes:
    """Octets that tell where they belong."""
    return bytes((position + at) % 251 for at in range(160))


@given(st.sampled_from([10, 15, 20, 25, 30, 40, 50, 60, 100, 200]), st.integers(1, 60), st.integers(0, 10**9))
def test_every_octet_goes_out_once_at_its_position_in_packets_of_one_length(ptime: int, ticks: int, start: int) -> None:
    packetiser = Packetiser(ptime)
    expected_position = start
    for tick in range(ticks):
        for payload, position in packetiser.push(frame(start + tick * 160), start + tick * 160):
            assert len(payload) == ptime * 8
            assert position == expected_position
            assert payload == bytes((position + at) % 251 for at in range(len(payload)))
            expected_position += len(payload)
    unsent = start + ticks * 160 - expected_position
    assert 0 <= unsent < ptime * 8


@given(st.sampled_from([20, 30, 40, 60]), st.lists(st.booleans(), min_size=1, max_size=60))
def test_no_packet_spans_ticks_in_which_nothing_was_sent(ptime: int, sent: list[bool]) -> None:
    packetiser = Packetiser(ptime)
    for tick, goes in enumerate(sent):
        if not goes:
            continue
        for payload, position in packetiser.push(frame(tick * 160), tick * 160):
            ticks = range(position // 160, (position + len(payload) - 1) // 160 + 1)
            assert all(sent[number] for number in ticks)
            assert payload == bytes((position + at) % 251 for at in range(len(payload)))


@pytest.mark.parametrize(("ptime", "most"), [(30, 1), (40, 1), (60, 1), (10, 2)])
def test_only_packets_shorter_than_a_tick_leave_together(ptime: int, most: int) -> None:
    packetiser = Packetiser(ptime)
    assert max(len(packetiser.push(bytes(160), tick * 160)) for tick in range(50)) == most


def test_what_was_begun_is_dropped_when_something_else_is_sent_in_its_place() -> None:
    packetiser = Packetiser(40)
    assert packetiser.push(b"a" * 160, 0) == []
    packetiser.clear()
    assert packetiser.push(b"b" * 160, 160) == []
    assert packetiser.push(b"c" * 160, 320) == [(b"b" * 160 + b"c" * 160, 160)]


def test_a_length_that_no_packet_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="packets of 0 ms"):
        Packetiser(0)


def test_frames_that_are_packets_already_are_left_alone() -> None:
    assert make_packetiser(20, octet_codec=True) is None
    assert make_packetiser(60, octet_codec=False) is None
    assert make_packetiser(30, octet_codec=True) is not None
