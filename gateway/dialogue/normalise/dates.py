"""Finds the days that a caller names: "nächsten Dienstag", "le seize décembre", "martedì prossimo", "next week"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.dialogue.normalise.calendar_days import (
    ONE_DAY,
    Direction,
    nearest_day_of_month,
    one_day,
    week_of,
    weekday_after,
)
from gateway.dialogue.normalise.date_rules import LIKELY, MISHEARD, RULES, UNSURE, Now
from gateway.dialogue.normalise.found import DateSpan, Found
from gateway.dialogue.normalise.lexicon import lexicon
from gateway.dialogue.normalise.misheard_days import misheard_weekdays
from gateway.dialogue.normalise.tags import TagLine
from gateway.language import Language

OPEN_SPAN = dt.timedelta(days=27)
"""How far "from Tuesday on" reaches: four weeks."""

_SMALL = r"(?:(?:on|the|of|in|can|ok) ){0,4}"
_NEGATED_BEFORE = re.compile(r"(?<!\S)not (?:(?:on|the|of|in|can|from|before) )*$")
_QUESTION_BEFORE = re.compile(r"(?<!\S)ask (?:(?:on|the|of|in) )*$")
_NEGATED_AFTER = re.compile(
    rf"(?:(?:can|ok|in|on|the|this) ){{0,6}}not (?!{_SMALL}(?:wd=|[no]=\d|today|tomorrow|next|this))"
)
_SINCE_BEFORE = re.compile(r"(?<!\S)since (?:(?:on|the|last) )*$")
_OPENERS = {
    "from": re.compile(r"(?<!\S)(?:from|fromto) (?:(?:on|the|of) )*$"),
    "before": re.compile(r"(?<!\S)(?:before|ago) (?:(?:on|the|of) )*$"),
    "until": re.compile(r"(?<!\S)until (?:(?:on|the|of) )*$"),
    "after": re.compile(r"(?<!\S)after (?:(?:on|the|of) )*$"),
}
_NOT_BEFORE = re.compile(r"(?<!\S)not (?:before|ago) (?:(?:on|the|of) )*$")
_RANGE_BEFORE = re.compile(r"(?<!\S)(?:of|since|from|fromto) (?:(?:on|the|of) )*$")
_BETWEEN_BEFORE = re.compile(r"(?<!\S)between (?:(?:on|the|of) )*$")
_ONWARDS = re.compile(r"onwards ")
_TO_DAY = re.compile(
    r"(?:until|-|on|to) (?:(?:on|the|of) )*[no]=(?P<day>\d{1,2}) (?:\. )?"
    r"(?!clock|month|n=|o=|:|/|- |unit|day |week |year |x )"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A reading and where it stands in the tag line."""

    start: int
    end: int
    span: DateSpan | None
    confidence: float


def find_dates(text: str, language: Language, today: dt.date, *, prefer: Direction = "future") -> list[Found[DateSpan]]:
    """Return the days that ``text`` names, in order.

    A weekday alone is the next one after ``today``, a day of a year or month the next to come; ``prefer="past"``
    turns both around. Words for the past ("gestern", "seit Dienstag", "vor zwei Wochen") give nothing unless
    ``prefer`` is "past"; days that are refused ("nicht am Dienstag", "mardi je ne peux pas") give nothing at all.
    "Ab Dienstag" reaches ``OPEN_SPAN`` further, "bis Freitag" begins today.
    """
    line = TagLine(text, lexicon(language).dates, language)
    places = _joined(
        line.line, _places(line, language, Now(today, prefer, eight_days_are_a_week=language != "en")), today
    )
    found = []
    for place in places:
        if place.span is not None:
            start, end = line.span(place.start, place.end)
            found.append(Found(place.span, start, end, text[start:end], place.confidence))
    return found


def _places(line: TagLine, language: Language, now: Now) -> list[_Place]:
    """Return the best readings that do not overlap: leftmost, then longest, then first rule."""
    candidates: list[tuple[int, int, int, _Place]] = []
    for order, rule in enumerate(RULES):
        for match in line.matches(rule.pattern):
            reading = rule.read(match, now)
            start = _after_small_words(line.line, match.start(), match.end())
            span, confidence = reading if reading is not None else (None, 0.0)
            candidates.append((start, -match.end(), order, _Place(start, match.end(), span, confidence)))
    if now.prefer == "future":
        candidates += [(place.start, -place.end, len(RULES), place) for place in _misheard(line, language, now)]
    chosen: list[_Place] = []
    for *_, place in sorted(candidates, key=lambda candidate: candidate[:3]):
        if not chosen or place.start >= chosen[-1].end:
            chosen.append(place)
    return [place for place in chosen if not _refused(line.line, place, now)]


def _misheard(line: TagLine, language: Language, now: Now) -> Iterator[_Place]:
    """Yield the weekdays that were garbled before "in a week" or "next week": so doubtful that they are asked about."""
    for start, end, weekday, match in misheard_weekdays(line, language):
        if match["next"]:
            date = week_of(now.today, 1).first + weekday * ONE_DAY
        else:
            date = weekday_after(now.today, weekday) + dt.timedelta(weeks=int(match["weeks"]))
        yield _Place(start, end, one_day(date), MISHEARD)


def _after_small_words(line: str, start: int, end: int) -> int:
    """Leave "am" and "the" out of where a date stands, so that readings with and without them compare."""
    while True:
        space = line.find(" ", start, end)
        if line[start:space] not in {"on", "the", "of"}:
            return start
        start = space + 1


def _refused(line: str, place: _Place, now: Now) -> bool:
    before = line[max(0, place.start - 60) : place.start]
    if _NOT_BEFORE.search(before) or _QUESTION_BEFORE.search(before):
        return False
    if _NEGATED_BEFORE.search(before) or _NEGATED_AFTER.match(line, place.end):
        return True
    return now.prefer == "future" and bool(_SINCE_BEFORE.search(before)) and not _continues(line, place)


def _continues(line: str, place: _Place) -> bool:
    """Tell "da lunedì a venerdì" and "da lunedì in poi" from "da lunedì", since Monday."""
    return bool(re.match(rf"(?:onwards|(?:until|on|to) {_SMALL}(?:wd=|[no]=\d))", line[place.end : place.end + 60]))


def _joined(line: str, places: list[_Place], today: dt.date) -> list[_Place]:
    """Join "von Dienstag bis Donnerstag" into one span, and open "ab Dienstag"."""
    joined: list[_Place] = []
    index = 0
    while index < len(places):
        place = places[index]
        following = places[index + 1] if index + 1 < len(places) else None
        merged = _range(line, place, following) if following is not None else None
        if merged is not None:
            joined.append(merged)
            index += 2
            continue
        last = _last_day(line, place)
        if last is not None and (following is None or following.start >= last.end):
            joined += _reached(line, place, last)
            index += 1
            continue
        joined.append(_opened(line, place, today))
        index += 1
    return joined


def _range(line: str, first: _Place, second: _Place) -> _Place | None:
    if first.span is None or second.span is None:
        return None
    gap = line[first.end : second.start]
    if "move " in line and not gap.startswith("and "):
        return None  # "Move it from Tuesday to Thursday" names two days.
    before = line[max(0, first.start - 60) : first.start]
    spans = re.fullmatch(r"(?:until|-) (?:(?:on|the|of) )*", gap) or (
        re.fullmatch(r"(?:on|to) (?:(?:on|the|of) )*", gap) and _RANGE_BEFORE.search(before)
    )
    if not spans and not (re.fullmatch(r"and (?:(?:on|the|of) )*", gap) and _BETWEEN_BEFORE.search(before)):
        return None
    begin, end = first.span.first, second.span.last
    if end < begin and (begin - end).days < 7:
        end += 7 * ONE_DAY
    if end < begin:
        return None
    return _Place(first.start, second.end, DateSpan(begin, end), min(first.confidence, second.confidence, LIKELY))


def _last_day(line: str, first: _Place) -> _Place | None:
    """Return the day after "from", which is named without its month, None when none is: "dal 4 dicembre all'8"."""
    match = _TO_DAY.match(line, first.end)
    if match is None or first.span is None or not first.span.is_day:
        return None
    if not _RANGE_BEFORE.search(line[max(0, first.start - 60) : first.start]):
        return None
    last = nearest_day_of_month(int(match["day"]), first.span.first, "future")
    if last is None or last - first.span.first >= OPEN_SPAN:
        return None
    return _Place(match.start(), match.end(), one_day(last), min(first.confidence, LIKELY))


def _reached(line: str, first: _Place, last: _Place) -> list[_Place]:
    """Return the interval between two days; of a move they are the old day and the new one."""
    if "move " in line or first.span is None or last.span is None:
        return [first, last]
    return [_Place(first.start, last.end, DateSpan(first.span.first, last.span.last), last.confidence)]


def _opened(line: str, place: _Place, today: dt.date) -> _Place:
    span = place.span
    if span is None or span.first < today:
        return place
    before = line[max(0, place.start - 60) : place.start]
    opener = next((name for name, pattern in _OPENERS.items() if pattern.search(before)), None)
    if _ONWARDS.match(line, place.end) or _NOT_BEFORE.search(before):
        opener = "from"
    if opener is None or ("move " in line and "fromto " in before):
        return place
    if opener == "from":
        opened = DateSpan(span.first, span.last + OPEN_SPAN)
    elif opener == "after":
        opened = DateSpan(span.last + ONE_DAY, span.last + ONE_DAY + OPEN_SPAN)
    elif opener == "until":
        opened = DateSpan(today, span.last)
    elif opener == "before" and span.first > today:
        opened = DateSpan(today, span.first - ONE_DAY)
    else:
        return place
    return _Place(place.start, place.end, opened, min(place.confidence, UNSURE if opener == "until" else LIKELY))
