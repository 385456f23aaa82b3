"""Takes back what the caller does not want any more: a request that the practice has, or the task at hand. Pure.

What is clear is done and said; where it may be one of several requests, the caller is asked about each, the latest
first. Nothing is taken back on a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.calendar_steps import SlotBooking
from gateway.dialogue.memory import forget
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    FactName,
    Intent,
    Question,
    SpeechAct,
    Task,
    Understanding,
)
from gateway.dialogue.reply import acts, ask, proceed
from gateway.dialogue.second_wish import after_task
from gateway.dialogue.tasks import ABOUT_CALLER, begin_task
from gateway.dialogue.withdrawal_steps import Request, Withdrawing

_TOLD_APART_BY = (
    FactName.PATIENT_NAME,
    FactName.REASON,
    FactName.EXISTING_DATE,
    FactName.PREFERRED_DATE,
    FactName.PREFERRED_TIME,
)
"""Facts by which two requests of the same kind are told apart."""
_DATES = (FactName.PREFERRED_DATE, FactName.EXISTING_DATE)
_NEW_APPOINTMENTS = frozenset((Task.BOOK, Task.MOVE))


def with_request(state: DialogueState, task: Task, action: ActionRequest) -> DialogueState:
    """Return the state in which the practice has been asked for ``action``."""
    return replace(state, requests=(*state.requests, Request(task, action)))


def withdrawal(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Return what to do about something that the caller does not want any more; None where there is no such thing."""
    if isinstance(state.calendar.pending, SlotBooking) and state.asked is Question.CALENDAR:
        return None  # What became of the booking is told first; it can be taken back then.
    wish = understanding.takes_back
    if wish is None:
        return _perhaps_cancelled(state, understanding)
    if state.task is not None and (not wish.tasks or state.task in wish.tasks):
        return _abandoned(state, understanding, context)
    candidates = _meant(state, understanding)
    if not candidates:
        return None
    if len(candidates) == 1 or wish.everything:
        return _withdrawn(state, understanding, context, candidates)
    return _ask_about(state, Withdrawing(candidates))


def after_withdraw(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    """Return what to do after the caller was asked whether a request is meant; None where it is no answer."""
    asked = state.withdrawing
    if asked is None:
        return None
    wish = understanding.takes_back
    named = tuple(one for one in asked.candidates if wish is not None and one.task in wish.tasks)
    meant: tuple[Request, ...] = ()
    if wish is not None and wish.everything:
        meant = asked.candidates
    elif len(named) == 1:
        meant = named
    elif understanding.answer is True and not understanding.wavers:
        meant = asked.candidates[:1]
    if meant:
        return _withdrawn(state, understanding, context, meant)
    return _another_than(asked, state, context) if understanding.answer is False else None


def _another_than(asked: Withdrawing, state: DialogueState, context: DialogueContext) -> Decision:
    """Ask about the next request; after the last of them nothing is withdrawn."""
    if len(asked.candidates) > 1:
        return _ask_about(state, replace(asked, candidates=asked.candidates[1:]))
    state = replace(state, withdrawing=None)
    if asked.cancels:
        return proceed(begin_task(state, Task.CANCEL), context, acts("begin_cancel"))
    return _go_on(state, context, acts("nothing_withdrawn"))


def _perhaps_cancelled(state: DialogueState, understanding: Understanding) -> Decision | None:
    """Ask whether an appointment that is cancelled without a date is the one that was asked for in this call."""
    dated = any(fact.name in _DATES for fact in understanding.facts)
    cancels = Intent.CANCEL in understanding.intents and Intent.MOVE not in understanding.intents
    if state.task is not None or not cancels or dated:
        return None
    candidates = tuple(one for one in reversed(state.requests) if one.task in _NEW_APPOINTMENTS)
    return _ask_about(state, Withdrawing(candidates, cancels=True)) if candidates else None


def _meant(state: DialogueState, understanding: Understanding) -> tuple[Request, ...]:
    """Return the requests that the caller may mean, the latest first."""
    wish = understanding.takes_back
    tasks = wish.tasks if wish is not None else ()
    candidates = tuple(one for one in reversed(state.requests) if not tasks or one.task in tasks)
    said = {fact.value for fact in understanding.facts if fact.name in _DATES}
    on_that_day = tuple(
        one for one in candidates if any(fact.value in said for fact in one.action.facts if fact.name in _DATES)
    )
    return on_that_day or candidates


def _ask_about(state: DialogueState, withdrawing: Withdrawing) -> Decision:
    first, *others = withdrawing.candidates
    about = acts(f"about_{first.task}")
    if any(one.task is first.task for one in others):
        known = {fact.name: fact.value for fact in first.action.facts}
        values = {str(name): known[name] for name in _TOLD_APART_BY if name in known}
        about = (*about, SpeechAct("acknowledge", values))
    return ask(replace(state, withdrawing=withdrawing), about, Question.WITHDRAW)


def _withdrawn(
    state: DialogueState, understanding: Understanding, context: DialogueContext, requests: Sequence[Request]
) -> Decision:
    left = tuple(one for one in state.requests if one not in requests)
    state = replace(state, requests=left, withdrawing=None)
    said = acts(f"withdrawn_{requests[0].task}" if len(requests) == 1 else "withdrawn_all")
    decision = _then(state, understanding, context, said)
    return replace(decision, withdraws=tuple(one.action for one in requests))


def _abandoned(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Leave the task at hand, of which the practice has heard nothing."""
    state = forget(state, [fact.name for fact in state.facts if fact.name not in ABOUT_CALLER])
    state = replace(
        state,
        task=None,
        misses=(),
        skipped=(),
        read_back=(),
        partial_digits="",
        confirming=(),
        second_wish=None,
        calendar=state.calendar.at_next_task(),
    )
    return replace(_then(state, understanding, context, acts("abandoned")), abandons=True)


def _then(
    state: DialogueState, understanding: Understanding, context: DialogueContext, said: tuple[SpeechAct, ...]
) -> Decision:
    """Go on with what the caller wants instead, where the same breath says so."""
    instead = next((task for task in _wanted_instead(understanding) if task is not state.task), None)
    if instead is not None:
        return proceed(begin_task(state, instead), context, (*said, *acts(f"begin_{instead}")))
    return _go_on(state, context, said)


def _wanted_instead(understanding: Understanding) -> tuple[Task, ...]:
    wishes = {Intent.BOOK: Task.BOOK, Intent.MOVE: Task.MOVE, Intent.CALLBACK: Task.CALLBACK}
    return tuple(wishes[intent] for intent in understanding.intents if intent in wishes)


def _go_on(state: DialogueState, context: DialogueContext, said: tuple[SpeechAct, ...]) -> Decision:
    return proceed(state, context, said) if state.task is not None else after_task(state, said)
