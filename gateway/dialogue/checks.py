"""Dates and times that cannot be: in the past, on a closed day, outside opening hours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from gateway.dialogue.model import DialogueContext, DialogueState, Fact, FactName, SpeechAct
from gateway.dialogue.moments import parse_dates, parse_times
from gateway.practice.opening import closure_reason, opening_times
from gateway.practice.profile import PracticeProfile

_HALF_DAY = 12


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a fact cannot be; ``fact`` is dropped and asked for again after ``act`` was said."""

    fact: FactName
    act: SpeechAct


def settle_time(state: DialogueState, context: DialogueContext) -> DialogueState:
    """Return the state with "um drei" taken as 15:00 when the practice is open then, but not at 3:00."""
    date, time = state.fact(FactName.PREFERRED_DATE), state.fact(FactName.PREFERRED_TIME)
    if time is None:
        return state
    first, last = parse_times(time.value)
    if last is not None or first.hour >= _HALF_DAY:
        return state
    later = first.replace(hour=first.hour + _HALF_DAY)
    days = _days(date, context)
    if _open_at(days, first, context.profile) or not _open_at(days, later, context.profile):
        return state
    moved = replace(time, value=later.strftime("%H:%M"))
    return replace(state, facts=tuple(moved if fact.name is FactName.PREFERRED_TIME else fact for fact in state.facts))


def find_objection(state: DialogueState, context: DialogueContext) -> Objection | None:
    """Return what speaks against the dates and times known, None when nothing does."""
    today = context.now.date()
    existing = state.fact(FactName.EXISTING_DATE)
    if existing and parse_dates(existing.value)[1] < today:
        return Objection(FactName.EXISTING_DATE, SpeechAct("date_past", {"date": existing.value}))
    date, time = state.fact(FactName.PREFERRED_DATE), state.fact(FactName.PREFERRED_TIME)
    if date:
        if parse_dates(date.value)[1] < today:
            return Objection(FactName.PREFERRED_DATE, SpeechAct("date_past", {"date": date.value}))
        if not any(opening_times(context.profile, day) for day in _days(date, context)):
            return Objection(FactName.PREFERRED_DATE, _closed(date, context))
    if date and time:
        return _time_objection(date, time, context)
    return None


def _closed(date: Fact, context: DialogueContext) -> SpeechAct:
    first, last = parse_dates(date.value)
    if first == last and closure_reason(context.profile, first, context.profile.languages[0]):
        return SpeechAct("date_closed_reason", {"date": date.value, "closure": date.value})
    return SpeechAct("date_closed", {"date": date.value})


def _time_objection(date: Fact, time: Fact, context: DialogueContext) -> Objection | None:
    days = _days(date, context)
    first, last = parse_times(time.value)
    if days == [context.now.date()] and (last or first) <= context.now.time():
        return Objection(FactName.PREFERRED_TIME, SpeechAct("time_past", {"time": time.value}))
    fits = _open_at(days, first, context.profile) if last is None else _open_in(days, first, last, context.profile)
    if fits:
        return None
    if len(days) == 1:
        act = SpeechAct("time_closed", {"time": time.value, "hours_on": days[0].isoformat()})
    else:
        act = SpeechAct("time_closed_always", {"time": time.value})
    return Objection(FactName.PREFERRED_TIME, act)


def _days(date: Fact | None, context: DialogueContext) -> list[dt.date]:
    """Return the days from today on that ``date`` stands for; the coming week when there is none."""
    today = context.now.date()
    first, last = parse_dates(date.value) if date else (today, today + dt.timedelta(days=6))
    first = max(first, today)
    return [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]


def _open_at(days: list[dt.date], time: dt.time, profile: PracticeProfile) -> bool:
    return any(span.opens <= time < span.closes for day in days for span in opening_times(profile, day))


def _open_in(days: list[dt.date], first: dt.time, last: dt.time, profile: PracticeProfile) -> bool:
    return any(span.opens < last and first < span.closes for day in days for span in opening_times(profile, day))
