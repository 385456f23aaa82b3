"""What each task needs to know, in the order of asking, and what it sends to the practice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.audio import TELEPHONE_RATE
from gateway.dialogue.lexicons.relatives import CHILDREN, SELF
from gateway.dialogue.model import DialogueContext, DialogueState, Fact, FactName, Intent, Question, Task, Understanding

SLOTS: Mapping[Task, tuple[FactName, ...]] = {
    Task.BOOK: (
        FactName.REASON,
        FactName.PAIN,
        FactName.PREFERRED_DATE,
        FactName.PREFERRED_TIME,
        FactName.PATIENT_STATUS,
        FactName.PATIENT_NAME,
        FactName.DATE_OF_BIRTH,
        FactName.NAME,
        FactName.PHONE,
    ),
    Task.MOVE: (
        FactName.PATIENT_NAME,
        FactName.NAME,
        FactName.EXISTING_DATE,
        FactName.DATE_OF_BIRTH,
        FactName.PREFERRED_DATE,
        FactName.PREFERRED_TIME,
        FactName.PHONE,
    ),
    Task.CANCEL: (FactName.PATIENT_NAME, FactName.NAME, FactName.EXISTING_DATE, FactName.DATE_OF_BIRTH, FactName.PHONE),
    Task.CALLBACK: (FactName.MESSAGE, FactName.NAME, FactName.PHONE),
}
"""Facts that are asked for, in this order."""

_VOLUNTEERED: Mapping[Task, tuple[FactName, ...]] = {
    Task.BOOK: (FactName.PRACTITIONER, FactName.RELATION),
    Task.MOVE: (FactName.EXISTING_TIME, FactName.PRACTITIONER, FactName.REASON, FactName.RELATION),
    Task.CANCEL: (FactName.EXISTING_TIME, FactName.PRACTITIONER, FactName.REASON, FactName.RELATION),
    Task.CALLBACK: (FactName.RELATION, FactName.PATIENT_NAME, FactName.DATE_OF_BIRTH),
}
"""Facts that are taken along when the caller gives them unasked."""

CALLBACK_FACTS = frozenset((*SLOTS[Task.CALLBACK], *_VOLUNTEERED[Task.CALLBACK]))
"""All that a callback can carry beside its message's own words."""

OPTIONAL = frozenset(
    (FactName.PAIN, FactName.PATIENT_STATUS, FactName.EXISTING_DATE, FactName.DATE_OF_BIRTH, FactName.MESSAGE)
)
"""Facts without which a task can go on."""

TASK_OF_INTENT: Mapping[Intent, Task] = {
    Intent.BOOK: Task.BOOK,
    Intent.MOVE: Task.MOVE,
    Intent.CANCEL: Task.CANCEL,
    Intent.CALLBACK: Task.CALLBACK,
}

ACTION_OF_TASK: Mapping[Task, ActionKind] = {
    Task.BOOK: ActionKind.APPOINTMENT_REQUESTED,
    Task.MOVE: ActionKind.APPOINTMENT_MOVE_REQUESTED,
    Task.CANCEL: ActionKind.APPOINTMENT_CANCEL_REQUESTED,
    Task.CALLBACK: ActionKind.CALLBACK_REQUESTED,
}

ABOUT_CALLER = frozenset((FactName.NAME, FactName.PHONE, FactName.DATE_OF_BIRTH, FactName.PATIENT_STATUS))
"""Facts that hold for a second task of the same call."""

DOUBTFUL_NAME = 0.5
"""Confidence below which a name is spelled. Names are no words of the language, and a recogniser invents some."""


def next_question(state: DialogueState, context: DialogueContext) -> Question:
    """Return the question that the task needs next; ``READ_BACK`` when everything is known."""
    if state.task is None:
        return Question.ANYTHING_ELSE if state.finished else Question.HELP
    for name in SLOTS[state.task]:
        if name is FactName.NAME and not state.spelling_asked and _is_doubtful_name(state.fact(name)):
            return Question.SPELLING
        if state.fact(name) is None and name not in state.skipped and _needed(name, state, context):
            if name is FactName.PHONE and context.caller_number and not state.caller_number_refused:
                return Question.CALLER_NUMBER
            return Question(name.value)
    return Question.READ_BACK


def relation_of(state: DialogueState) -> str | None:
    """Return whom the caller calls for, None when it is the caller."""
    known = state.fact(FactName.RELATION)
    return known.value if known is not None and known.value != SELF else None


def _is_doubtful_name(name: Fact | None) -> bool:
    """Tell whether a name needs to be spelled: one that was hardly understood, or first and last name run together."""
    return name is not None and (name.confidence < DOUBTFUL_NAME or " " not in name.value)


def _needed(name: FactName, state: DialogueState, context: DialogueContext) -> bool:
    if name is FactName.PAIN:
        reason = state.fact(FactName.REASON)
        # A known service says by itself whether pain matters; the caller's own words do not.
        return reason is not None and all(reason.value != service.id for service in context.profile.services)
    if name is FactName.PATIENT_NAME:
        return relation_of(state) is not None
    if name is FactName.DATE_OF_BIRTH and state.task is Task.BOOK:
        # Children of one family share the caller's name and number, and often the first letter of their own.
        return relation_of(state) in CHILDREN
    if name is FactName.DATE_OF_BIRTH:
        # Without the appointment's date, the date of birth tells patients of the same name apart.
        return FactName.EXISTING_DATE in state.skipped
    return True


def task_facts(state: DialogueState) -> tuple[Fact, ...]:
    """Return the facts that belong to the task at hand, in the order in which they are read back."""
    if state.task is None:
        return ()
    names = (*SLOTS[state.task][:-1], *_VOLUNTEERED[state.task], SLOTS[state.task][-1])
    known = {fact.name: fact for fact in state.facts}
    return tuple(known[name] for name in dict.fromkeys(names) if name in known)


def action_details(state: DialogueState, context: DialogueContext) -> dict[str, str]:
    """Return what every action carries beside its facts: the caller's language, the number that called."""
    details = {"language": str(state.language)}
    if context.caller_number:
        details["caller_number"] = context.caller_number
    return details


def callback_details(state: DialogueState, context: DialogueContext) -> dict[str, str]:
    """Return what a callback carries beside its facts: also where its message is in the recording, if it is recorded.

    That is in seconds from the recording's beginning.
    """
    details = action_details(state, context)
    if state.message_span is not None and context.recording and not state.recording_refused:
        first, last = (f"{position / TELEPHONE_RATE:.1f}" for position in state.message_span)
        details |= {"recorded_message_from_s": first, "recorded_message_to_s": last}
    return details


def begin_task(state: DialogueState, task: Task) -> DialogueState:
    """Return the state at the start of ``task``.

    What is known about the caller stays; what was said about an appointment goes once a task was finished.
    """
    if state.task is task:
        return state
    facts = state.facts
    if state.finished and state.task is None:
        kept = ABOUT_CALLER | {FactName.MESSAGE} if task is Task.CALLBACK else ABOUT_CALLER
        if relation_of(state) is not None:
            # What was said about the patient is not about the caller.
            kept = kept - {FactName.DATE_OF_BIRTH, FactName.PATIENT_STATUS}
        facts = tuple(fact for fact in facts if fact.name in kept)
    return replace(
        state,
        task=task,
        facts=facts,
        read_back=(),
        misses=(),
        skipped=(),
        partial_digits="",
        calendar=state.calendar.at_next_task(),
    )


def end_task(state: DialogueState) -> DialogueState:
    """Return the state after the action of the task at hand was requested."""
    finished = state.finished if state.task is None else (*state.finished, state.task)
    return replace(state, task=None, finished=finished, misses=(), skipped=(), read_back=())


def says_more(understanding: Understanding) -> bool:
    """Tell whether a turn holds facts or a wish beside what answers the question."""
    more = {*TASK_OF_INTENT, Intent.OPEN_QUESTION}
    return bool(understanding.facts) or not more.isdisjoint(understanding.intents)
