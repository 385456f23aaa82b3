"""When the practice is open: its weekly hours, less its own closures and its canton's public holidays.

Pure functions of the profile and a day or a moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import get_args

from gateway.language import Language
from gateway.practice.profile import Closure, OpeningTime, PracticeProfile, Weekday

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""In the order of ``datetime.date.weekday``."""

_LONGEST_SEARCH_DAYS = 366


def opening_times(profile: PracticeProfile, day: dt.date) -> tuple[OpeningTime, ...]:
    """Return when the practice is open on ``day``, the earliest span first; nothing when it is closed."""
    times = profile.hours.get(WEEKDAYS[day.weekday()], ())
    if not times or _closure(profile, day) is not None or _holiday(profile, day, "de") is not None:
        return ()
    return times


def is_open_at(profile: PracticeProfile, moment: dt.datetime) -> bool:
    """Return whether the practice is open at ``moment``, which may be in any time zone but has to have one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is none")
    local = moment.astimezone(profile.zone)
    return any(span.opens <= local.time() < span.closes for span in opening_times(profile, local.date()))


def next_open_day(profile: PracticeProfile, after: dt.date) -> dt.date | None:
    """Return the first day behind ``after`` on which the practice opens; None when there is none within a year."""
    for days in range(1, _LONGEST_SEARCH_DAYS + 1):
        day = after + dt.timedelta(days=days)
        if opening_times(profile, day):
            return day
    return None


def closure_reason(profile: PracticeProfile, day: dt.date, language: Language) -> str | None:
    """Return why the practice is closed on ``day`` apart from its weekly hours, as words for the caller.

    That is the reason of a closure or the name of a public holiday; None when there is neither, or when the profile
    gives no reason for the closure.
    """
    closure = _closure(profile, day)
    if closure is not None and closure.reason is not None:
        return closure.reason.in_language(language)
    return _holiday(profile, day, language)


def _closure(profile: PracticeProfile, day: dt.date) -> Closure | None:
    return next((closure for closure in profile.closures if closure.first <= day <= closure.last), None)


def _holiday(profile: PracticeProfile, day: dt.date, language: Language) -> str | None:
    return _public_holidays(profile.canton, day.year, language).get(day)


@lru_cache(maxsize=32)
def _public_holidays(canton: str, year: int, language: Language) -> Mapping[dt.date, str]:
    """Return a canton's public holidays of one year with their names."""
    import holidays  # noqa: PLC0415 - 4 MB that are needed only once somebody asks

    names = holidays.country_holidays(
        "CH", subdiv=canton, years=year, language="en_US" if language == "en" else language
    )
    # The library answers for other years as soon as it is asked for one of their days: a plain copy stays small.
    return {date: name for date, name in names.items() if date.year == year}
