"""The grammar of times of day: how one time is said, and which clock hour it means in a practice's day."""

from __future__ import annotations

import datetime as dt
import re

_HOUR = r"n=(?P<{name}>\d{{1,2}}) "
_MINUTE = r"n=(?P<{name}>[0-5]\d|\d) "


def _numbered(pattern: str, prefix: str) -> str:
    """Give the groups of ``pattern`` a prefix, so that it can stand twice in one expression."""
    return pattern.replace("(?P<", f"(?P<{prefix}")


_PERIOD = (
    r"(?:(?:at |the |in |, ){0,3}(?P<period>am|pm|part=morning|part=early|part=afternoon|part=late|part=evening"
    r"|part=noonish) )"
)
_MARKED = (
    r"(?:"
    r"(?:n=(?P<half_minutes>\d\d?) (?:min )?(?P<half_side>to|until|past|after|from) )?halfto n=(?P<half_to>\d{1,2}) "
    r"|halfpast n=(?P<half_past>\d{1,2}) "
    r"|quarter (?P<quarter_side>to|until|past|after|from) "
    r"(?:n=(?P<quarter_hour>\d{1,2}) |(?P<quarter_noon>noon|midnight) )"
    r"|n=(?P<minutes>\d\d?) (?:min )?(?P<side>to|until|past|after|from) "
    r"(?:n=(?P<minutes_hour>\d{1,2}) (?!n=)|(?P<minutes_noon>noon) )"
    r"(?!unit)"
    r"|(?:n=(?P<hour>\d{1,2}) (?:clock )?|(?P<word>noon|midnight) )(?:(?P<tail>andhalf|andquarter|and3q|lessquarter)"
    r"|(?P<tail_sign>less|and) n=(?P<tail_minutes>\d\d?)(?! clock| the)) "
    r"|n=(?P<clock_hour>\d{1,2}) clock (?:n=(?P<clock_minutes>[0-5]?\d) )?"
    r"|n=(?P<digital_hour>\d{1,2}) : n=(?P<digital_minutes>[0-5]\d) "
    r"|n=(?P<dotted_hour>\d{1,2}) \. n=(?P<dotted_minutes>[0-5]\d) (?=clock|am |pm )"
    r"|(?P<name>noon|midnight) "
    r")(?:clock )?"
)
_BARE = (
    r"n=(?P<bare_hour>\d{1,2}) (?:(?:\. |: )?n=(?P<bare_minutes>[0-5]\d) |n=0 n=(?P<bare_small>[1-9]) )?"
    r"(?:clock )?(?!unit |n=|o=|\. n=|/ |- )"
)
MARKED = rf"{_MARKED}{_PERIOD}?"
"""A time that nothing else could be."""
WITH_PERIOD = rf"{_BARE}{_PERIOD}"
"""A bare number that a part of the day makes a time: "three pm", "drei nachmittags"."""
LOOSE = rf"(?:{_MARKED}|{_BARE}){_PERIOD}?"
"""A time, or a bare number where the words before it ask for a time."""


def second(pattern: str) -> str:
    """Return ``pattern`` with its groups renamed for the second time of a range."""
    return _numbered(pattern, "second_")


def read_time(match: re.Match[str], prefix: str = "", after: dt.time | None = None) -> dt.time | None:
    """Return the time that the groups of ``match`` say, or None when there is no such time.

    From 1 to 6 o'clock means the afternoon and from 7 to 12 the morning, as in a practice's day, unless a part of the
    day is said. ``after`` is the time that this one must follow in a range.
    """
    groups = {name.removeprefix(prefix): value for name, value in match.groupdict().items() if name.startswith(prefix)}
    read = _hour_and_minute(groups)
    if read is None:
        return None
    minutes = read[0] * 60 + read[1]
    if not 0 <= minutes <= 24 * 60 or read[0] > 24:
        return None
    minutes = _in_the_day(minutes, groups.get("period"))
    if after is not None and minutes < 12 * 60 and minutes <= after.hour * 60 + after.minute:
        minutes += 12 * 60
    return dt.time(minutes // 60 % 24, minutes % 60)


def with_period(time: dt.time, part: str) -> dt.time:
    """Move a time into the part of the day that was said beside it: 8:00 and evening give 20:00."""
    base = time.hour * 60 + time.minute
    if part in {"morning", "early"} and 13 * 60 <= base < 19 * 60:
        base -= 12 * 60
    elif part == "evening" and base < 12 * 60:
        base += 12 * 60
    return dt.time(base // 60, base % 60)


def _in_the_day(minutes: int, period: str | None) -> int:
    part = period.removeprefix("part=") if period else ""
    if minutes >= 13 * 60 or minutes < 30:
        return minutes
    early = minutes < 7 * 60
    if part == "am":
        return minutes - 12 * 60 if minutes >= 12 * 60 else minutes
    if part in {"morning", "early"}:
        return minutes
    if part in {"pm", "evening"} or (part in {"afternoon", "late"} and early):
        return minutes + 12 * 60 if minutes < 12 * 60 else minutes
    return minutes + 12 * 60 if early else minutes


def _hour_and_minute(groups: dict[str, str | None]) -> tuple[int, int] | None:
    for read in (_half, _quarter, _minutes_beside, _tailed, _plain):
        found = read(groups)
        if found is not None:
            return found
    return None


def _beside(hour: int, minutes: int, side: str) -> tuple[int, int]:
    """Return so many minutes past an hour, or to it."""
    if side not in {"to", "until"}:
        return hour, minutes
    return (hour - 1 if hour > 0 else 23), 60 - minutes


def _half(groups: dict[str, str | None]) -> tuple[int, int] | None:
    if groups.get("half_past"):
        return int(groups["half_past"] or 0), 30
    if not groups.get("half_to"):
        return None
    hour = int(groups["half_to"] or 0) - 1
    if hour < 0:
        return None
    beside = int(groups.get("half_minutes") or 0)
    if beside > 15:
        return None
    # "Half to one" is half past twelve, which is noon's hour, not midnight's.
    hour = hour or 12
    return hour, 30 - beside if groups.get("half_side") in {"to", "until"} else 30 + beside


def _quarter(groups: dict[str, str | None]) -> tuple[int, int] | None:
    side = groups.get("quarter_side")
    if side is None:
        return None
    return _beside(_named_or_number(groups.get("quarter_noon"), groups.get("quarter_hour")), 15, side)


def _minutes_beside(groups: dict[str, str | None]) -> tuple[int, int] | None:
    side = groups.get("side")
    minutes = int(groups.get("minutes") or 0)
    if side is None or not 0 < minutes < 30:
        return None
    return _beside(_named_or_number(groups.get("minutes_noon"), groups.get("minutes_hour")), minutes, side)


def _tailed(groups: dict[str, str | None]) -> tuple[int, int] | None:
    tail, sign = groups.get("tail"), groups.get("tail_sign")
    if tail is None and sign is None:
        return None
    hour = _named_or_number(groups.get("word"), groups.get("hour"))
    if sign is not None:
        minutes = int(groups["tail_minutes"] or 0)
        if not 0 < minutes < 60:
            return None
        return _beside(hour, minutes, "to" if sign == "less" else "past")
    if tail == "lessquarter":
        return _beside(hour, 15, "to")
    return hour, {"andhalf": 30, "andquarter": 15, "and3q": 45}[tail or "andhalf"]


def _plain(groups: dict[str, str | None]) -> tuple[int, int] | None:
    if groups.get("name"):
        return _named_or_number(groups["name"], None), 0
    for hour, minutes in (
        ("clock_hour", "clock_minutes"),
        ("digital_hour", "digital_minutes"),
        ("dotted_hour", "dotted_minutes"),
        ("bare_hour", "bare_minutes"),
    ):
        if groups.get(hour):
            return int(groups[hour] or 0), int(groups.get(minutes) or groups.get("bare_small") or 0)
    return None


def _named_or_number(name: str | None, number: str | None) -> int:
    if name is not None:
        return 12 if name == "noon" else 24
    return int(number or 0)
