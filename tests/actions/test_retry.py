"""The retry schedule as a pure function."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.actions.retry import RetrySchedule, parse_retry_after

FIRST = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCHEDULE = RetrySchedule()

attempts = st.integers(min_value=1, max_value=10_000)
jitters = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (11, 2048), (12, 3600), (9999, 3600)])
def test_waits_double_up_to_an_hour(attempt, seconds):
    assert SCHEDULE.wait_s(attempt, 0.0) == seconds
    assert SCHEDULE.wait_s(attempt, 1.0) == seconds / 2


@given(attempts, jitters, jitters)
def test_a_wait_is_never_shorter_than_half_nor_longer_than_the_cap(attempt, jitter, other):
    assert SCHEDULE.first_s / 2 <= SCHEDULE.wait_s(attempt, jitter) <= SCHEDULE.longest_s
    assert SCHEDULE.wait_s(attempt, jitter) <= 2 * SCHEDULE.wait_s(attempt + 1, other)


@given(
    st.floats(min_value=0, max_value=SCHEDULE.give_up_s - 1),
    attempts,
    jitters,
    st.none() | st.floats(min_value=0, max_value=1e15),
)
def test_the_next_attempt_lies_ahead_and_never_behind_the_last_moment(age, attempt, jitter, retry_after):
    now = FIRST + timedelta(seconds=age)
    at = SCHEDULE.next_attempt(
        first_attempt_at=FIRST, now=now, attempts=attempt, jitter=jitter, retry_after_s=retry_after
    )
    assert now < at <= FIRST + timedelta(seconds=SCHEDULE.give_up_s)


@given(jitters)
def test_following_the_schedule_ends_after_three_days_and_about_a_hundred_attempts(jitter):
    now, count = FIRST, 1
    while (at := SCHEDULE.next_attempt(first_attempt_at=FIRST, now=now, attempts=count, jitter=jitter)) is not None:
        assert at > now
        now, count = at, count + 1
    assert now == FIRST + timedelta(days=3)  # the last attempt uses the last moment
    assert 80 < count < 180


def test_the_endpoint_may_lengthen_a_wait_but_not_shorten_it():
    def wait(retry_after):
        at = SCHEDULE.next_attempt(first_attempt_at=FIRST, now=FIRST, attempts=3, jitter=0.0, retry_after_s=retry_after)
        return (at - FIRST).total_seconds()

    assert [wait(None), wait(1), wait(120), wait(1e9)] == [8, 8, 120, SCHEDULE.give_up_s]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("9" * 400, 999_999_999_999),
        ("Mon, 23 Nov 2026 09:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0),
        ("Mon, 23 Nov 2026 09:02:00 -0000", 120),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Mon, 99 Nov 2026 09:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    assert parse_retry_after(value, FIRST) == seconds


@given(st.text())
def test_no_retry_after_breaks_the_reader(value):
    seconds = parse_retry_after(value, FIRST)
    assert seconds is None or seconds >= 0
