"""When the calendar is asked, and which of its slots fit the caller's wish best. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.actions.slots import Slot
from gateway.dialogue.calendar_steps import CalendarState, SlotBooking, SlotQuery
from gateway.dialogue.canonical import CHOICE, days_of, time_choices
from gateway.dialogue.model import (
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Question,
    SpeechAct,
    Task,
)
from gateway.dialogue.tasks import next_question

MOST_QUESTIONS = 4
"""Questions to the calendar in one task; a wish that it cannot meet by then is left to the practice."""

SLOT_FACTS = (FactName.PREFERRED_DATE, FactName.PREFERRED_TIME, FactName.PRACTITIONER)
"""Facts that a chosen slot settles."""

_WISHES: Mapping[Task, tuple[FactName, ...]] = {
    Task.BOOK: (FactName.REASON, FactName.PAIN, FactName.PATIENT_STATUS, *SLOT_FACTS),
    Task.MOVE: (FactName.REASON, FactName.EXISTING_DATE, FactName.EXISTING_TIME, *SLOT_FACTS),
}
"""What the calendar is told; it needs no name to find a free time."""

_FIRST: Mapping[Task, frozenset[Question]] = {
    Task.BOOK: frozenset(
        (
            Question.REASON,
            Question.PAIN,
            Question.PREFERRED_DATE,
            Question.PREFERRED_TIME,
            Question.PATIENT_STATUS,
        )
    ),
    Task.MOVE: frozenset(
        (
            Question.PATIENT_NAME,
            Question.NAME,
            Question.SPELLING,
            Question.EXISTING_DATE,
            Question.DATE_OF_BIRTH,
            Question.PREFERRED_DATE,
            Question.PREFERRED_TIME,
        )
    ),
}
"""Questions that come before the calendar's."""


def slots_wanted(state: DialogueState, context: DialogueContext) -> SlotQuery | None:
    """Return the question that the calendar is to be asked now, None when none is.

    Every wish has to be known. The same is not asked again while its answer is pending or being chosen from.
    """
    calendar = state.calendar
    query = _wish(state)
    unable = not context.calendar or calendar.off or isinstance(calendar.pending, SlotBooking)
    if query is None or unable or calendar.chosen:
        return None
    if calendar.questions >= MOST_QUESTIONS or next_question(state, context) in _FIRST[query.task]:
        return None
    answered = calendar.found and query.same_wish(calendar.asked)
    return None if answered or query.same_wish(_pending(calendar)) else query


def slot_question(state: DialogueState, context: DialogueContext) -> Question | None:
    """Return what has to be asked or waited for before the task goes on to its next question; None when nothing has."""
    calendar = state.calendar
    query = _wish(state)
    if calendar.chosen and isinstance(calendar.pending, SlotBooking):
        return Question.CALENDAR
    if query is None or calendar.off or calendar.chosen or next_question(state, context) in _FIRST[query.task]:
        return None
    if query.same_wish(_pending(calendar)):
        return Question.CALENDAR
    return Question.SLOT if calendar.found and query.same_wish(calendar.asked) else None


def _pending(calendar: CalendarState) -> SlotQuery | None:
    return calendar.pending if isinstance(calendar.pending, SlotQuery) else None


def _wish(state: DialogueState) -> SlotQuery | None:
    if state.task is None or state.task not in _WISHES:
        return None
    names = _WISHES[state.task]
    return SlotQuery(state.task, tuple(fact for name in names if (fact := state.fact(name)) is not None))


def look_up(state: DialogueState, query: SlotQuery, said: tuple[SpeechAct, ...]) -> Decision:
    """Return the decision that says ``said`` while the calendar is asked ``query``."""
    calendar = replace(state.calendar, asked=query, pending=query, found=(), questions=state.calendar.questions + 1)
    # Who asks "pardon?" meanwhile and was told nothing hears that the calendar is looked at.
    waiting = said or (SpeechAct("ask_calendar"),)
    state = replace(state, asked=Question.CALENDAR, said=waiting, calendar=calendar, partial_digits="")
    return Decision(state, said, calendar=query)


def slot_offer(state: DialogueState, variant: str) -> tuple[SpeechAct, ...]:
    """Return the acts that name the offered slots and ask which one is taken."""
    offered = state.calendar.offered
    name = "ask_slot" if len(offered) > 1 else "ask_slot_only"
    asking = SpeechAct(f"{name}_{variant}" if variant else name)
    return SpeechAct("offer_slots", {"slots": CHOICE.join(_said(slot, state) for slot in offered)}), asking


def _said(slot: Slot, state: DialogueState) -> str:
    """Return the canonical form of a slot, with who it is with unless that is the same person as asked for."""
    offered, person = state.calendar.offered, state.fact(FactName.PRACTITIONER)
    people = {other.practitioner for other in offered}
    told = slot.practitioner and (len(people) > 1 or any(_other_person(other, person) for other in offered))
    return slot_value(slot) + (f"@{slot.practitioner}" if told else "")


def slot_value(slot: Slot) -> str:
    """Return the canonical form of one slot: its start in the practice's zone to the minute."""
    return slot.start.strftime("%Y-%m-%dT%H:%M")


def narrowed(state: DialogueState, slots: Sequence[Slot]) -> DialogueState:
    """Return the state in which ``slots``, found before, answer the wish as it is now."""
    return replace(state, calendar=replace(state.calendar, asked=_wish(state), found=tuple(slots)))


def choose(state: DialogueState, slot: Slot, words: str, confidence: float) -> DialogueState:
    """Return the state in which ``slot`` is chosen: its day, time and person are the facts that are read back."""
    wished = tuple(fact for fact in state.facts if fact.name in SLOT_FACTS)
    settled = {
        name: known if known is not None and known.value == value else Fact(name, value, words, confidence)
        for name, value in _values(slot).items()
        for known in (state.fact(name),)
    }
    kept = tuple(settled.pop(fact.name, fact) for fact in state.facts)
    calendar = replace(state.calendar, chosen=slot, wished=wished)
    return replace(state, facts=(*kept, *settled.values()), calendar=calendar)


def settle_slot(state: DialogueState) -> DialogueState:
    """Return the state without the chosen slot once the caller's wish is another one.

    What the slot had settled is again as it was wished for, but for what the caller has just said: who wants another
    hour keeps the day, who wants another day is asked nothing about the hour that was wished for at first.
    """
    slot = state.calendar.chosen
    if slot is None:
        return state
    values = _values(slot)
    changed = [name for name, value in values.items() if (fact := state.fact(name)) is None or fact.value != value]
    undone = _undone(state, values, changed)
    if not changed and (wish := _wish(_undone(state, values, ()))) is not None and wish.same_wish(state.calendar.asked):
        return state
    return replace(undone, calendar=replace(state.calendar, chosen=None, wished=()))


def without_slot(state: DialogueState) -> DialogueState:
    """Return the state without the chosen slot, wishes as they were before it."""
    slot = state.calendar.chosen
    if slot is None:
        return state
    undone = _undone(state, _values(slot), ())
    return replace(undone, calendar=replace(state.calendar, chosen=None, wished=()))


def _undone(state: DialogueState, values: Mapping[FactName, str], changed: Sequence[FactName]) -> DialogueState:
    wished = {fact.name: fact for fact in state.calendar.wished}
    kept = {*changed}
    if FactName.PREFERRED_TIME in changed:
        kept.add(FactName.PREFERRED_DATE)
    facts = [fact if fact.name in kept or fact.name not in values else wished.get(fact.name) for fact in state.facts]
    return replace(state, facts=tuple(fact for fact in facts if fact is not None))


def _values(slot: Slot) -> dict[FactName, str]:
    """Return the facts that ``slot`` settles."""
    values = {
        FactName.PREFERRED_DATE: slot.start.date().isoformat(),
        FactName.PREFERRED_TIME: slot.start.strftime("%H:%M"),
    }
    return values | ({FactName.PRACTITIONER: slot.practitioner} if slot.practitioner else {})


def ranked(slots: Sequence[Slot], state: DialogueState) -> tuple[Slot, ...]:
    """Return ``slots``, those that fit the caller's wish first, then those that miss it least.

    Another person than the one asked for is offered only where that one has no time.
    """
    date, time, person = (state.fact(name) for name in SLOT_FACTS)
    left = [slot for slot in slots if slot.id not in state.calendar.taken]

    def misses(slot: Slot) -> tuple[int, bool, dt.timedelta, dt.datetime]:
        days = min((abs((slot.start.date() - day).days) for day in days_of(date.value)), default=0) if date else 0
        return days, not _fits_time(slot, time), _distance(slot, time), slot.start

    return tuple(sorted([slot for slot in left if not _other_person(slot, person)] or left, key=misses))


def fits(slot: Slot, state: DialogueState) -> bool:
    """Tell whether ``slot`` is what the caller wishes for."""
    date, time, person = (state.fact(name) for name in SLOT_FACTS)
    on_day = date is None or slot.start.date() in days_of(date.value)
    return on_day and _fits_time(slot, time) and not _other_person(slot, person)


def is_exactly(slot: Slot, state: DialogueState) -> bool:
    """Tell whether ``slot`` is the one day and minute that the caller named, with the person named."""
    values = _values(slot)
    date, time, person = (state.fact(name) for name in SLOT_FACTS)
    if date is None or time is None or _other_person(slot, person):
        return False
    return date.value == values[FactName.PREFERRED_DATE] and time.value == values[FactName.PREFERRED_TIME]


def _other_person(slot: Slot, person: Fact | None) -> bool:
    return person is not None and person.value != "any" and slot.practitioner not in {None, person.value}


def _fits_time(slot: Slot, time: Fact | None) -> bool:
    if time is None:
        return True
    start = slot.start.time()
    return any(
        start == span.first if span.last is None else span.first <= start < span.last
        for span in time_choices(time.value)
    )


def _distance(slot: Slot, time: Fact | None) -> dt.timedelta:
    """Return how far ``slot`` starts from the wished time of day, or from the beginning of the wished interval."""
    if time is None:
        return dt.timedelta()
    start = _since_midnight(slot.start.time())
    return min(
        dt.timedelta() if span.last is not None and _fits_time(slot, time) else abs(start - _since_midnight(span.first))
        for span in time_choices(time.value)
    )


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=time.hour, minutes=time.minute)
