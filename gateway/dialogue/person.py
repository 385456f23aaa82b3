"""A human: put through within reach, a message or a callback where nobody is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.actions.kinds import ActionKind
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    FactName,
    Question,
    SpeechAct,
    Task,
    Understanding,
)
from gateway.dialogue.recorded_message import take_message
from gateway.dialogue.reply import acts, ask, ask_again, proceed
from gateway.dialogue.tasks import TASK_OF_INTENT, action_details, begin_task
from gateway.dialogue.text import fold, words_of
from gateway.language import LANGUAGES
from gateway.practice.opening import is_open_at
from gateway.practice.profile import PracticeProfile


def person_wanted(state: DialogueState, understanding: Understanding, context: DialogueContext) -> Decision:
    """Put the caller through to the person that they named, or to the reception.

    Where nobody can be reached, another wish of the same turn is taken up; else a message is taken while the practice
    is closed, and a callback is offered while it is open.
    """
    if target := _target(understanding, state, context):
        return transfer(state, context, target, acts("transferring"))
    closed = not is_open_at(context.profile, context.now)
    nobody = acts("nobody_there" if closed else "no_person")
    task = next((TASK_OF_INTENT[intent] for intent in understanding.intents if intent in TASK_OF_INTENT), None)
    if task is not None and task is not state.task:
        return proceed(begin_task(state, task), context, (*nobody, *acts(f"begin_{task}")), understanding.facts)
    if state.task is Task.CALLBACK:
        return ask_again(state, nobody)
    if closed:
        return take_message(state, context, nobody)
    return ask(state, nobody, Question.OFFER_CALLBACK)


def _target(understanding: Understanding, state: DialogueState, context: DialogueContext) -> str | None:
    named = next((fact.value for fact in understanding.facts if fact.name is FactName.PRACTITIONER), None)
    own = own_target(context.profile, named) if named else None
    return reachable(own, state, context) or reachable(context.profile.reception, state, context)


def own_target(profile: PracticeProfile, person_id: str) -> str | None:
    """Return the transfer target of one person: the one with the person's id or family name; None without one."""
    person = next((person for person in profile.people if person.id == person_id), None)
    if person is None:
        return None
    family_name = fold(person.name.split()[-1])
    for target in profile.transfer_targets:
        names = (word.folded for language in LANGUAGES for word in words_of(target.name.in_language(language)))
        if target.id == person.id or family_name in names:
            return target.id
    return None


def reachable(target_id: str | None, state: DialogueState, context: DialogueContext) -> str | None:
    """Return ``target_id`` when the line can transfer, it is rung at this hour, and somebody may answer; else None.

    Nobody is put through twice in a call to a target that did not answer. The emergency's target is rung at any hour.
    """
    target = next((target for target in context.profile.transfer_targets if target.id == target_id), None)
    if target is None or not context.can_transfer or target.id in state.unreachable:
        return None
    any_hour = target.outside_hours or target.id == context.profile.emergency.transfer_target
    return target.id if any_hour or is_open_at(context.profile, context.now) else None


def transfer(state: DialogueState, context: DialogueContext, target: str, before: Sequence[SpeechAct]) -> Decision:
    """Return the decision that says ``before`` and hands the call to ``target``; only confirmed facts go along."""
    facts = tuple(fact for fact in state.facts if fact.confirmed)
    details = {**action_details(state, context), "target": target}
    return Decision(
        state=replace(state, asked=Question.NOTHING, said=tuple(before), transferring_to=target),
        acts=tuple(before),
        action=ActionRequest(ActionKind.TRANSFER_REQUESTED, facts, details),
        transfer_target=target,
    )


def transfer_failed(state: DialogueState, context: DialogueContext) -> Decision:
    """Return the decision after a transfer that nobody answered: a callback is offered.

    In an emergency the numbers are said once more instead, since the caller has to help themselves now.
    """
    target = state.transferring_to
    state = replace(state, transferring_to=None)
    if target is not None:
        state = replace(state, unreachable=(*state.unreachable, target))
    if state.emergency_flagged and target == context.profile.emergency.transfer_target:
        return ask(state, acts("transfer_failed", "emergency"), Question.EMERGENCY_REPEAT)
    if state.task is Task.CALLBACK:
        return proceed(state, context, acts("transfer_failed"))
    return ask(state, acts("transfer_failed"), Question.OFFER_CALLBACK)
