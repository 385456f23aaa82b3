"""The policy: from what is known and what was said to what is said next. Pure.

It asks one question at a time, weaves in how the last answer was understood, reads everything back, and requests an
action only after a yes to that read-back. An emergency comes before everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.dialogue.booking import after_slot, book, take_news, while_waiting
from gateway.dialogue.confirmations import confirmed_action, unread, unsaid
from gateway.dialogue.consent import refuses_recording, with_refusal
from gateway.dialogue.doubts import after_confirm, ask_rejected, denied, question_impossible, said_again
from gateway.dialogue.emergency import (
    after_emergency,
    after_emergency_connect,
    emergency,
    emergency_number,
    emergency_question,
    pain_advice,
)
from gateway.dialogue.information import information
from gateway.dialogue.knowledge import told_from_knowledge
from gateway.dialogue.memory import forget, rejected_facts, remember
from gateway.dialogue.model import (
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Intent,
    Question,
    SpeechAct,
    Task,
    Understanding,
)
from gateway.dialogue.person import person_wanted
from gateway.dialogue.recorded_message import addition_to_message, with_message_place
from gateway.dialogue.recovery import miss, skip, unsuitable
from gateway.dialogue.reply import acts, ask, ask_again, hang_up, proceed
from gateway.dialogue.second_wish import after_offer_booking, after_task, facts_of_first, with_second_wish
from gateway.dialogue.spoken_language import adopt_language
from gateway.dialogue.tasks import OPTIONAL, TASK_OF_INTENT, begin_task, end_task, says_more
from gateway.dialogue.withdrawal import after_withdraw, with_request, withdrawal

_BOOKING_FACTS = frozenset(
    (FactName.REASON, FactName.PAIN, FactName.PREFERRED_DATE, FactName.PREFERRED_TIME, FactName.PRACTITIONER)
)
"""Facts that by themselves tell that the caller wants an appointment."""
_MOMENTS = frozenset((FactName.PREFERRED_DATE, FactName.PREFERRED_TIME, FactName.EXISTING_DATE, FactName.EXISTING_TIME))
_ANSWERED_BY_MOMENTS = frozenset(
    (Question.PREFERRED_DATE, Question.PREFERRED_TIME, Question.SLOT, Question.CALENDAR, Question.READ_BACK)
)
_LONGEST_NATIONAL_NUMBER = 10
"""Digits of a Swiss number with its leading 0; more that still make no number are a misunderstanding."""


def decide(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Return what to do after the caller's turn. Every decision says something or hangs up."""
    if state.hung_up:
        return Decision(state, (), hang_up=True)
    state = adopt_language(replace(state, silences=0), understanding, context)
    refuses = refuses_recording(understanding)
    if Intent.EMERGENCY in understanding.intents:
        decision = emergency(state, understanding, context)
    elif Intent.EMERGENCY_QUESTION in understanding.intents:
        decision = emergency_question(state, understanding, context)
    else:
        changed = understanding.requested_language is not None
        decision = _answer(state, understanding, context, handled=changed or refuses)
        news, left = take_news(decision.state)
        if changed or news:
            said = (*acts(*["language_changed"] * changed), *news, *decision.acts)
            decision = replace(decision, state=left)
            decision = replace(decision, acts=said, state=replace(decision.state, said=said))
    decision = with_message_place(state, decision, understanding.turn)
    return with_refusal(state, decision, context) if refuses else decision


def _answer(state: DialogueState, understanding: Understanding, context: DialogueContext, *, handled: bool) -> Decision:
    if Intent.HUMAN in understanding.intents:
        state, _ = remember(state, understanding.facts)
        return person_wanted(state, understanding, context)
    if Intent.EMERGENCY_NUMBER in understanding.intents:
        return emergency_number(state)
    repeats = Intent.REPEAT in understanding.intents and not says_more(understanding)
    if repeats and state.asked is not Question.NOTHING:
        return Decision(state, state.said)
    if state.asked is not Question.WITHDRAW and (taken_back := withdrawal(state, understanding, context)):
        return taken_back
    special = _BY_QUESTION.get(state.asked)
    decision = special(state, understanding, context) if special else None
    return decision or _continue(state, understanding, context, handled=handled)


def _after_read_back(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    if _new_task(state, understanding):
        return None
    rejected = rejected_facts(state, understanding)
    if addition := addition_to_message(state, understanding):
        understanding = replace(understanding, facts=(*understanding.facts, addition))
    again = said_again(state, understanding)
    state, changed = remember(state, understanding.facts)
    rejected = rejected or (() if changed else again)
    decision: Decision | None = None
    if rejected:
        decision = ask_rejected(state, rejected, context, changed)
    elif changed:
        decision = proceed(state, context, ())
    elif state.asked is Question.WHAT_IS_WRONG:
        # Something was called wrong and never named: all of it is read back anew before a yes can count.
        decision = proceed(replace(state, read_back=()), context, ()) if understanding.answer else None
    elif understanding.answer is True and not understanding.corrects:
        # Nothing leaves the house on half a yes.
        decision = unsuitable(state, context) if understanding.wavers else _complete(state, context)
    elif understanding.answer is False:
        decision = ask(state, (), Question.WHAT_IS_WRONG)
    return decision


def _complete(state: DialogueState, context: DialogueContext) -> Decision:
    """Request the action of the task, whose facts the caller has just confirmed."""
    task = state.task
    if task is None:
        return ask(state, (), Question.HELP)
    if unread(state):
        # The caller said yes before everything was read back.
        return proceed(state, context, ())
    action, state = confirmed_action(state, context)
    if state.calendar.chosen is not None:
        return book(state, action)
    state = with_request(end_task(state), task, action)
    return replace(after_task(state, acts(f"done_{task}")), action=action)


def _after_anything_else(
    state: DialogueState, understanding: Understanding, context: DialogueContext
) -> Decision | None:
    if says_more(understanding) or understanding.turn.text == understanding.turn.keys == "":
        return None
    if {Intent.OPENING_HOURS, Intent.ADDRESS}.intersection(understanding.intents):
        return None
    if understanding.answer is False or Intent.GOODBYE in understanding.intents:
        return hang_up(state, acts("goodbye"))
    if understanding.answer:
        return ask(state, (), Question.HELP)
    return None


def _after_offer(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision | None:
    if understanding.answer and not _new_task(state, understanding):
        state, _ = remember(state, understanding.facts)
        return proceed(begin_task(state, Task.CALLBACK), context, acts("begin_callback"))
    if understanding.answer is False and not says_more(understanding):
        if Intent.GOODBYE in understanding.intents:
            return None
        return proceed(state, context, ()) if state.task else ask(state, (), Question.ANYTHING_ELSE)
    return None


def _after_caller_number(
    state: DialogueState, understanding: Understanding, context: DialogueContext
) -> Decision | None:
    if any(fact.name is FactName.PHONE for fact in understanding.facts) or context.caller_number is None:
        return None
    if understanding.answer is True:
        fact = Fact(FactName.PHONE, context.caller_number, understanding.turn.text, 1.0)
        state, changed = remember(state, (*understanding.facts, fact))
        return proceed(state, context, (), changed)
    if understanding.answer is False:
        state, changed = remember(replace(state, caller_number_refused=True), understanding.facts)
        return proceed(state, context, (), changed)
    return None


_BY_QUESTION: dict[Question, Callable[[DialogueState, Understanding, DialogueContext], Decision | None]] = {
    Question.EMERGENCY_REPEAT: after_emergency,
    Question.EMERGENCY_CONNECT: after_emergency_connect,
    Question.SLOT: after_slot,
    Question.CALENDAR: while_waiting,
    Question.CONFIRM: after_confirm,
    Question.READ_BACK: _after_read_back,
    Question.WHAT_IS_WRONG: _after_read_back,
    Question.ANYTHING_ELSE: _after_anything_else,
    Question.OFFER_CALLBACK: _after_offer,
    Question.OFFER_BOOKING: after_offer_booking,
    Question.WITHDRAW: after_withdraw,
    Question.CALLER_NUMBER: _after_caller_number,
}


def _continue(
    state: DialogueState, understanding: Understanding, context: DialogueContext, *, handled: bool
) -> Decision:
    """Take in tasks, facts and questions of the caller, and go on with what is open."""
    task = _new_task(state, understanding)
    before: tuple[SpeechAct, ...] = ()
    if Intent.OPEN_QUESTION in understanding.intents:
        return _open_question(state, understanding)
    if task:
        state = with_second_wish(begin_task(state, task), understanding, task)
        before = acts(f"begin_{task}")
    state, advice = pain_advice(state, understanding)
    state, changed = remember(state, facts_of_first(state, understanding.facts))
    if state.task is None and any(fact.name in _BOOKING_FACTS for fact in changed):
        state = begin_task(state, Task.BOOK)
        state, changed = remember(forget(state, [fact.name for fact in changed]), changed)
        before = acts("begin_book")
    before = (*advice, *before)
    told = information(understanding, context)
    spelled = state.asked is Question.SPELLING and any(fact.name is FactName.NAME for fact in understanding.facts)
    if spelled and not changed:
        # A name that is spelled as it was heard is an answer too; it is read back once more.
        state = unsaid(state, FactName.NAME)
    if before or changed or spelled:
        return proceed(state, context, (*before, *told), changed)
    if told:
        idle = state.task is None and state.asked in {Question.HELP, Question.ANYTHING_ELSE, Question.NOTHING}
        return ask(state, told, Question.ANYTHING_ELSE) if idle else ask_again(state, told)
    if Intent.GOODBYE in understanding.intents:
        return _goodbye(state, context)
    if state.asked.value in understanding.rejected:
        # "Um neun kann ich nicht": understood, but still no answer.
        return unsuitable(state, context)
    return _without_facts(state, understanding, context, handled=handled)


def _open_question(state: DialogueState, understanding: Understanding) -> Decision:
    """Answer nothing that only the practice may answer: go on with the task, or offer that somebody calls back."""
    if understanding.known:
        told = told_from_knowledge(understanding.known, state.language)
        return ask_again(state, told) if state.task else ask(state, told, Question.ANYTHING_ELSE)
    if state.task:
        return ask_again(state, acts("cannot_answer"))
    state, _ = remember(state, understanding.facts)
    return ask(state, acts("cannot_answer"), Question.OFFER_CALLBACK)


def _without_facts(
    state: DialogueState, understanding: Understanding, context: DialogueContext, *, handled: bool
) -> Decision:
    if understanding.partial_digits:
        return _partial_number(state, understanding.partial_digits, context)
    if understanding.impossible:
        return question_impossible(state, understanding.impossible)
    asked = next((name for name in OPTIONAL if name.value == state.asked.value), None)
    if asked and (understanding.unknown or understanding.answer is False):
        return proceed(skip(state, asked), context, acts("never_mind"))
    rejected = rejected_facts(state, understanding) or denied(state, understanding)
    if rejected:
        return ask_rejected(state, rejected, context, ())
    if handled:
        return ask_again(state, ())
    return miss(state, context)


def _partial_number(state: DialogueState, digits: str, context: DialogueContext) -> Decision:
    if len(digits) >= _LONGEST_NATIONAL_NUMBER:
        return miss(replace(state, partial_digits=""), context)
    said = acts("phone_continue")
    return Decision(replace(state, partial_digits=digits, said=said), said)


def _goodbye(state: DialogueState, context: DialogueContext) -> Decision:
    """End the call; a caller who says goodbye to a read-back is asked once whether it shall be sent."""
    if state.asked is Question.READ_BACK and state.missed(Question.READ_BACK) == 0:
        return miss(state, context)
    return hang_up(state, acts("goodbye_unfinished", "goodbye") if state.task else acts("goodbye"))


def _new_task(state: DialogueState, understanding: Understanding) -> Task | None:
    """Return the task that the caller turns to, None when it is the one at hand or none."""
    tasks = [TASK_OF_INTENT[intent] for intent in understanding.intents if intent in TASK_OF_INTENT]
    if not tasks or tasks[0] is state.task:
        return None
    if state.task is None:
        return tasks[0]
    facts = {fact.name for fact in understanding.facts}
    # "Am Dienstag kann ich nicht kommen" is an answer here, and "rufen Sie mich auf 079 … an" is a number.
    answers_date = state.asked in _ANSWERED_BY_MOMENTS
    if answers_date and (facts & _MOMENTS or understanding.corrects):
        return None
    if tasks[0] is Task.CALLBACK and (
        FactName.PHONE in facts or state.asked in {Question.PHONE, Question.CALLER_NUMBER}
    ):
        return None
    # "Der Termin" in the middle of moving one is no wish for another.
    return None if tasks[0] is Task.BOOK and state.task is not Task.CALLBACK else tasks[0]
