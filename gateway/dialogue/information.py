"""What anybody may know of the practice: its opening hours, of one day or of all, and its address. Pure."""

from __future__ import annotations

import datetime as dt

from gateway.dialogue.checks import closed
from gateway.dialogue.model import DialogueContext, Intent, SpeechAct, Understanding
from gateway.dialogue.normalise import find_dates
from gateway.dialogue.reading import Reading
from gateway.practice.opening import opening_times

_MOST_DAYS = 2
"""Days that are answered one by one; of more, the hours of the week are told."""


def days_asked_about(reading: Reading) -> tuple[dt.date, ...]:
    """Return the days of whose hours the caller asks ("Haben Sie am Samstag offen?"); none for those of the week."""
    today = reading.context.now.date()
    for language in reading.near_languages:
        spans = [found.value for found in find_dates(reading.rest, language, today)]
        if spans:
            days = tuple(dict.fromkeys(span.first for span in spans))
            return days if all(span.is_day for span in spans) and len(days) <= _MOST_DAYS else ()
    return ()


def information(understanding: Understanding, context: DialogueContext) -> tuple[SpeechAct, ...]:
    """Return the acts that answer what the caller asks about the practice."""
    acts: list[SpeechAct] = []
    for intent in understanding.intents:
        if intent is Intent.OPENING_HOURS and understanding.days_asked_about:
            acts.extend(act for day in understanding.days_asked_about for act in _hours_on(day, context))
        elif intent in {Intent.OPENING_HOURS, Intent.ADDRESS}:
            acts.append(SpeechAct(str(intent)))
    return tuple(acts)


def _hours_on(day: dt.date, context: DialogueContext) -> tuple[SpeechAct, ...]:
    value = day.isoformat()
    if opening_times(context.profile, day):
        return (SpeechAct("opening_hours_on", {"date": value, "hours_on": value}),)
    return closed(value, [day], context)
