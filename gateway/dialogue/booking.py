"""The policy about the practice's calendar: ask it, offer its slots, book the one that was read back. Pure.

No time is promised before the calendar has it: what was offered is a free time, what was chosen is a wish like any
other until it was read back and confirmed, and what the caller is told then is what the calendar answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from gateway.actions.model import SLOT
from gateway.actions.slots import Slot
from gateway.dialogue.calendar_steps import (
    BookingResult,
    BookingStatus,
    CalendarAnswer,
    CalendarSilent,
    SlotBooking,
    SlotChoice,
    SlotQuery,
    SlotsFound,
)
from gateway.dialogue.memory import count_miss, forget, remember
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Intent,
    Question,
    SpeechAct,
    Understanding,
)
from gateway.dialogue.reply import acts, ask, proceed
from gateway.dialogue.second_wish import after_task
from gateway.dialogue.slot_answers import chosen_slot, matching, wished_facts
from gateway.dialogue.slot_wishes import (
    MOST_QUESTIONS,
    choose,
    fits,
    is_exactly,
    narrowed,
    ranked,
    settle_slot,
    slot_value,
    without_slot,
)
from gateway.dialogue.tasks import end_task
from gateway.dialogue.withdrawal import with_request

_WRITTEN = frozenset((BookingStatus.BOOKED, BookingStatus.REQUESTED))
"""What became of bookings that the practice has, or will get."""
_GIVE_UP_AT = 3
"""Answers that were not understood after which the wish is left to the practice."""
_MOMENTS = (FactName.PREFERRED_DATE, FactName.PREFERRED_TIME)
_TURNS_AWAY = frozenset(
    (
        Intent.CALLBACK,
        Intent.MOVE,
        Intent.CANCEL,
        Intent.OPEN_QUESTION,
        Intent.OPENING_HOURS,
        Intent.ADDRESS,
        Intent.GOODBYE,
        Intent.CHANGE_LANGUAGE,
        Intent.REFUSE_RECORDING,
    )
)
"""Intents by which the caller leaves an offer for something else, unless the answer says more."""


def book(state: DialogueState, action: ActionRequest) -> Decision:
    """Return the decision that books the chosen slot with ``action``, all of whose facts were confirmed."""
    slot, task = state.calendar.chosen, state.task
    if slot is None or task is None or settle_slot(state).calendar.chosen is None:
        raise ValueError("a booking needs a slot that is what was read back")
    details = {SLOT: slot.id, "slot_start": slot.start.isoformat(), "slot_end": slot.end.isoformat()}
    booking = SlotBooking(slot, task, replace(action, details={**action.details, **details}))
    calendar = replace(state.calendar, pending=booking)
    waiting = replace(state, asked=Question.CALENDAR, said=acts("ask_calendar"), calendar=calendar)
    return Decision(waiting, (), action=booking.action, calendar=booking)


def calendar_answered(state: DialogueState, context: DialogueContext, answer: CalendarAnswer) -> Decision:
    """Return what to do now that the calendar answered, or did not.

    An answer that is not waited for any more changes nothing and says nothing. What became of a booking is never
    dropped: where the caller has turned to something else meanwhile, it is said with what is said next.
    """
    if isinstance(answer, BookingResult):
        return _booking_answered(state, context, answer)
    if state.calendar.pending != answer.query or state.hung_up:
        return Decision(state, ())
    waits = state.asked is Question.CALENDAR
    state = replace(state, calendar=replace(state.calendar, pending=None))
    if not waits:
        return Decision(state, ())
    match answer:
        case SlotsFound():
            return _offer(state, context, answer)
        case CalendarSilent():
            return proceed(_off(state), context, ())
    assert_never(answer)


def _offer(state: DialogueState, context: DialogueContext, answer: SlotsFound) -> Decision:
    slots = ranked(answer.slots, state)
    if not slots:
        return _nothing_free(state, context, acts("no_slots"))
    if is_exactly(slots[0], state):
        return proceed(choose(state, slots[0], "", 1.0), context, acts("slot_free"))
    state = replace(state, calendar=replace(state.calendar, found=slots))
    return ask(state, () if fits(slots[0], state) else acts("slots_elsewhere"), Question.SLOT)


def _nothing_free(state: DialogueState, context: DialogueContext, before: Sequence[SpeechAct]) -> Decision:
    """Ask for another day; a wish that the calendar could not meet several times is left to the practice."""
    state = replace(state, calendar=replace(state.calendar, found=()))
    if state.calendar.questions >= MOST_QUESTIONS:
        return proceed(_off(state), context, (*before, *acts("slot_request")))
    return ask(forget(state, _MOMENTS), before, Question.PREFERRED_DATE)


def _off(state: DialogueState) -> DialogueState:
    """Return the state in which the task goes on as if there were no calendar."""
    return replace(state, calendar=replace(state.calendar, pending=None, found=(), off=True))


def after_slot(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Return what to do after an answer to an offer; None when the caller turned to something else."""
    offered, found = state.calendar.offered, state.calendar.found
    if not offered:
        return None
    slot = chosen_slot(understanding, found, offered)
    wishes = wished_facts(understanding, found)
    others = tuple(fact for fact in understanding.facts if fact.name not in _MOMENTS)
    declined = _declined(understanding, wishes, offered)
    decision: Decision | None = None
    if slot is not None:
        decision = _chosen(state, understanding, context, slot, others)
    elif declined:
        decision = _others(remember(state, others)[0], context, declined)
    elif wishes:
        decision = _another_wish(state, context, (*others, *wishes))
    elif not others and not _turns_away(understanding):
        decision = _ask_which(state, context, () if understanding.answer is True else acts("not_understood"))
    return decision


def _turns_away(understanding: Understanding) -> bool:
    return understanding.requested_language is not None or not _TURNS_AWAY.isdisjoint(understanding.intents)


def _chosen(
    state: DialogueState, understanding: Understanding, context: DialogueContext, slot: Slot, others: Sequence[Fact]
) -> Decision:
    state, _ = remember(state, others)
    state = choose(state, slot, understanding.turn.text.strip() or understanding.turn.keys, _sureness(understanding))
    changed = [fact for fact in state.facts if fact.name in _MOMENTS]
    return proceed(state, context, (), (*others, *changed))


def _sureness(understanding: Understanding) -> float:
    return 1.0 if understanding.turn.keys else understanding.turn.confidence


def _declined(understanding: Understanding, wishes: Sequence[Fact], offered: Sequence[Slot]) -> Sequence[Slot]:
    """Return those of the offered slots that the caller cannot take: "um neun kann ich nicht", or all."""
    leaves = {Intent.CALLBACK, Intent.MOVE, Intent.GOODBYE}.intersection(understanding.intents)
    neither = understanding.choice is SlotChoice.NEITHER
    if wishes:
        return matching(wishes, offered) if neither else ()
    taken_back = set(understanding.rejected).intersection(_MOMENTS)
    refuses = not leaves and (understanding.answer is False or taken_back)
    return offered if neither or refuses else ()


def _another_wish(state: DialogueState, context: DialogueContext, facts: Sequence[Fact]) -> Decision:
    """Offer those of the slots at hand that fit the new wish; where none does, ask the calendar."""
    state, changed = remember(state, facts)
    moments = [fact for fact in facts if fact.name in _MOMENTS]
    fitting = [slot for slot in matching(moments, state.calendar.found) if fits(slot, state)]
    if fitting:
        return ask(narrowed(state, fitting), (), Question.SLOT)
    return proceed(replace(state, calendar=replace(state.calendar, found=())), context, (), changed)


def _others(state: DialogueState, context: DialogueContext, declined: Sequence[Slot]) -> Decision:
    """Offer the next slots."""
    rest = tuple(slot for slot in state.calendar.found if slot not in declined)
    if not rest:
        return _nothing_free(state, context, acts("no_other_slots"))
    return ask(replace(state, calendar=replace(state.calendar, found=rest)), (), Question.SLOT)


def _ask_which(state: DialogueState, context: DialogueContext, apology: Sequence[SpeechAct]) -> Decision:
    """Offer the same again, then with keys; after that the wish is left to the practice."""
    state = count_miss(state, Question.SLOT)
    count = state.missed(Question.SLOT)
    if count >= _GIVE_UP_AT:
        return proceed(_off(state), context, acts("slot_request"))
    return ask(state, apology, Question.SLOT, variant="again" if count == 1 else "keys")


def while_waiting(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Return what to do when the caller speaks before the calendar has answered.

    A booking cannot be taken back by then, so the caller hears first what became of it. A question for slots can: new
    wishes are taken in, None here.
    """
    pending = state.calendar.pending
    says_more = bool(understanding.facts or understanding.intents or understanding.rejected)
    if isinstance(pending, SlotQuery) and (says_more or understanding.answer is False):
        return None
    return ask(state, (), Question.CALENDAR)


def _booking_answered(state: DialogueState, context: DialogueContext, answer: BookingResult) -> Decision:
    if state.calendar.pending != answer.booking:
        return Decision(state, ())
    waits = state.asked is Question.CALENDAR and not state.hung_up
    slot = answer.booking.slot
    own = state.task is answer.booking.task and state.calendar.chosen == slot
    state = replace(state, calendar=replace(state.calendar, pending=None))
    said = _outcome(answer)
    if own and answer.status is BookingStatus.TAKEN:
        calendar = replace(state.calendar, taken=(*state.calendar.taken, slot.id), found=(), asked=None)
        state = without_slot(replace(state, calendar=calendar))
        return proceed(state, context, said) if waits else _later(state, said)
    if own:
        state = end_task(state)
    if answer.status in _WRITTEN:
        state = with_request(state, answer.booking.task, answer.booking.action)
    return after_task(state, said) if own and waits else _later(state, said)


def _outcome(answer: BookingResult) -> tuple[SpeechAct, ...]:
    slot, task = answer.booking.slot, answer.booking.task
    moved = answer.start is not None and answer.start != slot.start
    if answer.status is BookingStatus.BOOKED and not moved:
        return (SpeechAct(f"booked_{task}", {"slot": slot_value(slot)}),)
    if answer.status is BookingStatus.TAKEN:
        return acts("slot_taken")
    # A calendar that names another time than the one that was confirmed has not booked what was confirmed.
    return acts("apology") if answer.status is BookingStatus.UNWRITTEN else acts(f"done_{task}")


def _later(state: DialogueState, news: tuple[SpeechAct, ...]) -> Decision:
    return Decision(replace(state, calendar=replace(state.calendar, news=news)), ())


def take_news(state: DialogueState) -> tuple[tuple[SpeechAct, ...], DialogueState]:
    """Return what became of a booking and was not said yet, and the state in which it is said."""
    return state.calendar.news, replace(state, calendar=replace(state.calendar, news=()))
