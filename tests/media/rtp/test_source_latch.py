"""Where to send, and whose packets to take."""

from __future__ import annotations

from gateway.media.rtp.source_latch import SourceLatch

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
    assert not latch.accept(NEGOTIATED, 1)
    assert latch.target == REAL


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
