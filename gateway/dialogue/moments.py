"""Dates and times of a turn, and which appointment they belong to: the one wished for or the one that stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gateway.dialogue.canonical import date_value, days_of, either, time_choices, time_value
from gateway.dialogue.choices import also_refused, chosen
from gateway.dialogue.corrections import negated_after
from gateway.dialogue.model import Fact, FactName, Intent, Question, Task
from gateway.dialogue.normalise import DateSpan, Found, TimeSpan, find_dates, find_times
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import words_of

SpanT = TypeVar("SpanT", DateSpan, TimeSpan)

_HOUR_WITHIN = 4
"""Words of a turn within which a bare hour is refused: "neun geht nicht"."""
_MARKER_REACH = 4
"""Words between "auf" and the date that it marks as the new one."""
_STANDING_REACH = 4
"""Words from "is" to the day that stands: "it is on the"."""
_SHORT_WORD = 4
"""Letters of the words that may stand between the two."""
_CLAUSE_END = re.compile(r"[,;:.!?](?!\d)")
_WISHES = frozenset((FactName.PREFERRED_DATE, FactName.PREFERRED_TIME))
"""What a caller may leave open between several."""
_MARKED = 0.9
"""Confidence of times that are said to be such ("um neun Uhr")."""
_FROM_TO = re.compile(r"\b(?:a|al|all|alle|à|au|aux|to|auf|zum)\b", re.IGNORECASE)
"""What stands between the old and the new date of a move."""
_ABOUT_WISH = (
    Question.PREFERRED_DATE,
    Question.PREFERRED_TIME,
    Question.SLOT,
    Question.CALENDAR,
    Question.READ_BACK,
)
"""Questions whose answer is about the appointment that is wished for."""
_REFUSING = (Question.PREFERRED_DATE, Question.PREFERRED_TIME, Question.CALENDAR, Question.READ_BACK)
"""Questions at which a time that does not suit is no wish; an offer's answer tells which of its times is meant."""
_SOON_DAYS = 14
"""Days within which "as soon as possible" is."""
_WHENEVER_DAYS = 28
"""Days within which "any day" is."""


def read_moments(reading: Reading, intents: Sequence[Intent]) -> tuple[tuple[Fact, ...], tuple[FactName, ...]]:
    """Return the facts about dates and times, and the names of those that the caller takes back."""
    # "Il prima possibile" holds the first of a month otherwise.
    reading = reading.without(reading.places("soonest"))
    kept_dates = _find_dates(reading, intents)
    kept_times = [time for time in _find_times(reading) if not _is_part_of_dates(time, kept_dates)]
    facts: dict[FactName, Fact] = {}
    roles = _roles(reading, intents, kept_dates)
    for name, existing in ((FactName.EXISTING_DATE, True), (FactName.PREFERRED_DATE, False)):
        dates = [date for date, role in zip(kept_dates, roles, strict=True) if role is existing]
        if dates:
            facts[name] = _moment(reading, name, _kept(name, dates, reading), date_value)
    standing = [_time_role(reading, intents, time, kept_dates, roles) for time in kept_times]
    for name, existing in ((FactName.EXISTING_TIME, True), (FactName.PREFERRED_TIME, False)):
        times = [time for time, role in zip(kept_times, standing, strict=True) if role is existing]
        if times:
            facts[name] = _moment(reading, name, _kept(name, times, reading), time_value)
    for fact in _open_wishes(reading, intents, bool(kept_dates), bool(kept_times)):
        facts.setdefault(fact.name, fact)
    back = _taken_back(reading, intents, kept_dates, kept_times)
    told = tuple(fact for fact in facts.values() if not _is_known_closer(reading, fact))
    return told, tuple(name for name in back if name not in facts)


def _is_part_of_dates(time: Found[TimeSpan], dates: Sequence[Found[DateSpan]]) -> bool:
    """Tell whether a bare number that would be an hour is the last day of an interval: "dal 4 dicembre all'8"."""
    spans = [date for date in dates if not date.value.is_day]
    return time.confidence < _MARKED and time.value.last is None and _among(time, spans)


def _is_known_closer(reading: Reading, fact: Fact) -> bool:
    """Tell whether a day or an hour within ``fact`` is known already: "ja, im Dezember" takes back no eighth of it."""
    known = reading.state.fact(fact.name)
    if known is None or known.value == fact.value or reading.asked.value == fact.name.value:
        return False
    if any(reading.says(doubt) for doubt in ("amends", "no", "wrong", "whenever", "soonest")):
        return False
    if fact.name in {FactName.PREFERRED_DATE, FactName.EXISTING_DATE}:
        return set(days_of(known.value)) < set(days_of(fact.value))
    spans = time_choices(fact.value)
    return all(
        any(
            span.last is not None and span.first <= time.first and (time.last or time.first) <= span.last
            for span in spans
        )
        for time in time_choices(known.value)
    )


def _kept(name: FactName, found: Sequence[Found[SpanT]], reading: Reading) -> tuple[Found[SpanT], ...]:
    """Return which of several values of one fact count; only wishes are left open between several."""
    kept = chosen(found, reading)
    return kept if name in _WISHES else kept[:1]


def _moment(reading: Reading, name: FactName, found: Sequence[Found[SpanT]], value: Callable[[SpanT], str]) -> Fact:
    first = reading.fact(name, either(value(part.value) for part in found), found[0])
    words = reading.text[found[0].start : found[-1].end]
    return replace(first, words=words, confidence=min(reading.fact(name, "", part).confidence for part in found))


def _taken_back(
    reading: Reading, intents: Sequence[Intent], dates: Sequence[Found[DateSpan]], times: Sequence[Found[TimeSpan]]
) -> tuple[FactName, ...]:
    """Return the names of dates and times that are found only when negations are not heard."""
    negators = _negators(reading)
    if not negators:
        return ()
    bare = reading.without(negators)
    more_dates = [found for found in _find_dates(bare, intents) if not _among(found, dates)]
    names = [
        FactName.EXISTING_DATE if existing else FactName.PREFERRED_DATE
        for existing in _roles(reading, intents, more_dates)
    ]
    # "Non l'otto, il nove dicembre" takes back a day, though eight is an hour too.
    sure = _MARKED if dates else 0.0
    refused = any(not _among(found, times) and found.confidence >= sure for found in _find_times(bare))
    if refused or (not dates and not times and _names_hour(reading)):
        names.append(FactName.PREFERRED_TIME)
    return tuple(dict.fromkeys(names))


def _names_hour(reading: Reading) -> bool:
    """Tell whether a time was asked and one of the first words alone would be one: "neun geht nicht"."""
    words = reading.words[:_HOUR_WITHIN] if reading.asked is Question.PREFERRED_TIME else ()
    return any(find_times(reading.rest[word.start : word.end], reading.language) for word in words)


def _negators(reading: Reading) -> list[tuple[int, int]]:
    return [(word.start, word.end) for word in reading.words if word.folded in reading.lexicon.negators]


def _among(found: Found[Any], others: Sequence[Found[Any]]) -> bool:
    return any(found.start < other.end and other.start < found.end for other in others)


def _find_dates(reading: Reading, intents: Sequence[Intent]) -> list[Found[DateSpan]]:
    dates = _not_refused(_dates_heard(reading), reading, _dates_heard)
    negators = _negators(reading)
    if negators and len(dates) > 1:
        refused = [date for date in _dates_heard(reading.without(negators)) if not _among(date, dates)]
        dates = [date for date in dates if date not in also_refused(dates, refused, reading)]
    if _task(reading, intents) is not Task.MOVE or reading.asked is Question.PREFERRED_DATE:
        return dates
    return [part for date in dates for part in _moved(date, reading)]


def _moved(date: Found[DateSpan], reading: Reading) -> list[Found[DateSpan]]:
    """Return "from Tuesday to Thursday" as two days, since of a move it means no interval."""
    for half in _FROM_TO.finditer(date.words):
        parts = []
        for start, end in ((0, half.start()), (half.end(), len(date.words))):
            found = find_dates(date.words[start:end], reading.language, reading.context.now.date())
            parts += [
                replace(part, start=part.start + date.start + start, end=part.end + date.start + start)
                for part in found
                if part.value.is_day
            ]
        if len(parts) == 2:
            return parts
        if parts and not date.value.is_day:
            # "Du quatre décembre au huit": the second day is named without its month.
            last = DateSpan(date.value.last, date.value.last)
            return [parts[0], replace(date, value=last, start=date.start + half.end(), words=date.words[half.end() :])]
    return [date]


def _dates_heard(reading: Reading) -> list[Found[DateSpan]]:
    today = reading.context.now.date()
    asked = reading.asked_any(Question.PREFERRED_DATE, Question.EXISTING_DATE)
    for language in reading.languages if asked else reading.near_languages:
        found = [date for date in find_dates(reading.rest, language, today) if not _began(reading, date)]
        # A past date is worth an answer when one was asked for; else it is part of a story.
        found = [date for date in found if asked or date.value.last >= today]
        if found:
            return found
    return []


def _began(reading: Reading, date: Found[DateSpan]) -> bool:
    before = [word for word in reading.words if word.end <= date.start][-1:]
    aches = "da" not in reading.lexicon.since or reading.says("pain")
    return aches and any(word.folded in reading.lexicon.since for word in before)


def _find_times(reading: Reading) -> list[Found[TimeSpan]]:
    return _not_refused(_times_heard(reading), reading, _times_heard)


def _times_heard(reading: Reading) -> list[Found[TimeSpan]]:
    asked = reading.asked is Question.PREFERRED_TIME
    for language in reading.languages if asked else reading.near_languages:
        found = find_times(reading.rest, language)
        if found:
            return found
    return []


def _not_refused(
    found: list[Found[SpanT]], reading: Reading, find: Callable[[Reading], list[Found[SpanT]]]
) -> list[Found[SpanT]]:
    """Return the values without those that are refused behind them: "um neun kann ich nicht".

    Where nothing is wished for that would be the appointment that is cancelled or moved.
    """
    negators = _negators(reading)
    wishes = reading.asked_any(*_REFUSING) or (reading.state.task is Task.BOOK and reading.asked is not Question.SLOT)
    if not wishes or not negators:
        return found
    # "Um zehn, nicht um neun": the negation belongs to what follows it, though that is no wish.
    places = [(value.start, value.end) for value in found]
    for value in find(reading.without(negators)):
        if not _among(value, found):
            places.append((value.start, value.end))
    refused = negated_after(reading.rest, words_of(reading.rest), places, reading.lexicon)
    return [value for value in found if (value.start, value.end) not in refused]


def _task(reading: Reading, intents: Sequence[Intent]) -> Task | None:
    # "Am Dienstag kann ich nicht kommen, aber am Mittwoch" answers the question and cancels nothing.
    if reading.state.task and reading.asked_any(*_ABOUT_WISH):
        return reading.state.task
    for intent, task in ((Intent.MOVE, Task.MOVE), (Intent.CANCEL, Task.CANCEL)):
        if intent in intents:
            return task
    return reading.state.task


def _roles(reading: Reading, intents: Sequence[Intent], dates: Sequence[Found[DateSpan]]) -> list[bool]:
    """Tell for each date whether it is that of the appointment as it stands."""
    task = _task(reading, intents)
    if task is Task.CANCEL:
        return [True] * len(dates)
    if task is not Task.MOVE:
        return [False] * len(dates)
    marked = [_marker(reading, date.start, dates[index - 1].end if index else 0) for index, date in enumerate(dates)]
    if len(dates) > 1 and all(mark is None for mark in marked):
        return [index == 0 for index in range(len(dates))]
    if len(dates) > 1 and any(mark is not None for mark in marked):
        known = next(mark for mark in marked if mark is not None)
        return [(not known) if mark is None else mark for mark in marked]
    return [
        (_is_told_of(reading, date) or _default_role(reading)) if mark is None else mark
        for date, mark in zip(dates, marked, strict=True)
    ]


def _is_told_of(reading: Reading, date: Found[DateSpan]) -> bool:
    """Tell whether a day is told as one that stands, where both were read back: "it is on Monday the 7th"."""
    if not reading.asked_any(Question.READ_BACK, Question.WHAT_IS_WRONG):
        return False
    before = [word for word in reading.words if word.end <= date.start]
    clause = [word for word in before if _CLAUSE_END.search(reading.text, word.end, date.start) is None]
    for word in reversed(clause[-_STANDING_REACH:]):
        if word.folded in reading.lexicon.standing:
            return True
        if len(word.folded) > _SHORT_WORD or word.folded in reading.lexicon.negators:
            return False
    return False


def _default_role(reading: Reading) -> bool:
    """Tell what a date without a marker is: the one that was asked for, else the one that is not known yet."""
    if reading.asked is Question.EXISTING_DATE:
        return True
    if reading.asked_any(*_ABOUT_WISH, Question.WHAT_IS_WRONG):
        return False
    return reading.state.fact(FactName.EXISTING_DATE) is None


def _marker(reading: Reading, start: int, after: int) -> bool | None:
    """Return True when an old marker ("vom") stands before ``start``, False for a new one ("auf"), else None."""
    reach = 1 if reading.asked_any(Question.EXISTING_DATE, Question.PREFERRED_DATE) else _MARKER_REACH
    before = [word for word in words_of(reading.text[:start]) if word.start >= after][-reach:]
    for word in reversed(before):
        if word.folded in reading.lexicon.new_markers:
            return False
        if word.folded in reading.lexicon.old_markers:
            return True
    return None


def _time_role(
    reading: Reading,
    intents: Sequence[Intent],
    time: Found[TimeSpan],
    dates: Sequence[Found[DateSpan]],
    roles: Sequence[bool],
) -> bool:
    task = _task(reading, intents)
    if task is Task.CANCEL:
        return True
    if task is not Task.MOVE:
        return False
    mark = _marker(reading, time.start, max((date.end for date in dates if date.end <= time.start), default=0))
    if mark is not None:
        return mark
    before = [role for date, role in zip(dates, roles, strict=True) if date.start <= time.start]
    if before:
        return before[-1]
    return roles[0] if roles else _default_role(reading)


def _open_wishes(reading: Reading, intents: Sequence[Intent], dated: bool, timed: bool) -> list[Fact]:
    """Return wishes without a date: "as soon as possible", "any day"."""
    if _task(reading, intents) in {Task.CANCEL, Task.CALLBACK}:
        return []
    wishes: list[Fact] = []
    today = reading.context.now.date()
    asked_date = reading.asked is Question.PREFERRED_DATE
    if not dated and (asked_date or reading.asked_any(Question.HELP, Question.REASON)):
        days = _SOON_DAYS if reading.says("soonest") else None
        if days is None and asked_date and reading.says("whenever"):
            days = _WHENEVER_DAYS
        if days is not None:
            span = DateSpan(today, today + dt.timedelta(days=days))
            wishes.append(reading.fact(FactName.PREFERRED_DATE, date_value(span), None, 0.7))
    if not timed and reading.asked is Question.PREFERRED_TIME and (reading.says("whenever") or reading.says("soonest")):
        wishes.append(reading.fact(FactName.PREFERRED_TIME, "00:00/23:59", None, 0.7))
    return wishes
