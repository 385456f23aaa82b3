import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.caller.dates import WEEKDAYS, fill_dates, nth_weekday, spoken_date
from gateway.dialogue.normalise import find_dates
from gateway.language import LANGUAGES

DATES = st.dates(dt.date(2020, 1, 1), dt.date(2090, 1, 1))


def always(_day: dt.date) -> bool:
    return True


TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("day", "language", "spoken"),
    [
        (dt.date(2026, 11, 24), "de", "Dienstag"),
        (dt.date(2026, 12, 1), "de", "Dienstag in einer Woche"),
        (dt.date(2026, 12, 8), "de", "Dienstag in 2 Wochen"),
        (dt.date(2026, 11, 27), "de", "Freitag"),
        (dt.date(2026, 12, 1), "fr", "mardi dans une semaine"),
        (dt.date(2026, 12, 15), "fr", "mardi dans 3 semaines"),
        (dt.date(2026, 12, 1), "it", "martedì fra una settimana"),
        (dt.date(2026, 12, 8), "it", "martedì fra 2 settimane"),
        (dt.date(2026, 11, 24), "en", "Tuesday the 24th of November"),
        (dt.date(2026, 12, 11), "en", "Friday the 11th of December"),
        (dt.date(2026, 11, 22), "en", "Sunday the 22nd of November"),
        (dt.date(2026, 12, 1), "en", "Tuesday the 1st of December"),
        (dt.date(2026, 12, 3), "en", "Thursday the 3rd of December"),
    ],
)
def test_a_date_is_spoken_as_in_its_language(day, language, spoken):
    assert spoken_date(day, language, TODAY) == spoken


@given(DATES, st.integers(0, 6), st.integers(1, 9), st.sampled_from(["de", "fr", "it", "en"]))
def test_the_gateway_reads_the_spoken_date_as_it_was_meant(today, weekday, count, language):
    day = nth_weekday(weekday, count, today, always)
    (found, *_others) = find_dates(spoken_date(day, language, today), language, today)
    assert (found.value.first, found.value.last) == (day, day)


@given(DATES, st.integers(0, 6), st.integers(1, 9))
def test_the_nth_weekday_is_in_the_nth_week_ahead(today, weekday, count):
    day = nth_weekday(weekday, count, today, always)
    assert day.weekday() == weekday
    assert 7 * (count - 1) < (day - today).days <= 7 * count


@given(DATES, st.integers(0, 6), st.integers(1, 9), st.sets(DATES, max_size=30))
def test_closed_days_are_skipped(today, weekday, count, closed):
    day = nth_weekday(weekday, count, today, lambda candidate: candidate not in closed)
    assert day not in closed
    assert day.weekday() == weekday


def test_a_practice_that_never_opens_has_no_day():
    with pytest.raises(ValueError, match="no such day"):
        nth_weekday(0, 1, dt.date(2026, 11, 20), lambda _day: False)


@given(DATES, st.sampled_from(WEEKDAYS), st.integers(1, 60), st.sampled_from(LANGUAGES))
def test_a_placeholder_becomes_its_date(today, weekday, count, language):
    text = fill_dates(f"a {{{{{weekday}+{count}}}}} b", today, always, lambda day: spoken_date(day, language, today))
    expected = nth_weekday(WEEKDAYS.index(weekday), count, today, always)
    assert text == f"a {spoken_date(expected, language, today)} b"


@pytest.mark.parametrize("wrong", ["{{tuesday}}", "{{dienstag+1}}", "{{tuesday+0}}", "{{tuesday-1}}", "{{}}"])
def test_an_unknown_placeholder_is_named(wrong):
    with pytest.raises(ValueError, match=re.escape(wrong)):
        fill_dates(f"am {wrong}", dt.date(2026, 11, 20), always, dt.date.isoformat)
