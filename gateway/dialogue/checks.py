"""Dates and times that cannot be: in the past, too far away, on a closed day, outside opening hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.dialogue.canonical import date_choices, date_value, days_of, either, parse_dates, time_choices, time_value
from gateway.dialogue.model import DialogueContext, DialogueState, Fact, FactName, SpeechAct
from gateway.dialogue.normalise import DateSpan, TimeSpan
from gateway.practice.opening import closure_reason, next_open_day, opening_times
from gateway.practice.profile import PracticeProfile

_HALF_DAY = 12
_FARTHEST = dt.timedelta(days=548)
"""18 months: check-ups are booked a year ahead, and what is farther away was misunderstood."""
_COMING_DAYS = 7
"""Days that are looked at where no date is known."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a fact cannot be; ``fact`` is dropped and asked for again after ``acts`` were said."""

    fact: FactName
    acts: tuple[SpeechAct, ...]


def settle(state: DialogueState, context: DialogueContext) -> DialogueState:
    """Return the state with wishes in the sense in which they can be.

    "Um drei" is 15:00 where the practice is open then, but not at 3:00. Of several days or times of which any will do,
    those stay that can be, if any can.
    """
    date, time = state.fact(FactName.PREFERRED_DATE), state.fact(FactName.PREFERRED_TIME)
    if date is not None:
        spans = date_choices(date.value)
        open_spans = [span for span in spans if _opens_in(span, context)]
        date = replace(date, value=either(map(date_value, open_spans or spans)))
        state = _with(state, date)
    if time is not None:
        days = _days(date, context)
        times = [_by_day(span, days, context.profile) for span in time_choices(time.value)]
        possible = [span for span in times if _fits(span, days, context.profile)]
        state = _with(state, replace(time, value=either(map(time_value, possible or times))))
    return state


def _with(state: DialogueState, fact: Fact) -> DialogueState:
    return replace(state, facts=tuple(fact if other.name is fact.name else other for other in state.facts))


def _by_day(span: TimeSpan, days: Sequence[dt.date], profile: PracticeProfile) -> TimeSpan:
    if span.last is not None or span.first.hour >= _HALF_DAY:
        return span
    later = TimeSpan(span.first.replace(hour=span.first.hour + _HALF_DAY))
    return later if not _fits(span, days, profile) and _fits(later, days, profile) else span


def find_objection(state: DialogueState, context: DialogueContext) -> Objection | None:
    """Return what speaks against the dates and times known, None when nothing does."""
    existing = state.fact(FactName.EXISTING_DATE)
    if existing and (act := _out_of_reach(existing, context)):
        return Objection(FactName.EXISTING_DATE, (act,))
    date, time = state.fact(FactName.PREFERRED_DATE), state.fact(FactName.PREFERRED_TIME)
    if date is None:
        return None
    if act := _out_of_reach(date, context):
        return Objection(FactName.PREFERRED_DATE, (act,))
    days = _days(date, context)
    today = context.now.date()
    if not any(opening_times(context.profile, day) for day in days):
        return Objection(FactName.PREFERRED_DATE, closed(date.value, days, context))
    if days == [today] and context.now.time() >= max(span.closes for span in opening_times(context.profile, today)):
        return Objection(FactName.PREFERRED_DATE, (SpeechAct("date_over"), *_next_open(days, context)))
    return _time_objection(days, time, context) if time else None


def _out_of_reach(date: Fact, context: DialogueContext) -> SpeechAct | None:
    first, last = parse_dates(date.value)
    today = context.now.date()
    if last < today:
        return SpeechAct("date_past", {"date": date.value})
    return SpeechAct("date_far", {"date": date.value}) if first > today + _FARTHEST else None


def closed(date: str, days: Sequence[dt.date], context: DialogueContext) -> tuple[SpeechAct, ...]:
    """Return that the practice is closed on the ``days`` of ``date``, why, and when it opens again."""
    if len(days) == 1 and closure_reason(context.profile, days[0], context.profile.languages[0]):
        act = SpeechAct("date_closed_reason", {"date": date, "closure": days[0].isoformat()})
    else:
        act = SpeechAct("date_closed", {"date": date})
    return (act, *_next_open(days, context))


def _next_open(days: Sequence[dt.date], context: DialogueContext) -> tuple[SpeechAct, ...]:
    following = next_open_day(context.profile, days[-1])
    return (SpeechAct("next_open", {"date": following.isoformat()}),) if following else ()


def _time_objection(days: Sequence[dt.date], time: Fact, context: DialogueContext) -> Objection | None:
    spans = time_choices(time.value)
    if days == [context.now.date()] and all((span.last or span.first) <= context.now.time() for span in spans):
        return Objection(FactName.PREFERRED_TIME, (SpeechAct("time_past", {"time": time.value}),))
    if any(_fits(span, days, context.profile) for span in spans):
        return None
    if len(days) > 1:
        act = SpeechAct("time_closed_always", {"time": time.value})
    else:
        name = "time_lunch" if _at_lunch(spans, days[0], context.profile) else "time_closed"
        act = SpeechAct(name, {"time": time.value, "hours_on": days[0].isoformat()})
    return Objection(FactName.PREFERRED_TIME, (act,))


def _at_lunch(spans: Sequence[TimeSpan], day: dt.date, profile: PracticeProfile) -> bool:
    """Tell whether the practice is open before and after the times wished for."""
    hours = opening_times(profile, day)
    return all(hours[0].opens < span.first and (span.last or span.first) < hours[-1].closes for span in spans)


def _opens_in(span: DateSpan, context: DialogueContext) -> bool:
    """Tell whether the practice opens on one of the days from today on."""
    return any(opening_times(context.profile, day) for day in _coming(days_of(date_value(span)), context))


def _coming(days: Sequence[dt.date], context: DialogueContext) -> list[dt.date]:
    return [day for day in days if day >= context.now.date()]


def _days(date: Fact | None, context: DialogueContext) -> list[dt.date]:
    """Return the days from today on that ``date`` stands for; the coming week when there is none."""
    if date is not None:
        return _coming(days_of(date.value), context)
    return [context.now.date() + dt.timedelta(days=offset) for offset in range(_COMING_DAYS)]


def _fits(time: TimeSpan, days: Sequence[dt.date], profile: PracticeProfile) -> bool:
    """Tell whether the practice is open at a time, or at some of an interval, on one of ``days``."""
    spans = [span for day in days for span in opening_times(profile, day)]
    if time.last is None:
        return any(span.opens <= time.first < span.closes for span in spans)
    return any(span.opens < time.last and time.first < span.closes for span in spans)
