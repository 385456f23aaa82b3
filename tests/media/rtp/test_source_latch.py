"""Where to send, and whose packets to take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.source_latch import LockedStream, SourceLatch

NEGOTIATED = ("192.0.2.1", 4000)
REAL = ("198.51.100.7", 61_000)
STRANGER = ("203.0.113.9", 5000)


def test_packets_go_to_the_negotiated_address_until_some_arrive() -> None:
    latch = SourceLatch()
    assert latch.target is None
    latch.negotiate(NEGOTIATED)
    assert latch.target == NEGOTIATED


def test_the_negotiated_source_is_taken_at_once_and_locks_others_out() -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    assert latch.accept(NEGOTIATED, 1)
    assert not any(latch.accept(STRANGER, 2) for _ in range(5))
    assert latch.target == NEGOTIATED
    assert latch.refused == 5


def test_a_source_behind_address_translation_is_followed_once() -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    assert not latch.accept(REAL, 1)
    assert latch.accept(REAL, 1)
    assert latch.target == REAL
    assert not latch.accept(STRANGER, 2)
    assert latch.target == latch.locked_source == REAL


def test_the_negotiated_source_takes_the_stream_back_from_a_stranger_who_was_quicker() -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    assert [latch.accept(STRANGER, 2) for _ in range(5)] == [False, True, True, True, True]
    assert latch.accept(NEGOTIATED, 1)
    assert not any(latch.accept(STRANGER, 2) for _ in range(5))
    assert latch.target == latch.locked_source == NEGOTIATED


def test_two_strangers_in_turn_do_not_take_the_stream() -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    for _ in range(4):
        assert not latch.accept(STRANGER, 1)
        assert not latch.accept(REAL, 2)
    assert latch.target == NEGOTIATED


def test_a_new_negotiated_address_unlocks_and_the_same_one_does_not() -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    latch.accept(REAL, 1)
    latch.accept(REAL, 1)
    latch.negotiate(NEGOTIATED)
    assert latch.target == REAL
    moved = ("192.0.2.2", 4002)
    latch.negotiate(moved)
    assert latch.target == moved
    assert latch.accept(moved, 1)


def locked_on(source: tuple[str, int]) -> SourceLatch:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    latch.accept(source, 7)
    latch.accept(source, 7)
    assert latch.locked_source == source
    return latch


@pytest.mark.parametrize("before", [NEGOTIATED, REAL])
def test_a_stream_that_goes_on_from_a_new_port_is_followed_after_half_a_second(before: tuple[str, int]) -> None:
    latch = locked_on(before)
    rebound = (before[0], before[1] + 1)
    assert not latch.accept(rebound, 7, 101, LockedStream(7, 100, silent_ms=480))
    assert not latch.accept(rebound, 7, 125, LockedStream(7, 100, silent_ms=500))
    assert latch.accept(rebound, 7, 126, LockedStream(7, 100, silent_ms=520))
    assert latch.target == latch.locked_source == rebound


@pytest.mark.parametrize(
    ("ssrc", "sequence"),
    [(8, 101), (7, 100), (7, 99), (7, 100 + 3001), (7, 40_000)],
)
def test_who_does_not_know_where_the_stream_is_does_not_move_it(ssrc: int, sequence: int) -> None:
    latch = locked_on(REAL)
    for silent_ms in (1000, 60_000):
        for authenticated in (False, True):
            locked = LockedStream(7, 100, silent_ms, authenticated)
            assert not any(latch.accept(STRANGER, ssrc, sequence, locked) for _ in range(5))
    assert latch.target == REAL


def test_a_packet_that_comes_late_from_the_negotiated_source_does_not_move_a_stream_that_has_left_it() -> None:
    latch = locked_on(NEGOTIATED)
    rebound = (NEGOTIATED[0], 4002)
    for sequence in (130, 131):
        latch.accept(rebound, 7, sequence, LockedStream(7, 100, silent_ms=600))
    assert not latch.accept(NEGOTIATED, 7, 101, LockedStream(7, 131, silent_ms=0))
    assert latch.target == latch.locked_source == rebound


def test_sequence_numbers_wrap_while_the_source_moves() -> None:
    latch = locked_on(REAL)
    moved = ("198.51.100.7", 62_000)
    assert not latch.accept(moved, 7, 3, LockedStream(7, 0x3FFFE, silent_ms=600))
    assert latch.accept(moved, 7, 4, LockedStream(7, 0x3FFFE, silent_ms=620))


def test_an_authenticated_packet_moves_the_stream_at_once() -> None:
    latch = locked_on(REAL)
    moved = ("198.51.100.7", 62_000)
    assert latch.accept(moved, 7, 101, LockedStream(7, 100, silent_ms=20, authenticated=True))
    assert latch.target == latch.locked_source == moved
    # A packet of the old source that was overtaken on the way does not move it back.
    assert not latch.accept(REAL, 7, 100, LockedStream(7, 101, silent_ms=20, authenticated=True))


SPRAYED = st.tuples(
    st.sampled_from([STRANGER, ("203.0.113.10", 5000), ("198.51.100.7", 9)]),
    st.integers(0, 2**32 - 1).filter(lambda ssrc: ssrc != 7),
    st.integers(0, 0xFFFF),
    st.integers(1, 20),
)


@given(st.lists(SPRAYED, max_size=30), st.booleans(), st.booleans())
def test_who_sprays_packets_keeps_no_stream_that_comes_from_where_it_was_negotiated(
    attacks: list[tuple[tuple[str, int], int, int, int]], attacker_first: bool, authenticated: bool
) -> None:
    latch = SourceLatch()
    latch.negotiate(NEGOTIATED)
    sequence = 100
    if not attacker_first:
        assert latch.accept(NEGOTIATED, 7, sequence)
    for source, ssrc, guess, packets in attacks:
        for number in range(packets):
            locked = LockedStream(7, sequence, silent_ms=packets * 1000, authenticated=authenticated)
            latch.accept(source, ssrc, guess + number, locked if latch.locked_source == NEGOTIATED else None)
        sequence += 1
        assert latch.accept(NEGOTIATED, 7, sequence)
        assert latch.target == latch.locked_source == NEGOTIATED


@given(st.lists(SPRAYED, max_size=30))
def test_who_sprays_packets_takes_no_stream_that_was_learnt(
    attacks: list[tuple[tuple[str, int], int, int, int]],
) -> None:
    latch = locked_on(REAL)
    for source, ssrc, guess, packets in attacks:
        for number in range(packets):
            assert not latch.accept(source, ssrc, guess + number, LockedStream(7, 100, silent_ms=packets * 1000))
        assert latch.target == REAL
    assert latch.refused == sum(packets for *_, packets in attacks)
