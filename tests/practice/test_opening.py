"""When the practice is open."""

import datetime as dt
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.practice.loader import load_profile
from gateway.practice.opening import closure_reason, is_open_at, next_open_day, opening_times
from gateway.practice.profile import Closure

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")
ZURICH = ZoneInfo("Europe/Zurich")


def spans(day, profile=PROFILE):
    return [f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in opening_times(profile, dt.date.fromisoformat(day))]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-23", ["08:00-12:00", "13:00-17:30"]),  # a Monday
        ("2026-11-26", ["08:00-12:00", "13:00-19:00"]),  # a Thursday
        ("2026-11-28", []),  # a Saturday, left out of the hours
        ("2026-12-23", ["08:00-12:00", "13:00-17:30"]),
        ("2026-12-24", []),  # the first day of the Christmas holidays
        ("2027-01-03", []),  # the last
        ("2027-01-04", ["08:00-12:00", "13:00-17:30"]),
        ("2027-03-26", []),  # Good Friday
        ("2027-05-06", []),  # Ascension Day
        ("2028-05-01", []),  # Labour Day is a public holiday in Zürich
    ],
)
def test_hours_closures_and_public_holidays_count(day, expected):
    assert spans(day) == expected


def test_public_holidays_are_the_cantons_own():
    elsewhere = PROFILE.model_copy(update={"canton": "BE"})
    assert spans("2028-05-01", elsewhere)  # not in Bern
    assert not spans("2027-06-29", PROFILE.model_copy(update={"canton": "TI"}))  # Saints Peter and Paul in Ticino
    assert spans("2027-06-29")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23T07:59:59+01:00", False),
        ("2026-11-23T08:00:00+01:00", True),
        ("2026-11-23T12:00:00+01:00", False),  # the closing minute is closed
        ("2026-11-23T16:00:00+00:00", True),  # 17:00 in Zürich
        ("2026-11-23T16:30:00+00:00", False),
        ("2026-07-06T06:00:00+00:00", True),  # 08:00 in summer time
        ("2026-07-06T05:59:00+00:00", False),
        ("2026-11-23T23:30:00-05:00", False),  # already Tuesday morning in Zürich
        ("2026-11-24T02:30:00-05:00", True),  # 08:30 on Tuesday
    ],
)
def test_a_moment_counts_in_the_practices_time_zone(moment, expected):
    assert is_open_at(PROFILE, dt.datetime.fromisoformat(moment)) is expected


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        is_open_at(PROFILE, dt.datetime(2026, 11, 23, 9))


@pytest.mark.parametrize(
    ("after", "expected"),
    [("2026-11-23", "2026-11-24"), ("2026-11-27", "2026-11-30"), ("2026-12-23", "2027-01-04")],
)
def test_the_next_open_day_skips_weekends_and_closures(after, expected):
    assert next_open_day(PROFILE, dt.date.fromisoformat(after)) == dt.date.fromisoformat(expected)


def test_a_practice_that_never_opens_has_no_next_open_day():
    assert next_open_day(PROFILE.model_copy(update={"hours": {}}), dt.date(2026, 11, 23)) is None
    endless = Closure(first=dt.date(2026, 1, 1), last=dt.date(2030, 1, 1))
    assert next_open_day(PROFILE.model_copy(update={"closures": (endless,)}), dt.date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("day", "language", "expected"),
    [
        ("2026-12-28", "it", "vacanze di Natale"),
        ("2026-12-25", "de", "Weihnachtsferien"),  # the practice's own word goes before the public holiday's
        ("2027-03-26", "de", "Karfreitag"),
        ("2027-03-26", "fr", "Vendredi saint"),
        ("2027-03-26", "it", "Venerdì Santo"),
        ("2027-03-26", "en", "Good Friday"),
        ("2026-11-28", "de", None),
        ("2026-11-23", "de", None),
    ],
)
def test_the_reason_is_told_in_the_callers_language(day, language, expected):
    assert closure_reason(PROFILE, dt.date.fromisoformat(day), language) == expected


def test_a_closure_without_a_reason_has_none_unless_it_is_a_public_holiday():
    closure = Closure(first=dt.date(2027, 3, 25), last=dt.date(2027, 3, 26))
    profile = PROFILE.model_copy(update={"closures": (closure,)})
    assert closure_reason(profile, dt.date(2027, 3, 25), "de") is None
    assert closure_reason(profile, dt.date(2027, 3, 26), "de") == "Karfreitag"


@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 12, 31), timezones=st.just(ZURICH)))
def test_being_open_agrees_with_the_days_times(moment):
    inside = any(span.opens <= moment.time() < span.closes for span in opening_times(PROFILE, moment.date()))
    assert is_open_at(PROFILE, moment) is inside


def test_the_holidays_library_is_loaded_only_when_asked():
    import subprocess

    code = "import sys, gateway.practice.opening, gateway.practice.loader; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
