"""The grammar of dates: patterns over tag lines, and what each means.

One grammar serves the four languages, because the languages' tables have turned their words into the same tags.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.dialogue.normalise import calendar_days as days
from gateway.dialogue.normalise.found import DateSpan

Match = re.Match[str]
Reading = tuple[DateSpan, float]

SURE, LIKELY, UNSURE, CONTRADICTORY, MISHEARD = 0.95, 0.8, 0.6, 0.4, 0.35


@dataclass(frozen=True, slots=True)
class Now:
    """The day that words like "tomorrow" count from, and which way bare dates lie."""

    today: dt.date
    prefer: days.Direction
    eight_days_are_a_week: bool
    """"In acht Tagen" and "dans quinze jours" mean one and two weeks; "in eight days" means eight days."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``read`` is asked for each match of ``pattern`` and may refuse it with None."""

    pattern: re.Pattern[str]
    read: Callable[[Match, Now], Reading | None]


_SMALL = r"(?:(?:on|the|of|in) ){0,3}"
_WEEKDAY = r"wd=(?P<wd>\d) (?:tomorrow )?"
_NAMED_DAY = rf"(?:{_WEEKDAY}(?:, )?{_SMALL})?"
_DAY = r"[no]=(?P<day>\d{1,2}) (?:\. )?"
_MONTH = r"month=(?P<month>\d+) "
_YEAR = r"(?:(?:, )?(?:of )?(?:n=(?P<year>(?:19|20)\d\d) |n=(?P<century>20) n=(?P<short>[1-9]\d) )(?!clock|n=))?"
_WEEK = (
    r"(?:(?P<which>this|coming|next|overnext|last) week |week (?P<which_after>coming|next|last|overnext) "
    r"|(?P<after_next>weekafternext) )"
)
_NO_NOUN = r"(?!x |n=|o=|clock |month=|week |day |months |year |weekend )"


def _rule(pattern: str, read: Callable[[Match, Now], Reading | None]) -> Rule:
    return Rule(re.compile(rf"(?<!\S){pattern}"), read)


def _year(match: Match) -> int | None:
    if match["year"]:
        return int(match["year"])
    if match["century"]:
        return int(match["century"]) * 100 + int(match["short"])
    two = match.groupdict().get("two")
    return 2000 + int(two) if two else None


def _day_of_year(match: Match, now: Now) -> Reading | None:
    day, month, year = int(match["day"]), int(match["month"]), _year(match)
    if not 1 <= month <= 12:
        return None
    date = days.date_or_none(year, month, day) if year else days.nearest_date(month, day, now.today, now.prefer)
    if date is None:
        return None
    named = match.groupdict().get("wd")
    agrees = named is None or int(named) == date.weekday()
    return days.one_day(date), SURE if agrees else CONTRADICTORY


def _day_before_another(match: Match, now: Now) -> Reading | None:
    date = days.nearest_date(int(match["month"]), int(match["day"]), now.today, now.prefer)
    return None if date is None else (days.one_day(date), LIKELY)


def _day_of_month(match: Match, now: Now) -> Reading | None:
    date = days.nearest_day_of_month(int(match["day"]), now.today, now.prefer)
    if date is None:
        return None
    named = match.groupdict().get("wd")
    if named is None:
        return days.one_day(date), LIKELY if int(match["day"]) > 3 else UNSURE
    return days.one_day(date), SURE if int(named) == date.weekday() else CONTRADICTORY


_NAMED = {"today": 0, "tomorrow": 1, "overmorrow": 2}


def _named_day(match: Match, now: Now) -> Reading | None:
    weeks = _weeks_ahead(match)
    date = now.today + dt.timedelta(days=_NAMED[match["named"]], weeks=weeks)
    named = match.groupdict().get("wd")
    return days.one_day(date), SURE if named is None or int(named) == date.weekday() else CONTRADICTORY


def _weeks_ahead(match: Match) -> int:
    """Return how many weeks "in einer Woche", "en huit" or "in acht Tagen" put on a named day."""
    groups = match.groupdict()
    if groups.get("hence"):
        return int(groups["hence"])
    if groups.get("weeks"):
        return min(int(groups["weeks"]), 52)
    if groups.get("eight_days"):
        return {"7": 1, "8": 1, "14": 2, "15": 2}[groups["eight_days"]]
    return 1 if groups.get("week_after") else 0


def _weekday(match: Match, now: Now) -> Reading | None:
    weekday = int(match["wd"])
    which = match["which"] or match["which_after"]
    weeks = _weeks_ahead(match)
    if which == "last":
        return (days.one_day(days.weekday_before(now.today, weekday)), LIKELY) if now.prefer == "past" else None
    if now.prefer == "past" and which is None and not weeks:
        return days.one_day(days.weekday_before(now.today, weekday)), LIKELY
    date = days.weekday_after(now.today, weekday)
    confidence = SURE
    if which == "next":
        date, confidence = _next_weekday(date, now.today)
    if which == "overnext":
        date, confidence = date + dt.timedelta(weeks=1), UNSURE
    return days.one_day(date + dt.timedelta(weeks=weeks)), confidence


def _next_weekday(date: dt.date, today: dt.date) -> tuple[dt.date, float]:
    """Read "next Tuesday": the coming one, but nobody says so for tomorrow.

    Within the present week callers differ, so the confidence is low and the date gets asked back.
    """
    if date == today + days.ONE_DAY:
        return date + dt.timedelta(weeks=1), UNSURE
    return date, UNSURE if date <= days.week_of(today).last else SURE


def _weeks_later(match: Match) -> int:
    if match["after_next"]:
        return 2
    return {"this": 0, "coming": 1, "next": 1, "overnext": 2, "last": -1}[match["which"] or match["which_after"]]


def _allowed(span: DateSpan, now: Now) -> bool:
    return span.last >= now.today if now.prefer == "future" else span.first <= now.today


def _clip(span: DateSpan, now: Now, confidence: float) -> Reading | None:
    """Leave out the days of a span that are over, or refuse it."""
    if not _allowed(span, now):
        return None
    if now.prefer == "future":
        return DateSpan(max(span.first, now.today), span.last), confidence
    return span, confidence


def _weekday_of_week(match: Match, now: Now) -> Reading | None:
    date = days.week_of(now.today, _weeks_later(match)).first + int(match["wd"]) * days.ONE_DAY
    return (days.one_day(date), SURE) if _allowed(days.one_day(date), now) else None


def _week(match: Match, now: Now) -> Reading | None:
    return _clip(days.week_of(now.today, _weeks_later(match)), now, SURE)


def _part_of_week(match: Match, now: Now) -> Reading | None:
    part = _part(match["part"])
    return _clip(days.part_of_week(days.week_of(now.today, _weeks_later(match)), part), now, LIKELY)


def _part_of_this_week(match: Match, now: Now) -> Reading | None:
    return _clip(days.part_of_week(days.week_of(now.today), _part(match["part"])), now, UNSURE)


def _part(name: str) -> days.Part:
    return "begin" if name == "begin" else "middle" if name == "middle" else "end"


def _month(match: Match, now: Now) -> Reading | None:
    year = _year(match)
    month = int(match["month"])
    span = days.month_of(year, month) if year else days.nearest_month(month, now.today, now.prefer)
    part = match.groupdict().get("part")
    if part:
        span = days.part_of_month(span, _part(part))
        if not year and now.prefer == "future" and span.last < now.today:
            following = days.month_of(span.first.year + 1, month)
            span = days.part_of_month(following, _part(part))
    return _clip(span, now, LIKELY)


def _named_month(match: Match, now: Now) -> Reading | None:
    which = match["which"] or match["which_after"]
    span = days.month_after(now.today, {"this": 0, "coming": 1, "next": 1, "overnext": 2, "last": -1}[which])
    part = match.groupdict().get("part")
    return _clip(days.part_of_month(span, _part(part)) if part else span, now, LIKELY)


def _end_of_this_month(match: Match, now: Now) -> Reading | None:
    return _clip(days.part_of_month(days.month_after(now.today, 0), _part(match["part"])), now, UNSURE)


def _weekend(match: Match, now: Now) -> Reading | None:
    which = match["which"] or match["which_after"]
    if which == "last":
        later, confidence = -1, LIKELY
    elif which in ("next", "overnext"):
        later, confidence = (1 if which == "next" else 2), UNSURE
    else:
        later, confidence = 0, LIKELY
    week = days.week_of(now.today, later)
    return _clip(DateSpan(week.first + 5 * days.ONE_DAY, week.last), now, confidence)


def _in_some_time(match: Match, now: Now) -> Reading | None:
    count, unit = int(match["count"]), match["unit"]
    if unit == "months":
        return (days.one_day(days.same_day_in_month(now.today, count)), LIKELY) if count <= 24 else None
    if unit == "fortnight":
        unit, count = "day", 14 * count
    elif unit == "day" and count in (8, 15) and now.eight_days_are_a_week:
        count -= 1
    length = count * (7 if unit == "week" else 1)
    date = days.days_after(now.today, length)
    return (days.one_day(date), LIKELY) if date is not None and 0 < length <= 730 else None


def _next_days(match: Match, now: Now) -> Reading | None:
    count = int(match["count"] or 0)
    length = (count or 6) if match["unit"] == "day" else 7 * (count or 2)
    last = days.days_after(now.today, length)
    return (DateSpan(now.today, last), LIKELY) if last is not None and length <= 366 else None


def _ago(match: Match, now: Now) -> Reading | None:
    if now.prefer == "future":
        return None
    count = int(match["count"])
    if match["unit"] == "months":
        return (days.one_day(days.same_day_in_month(now.today, -count)), UNSURE) if count <= 24 else None
    date = days.days_after(now.today, -count * (7 if match["unit"] == "week" else 1))
    return (days.one_day(date), UNSURE) if date is not None and count <= 730 else None


def _yesterday(match: Match, now: Now) -> Reading | None:
    return (days.one_day(now.today - days.ONE_DAY), LIKELY) if now.prefer == "past" else None


def _calendar_week(match: Match, now: Now) -> Reading | None:
    number = int(match["count"])
    for year in (now.today.year, now.today.year + 1):
        try:
            first = dt.date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        span = DateSpan(first, first + 6 * days.ONE_DAY)
        if _allowed(span, now):
            return _clip(span, now, SURE)
    return None


def _since(match: Match, now: Now) -> Reading | None:
    """Swallow "seit Dienstag", which is no date to come to."""
    return None


_AHEAD = (
    r"(?:,? ?(?:(?:in|from) n=(?:00)?(?P<weeks>\d\d?) week |in n=(?P<eight_days>7|8|14|15) day "
    r"|hence=(?P<hence>\d) (?!day))"
    r"|(?P<week_after>week )(?!next|coming|last|n=))?"
)
_WHICH = r"(?P<which>this|coming|next|overnext|last)"
_WHICH_AFTER = r"(?P<which_after>coming|next|last|overnext)"
_PART = r"(?P<part>begin|middle|end) "

RULES: tuple[Rule, ...] = (
    _rule(rf"{_SMALL}{_NAMED_DAY}{_DAY}(?:{_SMALL}){_MONTH}{_YEAR}", _day_of_year),
    _rule(rf"{_SMALL}{_NAMED_DAY}{_MONTH}(?:the )?o=(?P<day>\d{{1,2}}) {_YEAR}", _day_of_year),
    _rule(rf"{_SMALL}{_NAMED_DAY}{_MONTH}(?:the )?n=(?P<day>\d{{1,2}}) (?!clock|:|\. n=){_YEAR}", _day_of_year),
    _rule(
        rf"{_SMALL}{_NAMED_DAY}n=(?P<day>\d{{1,2}}) (?P<mark>\.|/|-) n=(?P<month>\d{{1,2}}) "
        rf"(?:(?P=mark) (?:n=(?P<year>20\d\d|19\d\d) |n=(?P<century>20) n=(?P<short>\d\d) "
        rf"|n=(?P<two>[23]\d) (?!:))|\. (?!n=\d))(?!clock)(?P<numeric>)",
        _day_of_year,
    ),
    _rule(
        rf"(?:on|the) {_NAMED_DAY}n=(?P<day>\d{{1,2}}) (?:\.|/) n=(?P<month>\d{{1,2}}) (?!clock|\.|/|n=)"
        r"(?P<year>)(?P<century>)(?P<short>)",
        _day_of_year,
    ),
    _rule(
        rf"{_SMALL}{_NAMED_DAY}o=(?P<day>\d{{1,2}}) o=(?P<month>\d{{1,2}}) {_YEAR}(?!x |month)",
        _day_of_year,
    ),
    _rule(
        rf"{_SMALL}{_DAY}(?=(?:or|and|until|on|to|-) {_SMALL}[no]=\d{{1,2}} (?:\. )?{_SMALL}month=(?P<month>\d+) )",
        _day_before_another,
    ),
    _rule(rf"{_SMALL}{_WEEKDAY}(?:, )?(?:(?:on|the) ){{1,3}}{_DAY}{_NO_NOUN}", _day_of_month),
    _rule(rf"(?:(?:on|the) ){{1,3}}o=(?P<day>\d{{1,2}}) (?:\. )?{_NO_NOUN}", _day_of_month),
    _rule(rf"(?:on ){{1,2}}n=(?P<day>\d{{1,2}}) \. {_NO_NOUN}", _day_of_month),
    _rule(rf"(?:the ){{1,2}}n=(?P<day>\d{{1,2}}) (?![/:-])(?!\. n=){_NO_NOUN}", _day_of_month),
    _rule(
        rf"(?P<named>today|tomorrow|overmorrow) (?:tomorrow )?(?:,? ?{_SMALL}wd=(?P<wd>\d) )?{_AHEAD}",
        _named_day,
    ),
    _rule(rf"{_SMALL}(?:{_WHICH} )?{_WEEKDAY}(?:{_WHICH_AFTER} (?!week|months))?{_AHEAD}", _weekday),
    _rule(rf"{_SMALL}{_WEEKDAY}(?:, )?{_SMALL}{_WEEK}", _weekday_of_week),
    _rule(rf"{_SMALL}{_WEEK}(?:, )?{_SMALL}{_WEEKDAY}", _weekday_of_week),
    _rule(
        rf"n=(?:00)?(?P<weeks>\d\d?) week (?:on|fromto|from|after|of) {_SMALL}wd=(?P<wd>\d) "
        r"(?P<which>)(?P<which_after>)",
        _weekday,
    ),
    _rule(r"n=(?:00)?(?P<weeks>\d\d?) week (?:fromto|from) (?P<named>today|tomorrow) ", _named_day),
    _rule(rf"{_SMALL}{_WEEK}", _week),
    _rule(rf"{_SMALL}{_PART}{_SMALL}{_WEEK}", _part_of_week),
    _rule(rf"{_SMALL}{_PART}{_SMALL}week (?!next|coming|last)", _part_of_this_week),
    _rule(rf"{_SMALL}{_PART}{_SMALL}{_MONTH}{_YEAR}", _month),
    _rule(rf"{_SMALL}(?:{_PART})?{_SMALL}(?:{_WHICH} months |months {_WHICH_AFTER} )", _named_month),
    _rule(rf"{_SMALL}{_PART}{_SMALL}months (?!next|coming|last)", _end_of_this_month),
    _rule(rf"(?:in|to) {_SMALL}(?:months of )?{_MONTH}{_YEAR}", _month),
    _rule(rf"{_SMALL}(?:{_WHICH} )?weekend {_SMALL}(?:{_WHICH_AFTER} )?", _weekend),
    _rule(r"in (?:the )?n=(?P<count>\d{1,3}) (?P<unit>day|week|months|fortnight) ", _in_some_time),
    _rule(r"n=(?P<count>\d{1,3}) (?P<unit>day|week|months|fortnight) (?:fromto|from) now ", _in_some_time),
    _rule(
        rf"in {_SMALL}(?:next|coming) (?:(?:few )|(?:n=(?P<count>\d\d?) ))?(?P<unit>day|week) ",
        _next_days,
    ),
    _rule(
        rf"(?:in )?{_SMALL}(?:this )?(?:(?:next|coming) )(?:few |n=(?P<count>\d\d?) )(?P<unit>day|week) ", _next_days
    ),
    _rule(r"(?:in )(?:the )?few (?P<unit>day|week) (?P<count>)", _next_days),
    _rule(r"ago (?:the )?n=(?P<count>\d{1,3}) (?P<unit>day|week|months) ", _ago),
    _rule(r"n=(?P<count>\d{1,3}) (?P<unit>day|week|months) ago ", _ago),
    _rule(r"yesterday (?:tomorrow )?", _yesterday),
    _rule(r"(?:in |the |of ){0,3}calendarweek n=(?P<count>\d\d?) ", _calendar_week),
    _rule(rf"since {_SMALL}(?:n=\d+ (?:day|week|months|year) |{_WHICH} (?:week|months|year) )", _since),
)
