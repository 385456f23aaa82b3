"""Which of the offered slots an answer means. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from gateway.actions.slots import Slot
from gateway.dialogue.calendar_steps import SlotChoice
from gateway.dialogue.canonical import date_value, days_of, time_choices
from gateway.dialogue.model import Fact, FactName, Understanding
from gateway.dialogue.normalise import DateSpan
from gateway.dialogue.text import words_of

_WEEK = 7
_SHORT_WORD = 3
"""Letters of the words that may stand beside a weekday that is named alone: "am Dienstag", "on Tuesday"."""
_DIGIT = re.compile(r"\d")
_HALF_DAY_HOURS = 12


def chosen_slot(understanding: Understanding, found: Sequence[Slot], offered: Sequence[Slot]) -> Slot | None:
    """Return the slot that the caller chooses: by its order, its time or its day, or by a yes to the only one.

    One that was not offered is chosen by its time only: who asks for another day has not said yes to an hour.
    """
    choice = understanding.choice
    wishes = wished_facts(understanding, found)
    if choice is not SlotChoice.NEITHER and wishes:
        named = matching(wishes, offered)
        if not named and any(fact.name is FactName.PREFERRED_TIME and _is_moment(fact) for fact in wishes):
            named = matching(wishes, found)
        if len(named) == 1:
            return named[0]
    elif choice is SlotChoice.FIRST:
        return offered[0]
    elif choice is SlotChoice.SECOND and len(offered) > 1:
        return offered[1]
    elif choice is None and understanding.answer is True and len(offered) == 1 and not understanding.corrects:
        return offered[0]
    return None


def _is_moment(time: Fact) -> bool:
    return all(span.last is None for span in time_choices(time.value))


def wished_facts(understanding: Understanding, found: Sequence[Slot]) -> tuple[Fact, ...]:
    """Return the day and the time in the answer; a weekday alone is the one that is being talked about."""
    return tuple(
        _near(fact, found) if fact.name is FactName.PREFERRED_DATE else fact
        for fact in understanding.facts
        if fact.name in {FactName.PREFERRED_DATE, FactName.PREFERRED_TIME}
    )


def matching(wishes: Sequence[Fact], slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots that a day or a time names: a moment alone, or all within an interval."""
    exact = [slot for slot in slots if all(_named(fact, slot) for fact in wishes)]
    return exact or [slot for slot in slots if all(_within(fact, slot) for fact in wishes)]


def _named(fact: Fact, slot: Slot) -> bool:
    if fact.name is FactName.PREFERRED_DATE:
        return slot.start.date() in days_of(fact.value)
    return any(_same_time(span.first, slot.start.time()) for span in time_choices(fact.value))


def _within(fact: Fact, slot: Slot) -> bool:
    if fact.name is FactName.PREFERRED_DATE:
        return slot.start.date() in days_of(fact.value)
    start = slot.start.time()
    return any(
        span.first <= start < span.last if span.last else _same_time(span.first, start)
        for span in time_choices(fact.value)
    )


def _same_time(said: dt.time, start: dt.time) -> bool:
    """Tell whether ``said`` may mean ``start``: "um drei" is 15:00 where that was offered."""
    return said.minute == start.minute and start.hour in {said.hour, said.hour + _HALF_DAY_HOURS}


def _near(fact: Fact, found: Sequence[Slot]) -> Fact:
    """Return a weekday that is named alone as the day of the offered ones, or of their week."""
    days = days_of(fact.value)
    long_words = [word for word in words_of(fact.words) if len(word.folded) > _SHORT_WORD]
    if len(days) != 1 or len(long_words) > 1 or _DIGIT.search(fact.words) or not found:
        return fact
    weekday = days[0].weekday()
    offered = [slot.start.date() for slot in found]
    if days[0] in offered:
        return fact
    same = [day for day in offered if day.weekday() == weekday]
    monday = offered[0] - dt.timedelta(days=offered[0].weekday())
    day = same[0] if same else monday + dt.timedelta(days=weekday)
    if day < days[0]:
        return fact
    return replace(fact, value=date_value(DateSpan(day, day)))
