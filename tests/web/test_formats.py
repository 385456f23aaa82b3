"""Times, dates and numbers in their Swiss form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.formats import clock_time, day, duration, midnight, phone, position_s

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+41791234567", "079 123 45 67"),
        ("+41443332211", "044 333 22 11"),
        ("0791234567", "079 123 45 67"),
        ("+4930123456", "+49 30 123456"),
        (None, ""),
        ("anonymous", "anonymous"),
        ("<script>", "<script>"),
    ],
)
def test_numbers_are_grouped_as_they_are_said(number, shown):
    assert phone(number) == shown


@given(st.text(max_size=40))
def test_no_text_is_a_fault_as_a_number(text):
    assert isinstance(phone(text), str)


def test_times_are_those_of_the_practice():
    assert clock_time(datetime(2026, 11, 24, 13, 5, tzinfo=UTC), ZURICH) == "14:05"
    assert day(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), ZURICH) == "24.11.2026"
    assert day(date(2026, 1, 2)) == "02.01.2026"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (-3, "0:00"), (59.6, "1:00"), (65, "1:05"), (3600, "60:00")]
)
def test_a_duration_has_minutes_and_seconds(seconds, shown):
    assert duration(seconds) == shown


def test_a_position_is_seconds_of_the_recording():
    assert position_s(12_000) == 1.5
    assert position_s(0) == 0.0
    assert position_s(None) is None


@pytest.mark.parametrize(("of", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 24), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(of, hours):
    length = midnight(of + timedelta(days=1), ZURICH).astimezone(UTC) - midnight(of, ZURICH).astimezone(UTC)
    assert length == timedelta(hours=hours)
