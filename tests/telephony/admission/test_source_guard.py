import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.admission.source_guard import (
    FIRST_SHUT_OUT_S,
    FORGIVEN_PER_S,
    LONGEST_SHUT_OUT_S,
    MISS_WEIGHT,
    MISSES,
    SourceGuard,
)
from gateway.telephony.admission.token_bucket import MOST_SOURCES

SCANNER = "198.51.100.7"


def missing(guard, host, times, now):
    for _ in range(times):
        guard.miss(host, now)


def test_a_source_that_misses_too_often_is_shut_out_and_others_are_not():
    guard = SourceGuard()
    missing(guard, SCANNER, int(MISSES / MISS_WEIGHT) - 1, 0.0)
    assert not guard.shuts_out(SCANNER, 0.0)
    guard.miss(SCANNER, 0.0)
    assert guard.shuts_out(SCANNER, 0.0)
    assert not guard.shuts_out("198.51.100.8", 0.0)
    assert guard.counters.shut_outs == 1


def test_each_further_time_lasts_twice_as_long_up_to_a_day():
    guard = SourceGuard(misses=1)
    now, lengths = 0.0, []
    for _ in range(14):
        guard.miss(SCANNER, now)
        length = FIRST_SHUT_OUT_S
        while guard.shuts_out(SCANNER, now + length):
            length *= 2
        lengths.append(min(length, LONGEST_SHUT_OUT_S))
        now += length
    assert lengths[:4] == [60, 120, 240, 480]
    assert lengths[-1] == LONGEST_SHUT_OUT_S
    assert not guard.shuts_out(SCANNER, now)


def test_misses_are_forgiven_with_time_and_by_showing_that_one_may_call():
    guard = SourceGuard()
    for number in range(200):
        guard.miss(SCANNER, number * MISS_WEIGHT / FORGIVEN_PER_S)
    assert not guard.shuts_out(SCANNER, 200 * MISS_WEIGHT / FORGIVEN_PER_S)
    for _ in range(5):
        missing(guard, SCANNER, int(MISSES / MISS_WEIGHT) - 1, 0.0)
        guard.forgive(SCANNER)
    assert not guard.shuts_out(SCANNER, 0.0)


def test_a_trunks_own_server_is_never_shut_out_not_even_when_it_becomes_one_later():
    trusted = {"192.0.2.1"}
    guard = SourceGuard(trusted.__contains__)
    missing(guard, "192.0.2.1", 1000, 0.0)
    guard.shut_out("192.0.2.1", 0.0)
    assert not guard.shuts_out("192.0.2.1", 0.0)
    guard.shut_out(SCANNER, 0.0)
    assert guard.shuts_out(SCANNER, 0.0)
    trusted.add(SCANNER)
    assert not guard.shuts_out(SCANNER, 0.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("198.51.100.7", "::ffff:198.51.100.7"), ("fe80::1%a", "fe80::2%b")],
)
def test_all_addresses_of_one_sender_are_one_source(one, other):
    guard = SourceGuard()
    guard.shut_out(one, 0.0)
    assert guard.shuts_out(other, 0.0)


def test_the_memory_of_sources_is_bounded():
    guard = SourceGuard()
    for number in range(MOST_SOURCES + 500):
        guard.miss(str(ipaddress.ip_address(number + 1)), 0.0)
    assert len(guard) == MOST_SOURCES


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 30), st.booleans()), max_size=60))
def test_a_shut_out_never_outlasts_a_day(steps):
    guard, now = SourceGuard(), 0.0
    for pause, weight, at_once in steps:
        now += pause
        if at_once:
            guard.shut_out(SCANNER, now)
        else:
            guard.miss(SCANNER, now, weight)
    assert not guard.shuts_out(SCANNER, now + LONGEST_SHUT_OUT_S)
