"""What was read back to the caller, what of it was heard, and what a yes to it confirms.

An action rests only on facts whose present value the caller heard and said yes to. What is decided to be said counts as
heard until ``unheard`` takes it back: after an interruption, a yes answers what came before it.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.dialogue.long_messages import is_long
from gateway.dialogue.model import (
    ActionRequest,
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    SpeechAct,
    Task,
)
from gateway.dialogue.phrase import phrase_acts
from gateway.dialogue.tasks import ACTION_OF_TASK, action_details, callback_details, relation_of, task_facts
from gateway.dialogue.twins import has_twins, surname_of
from gateway.practice.profile import PracticeProfile

_CHOICES = frozenset((FactName.PAIN, FactName.PATIENT_STATUS))
"""Facts whose value is part of the name of the wording."""


def unread(state: DialogueState) -> tuple[Fact, ...]:
    """Return the facts of the task at hand whose present value the caller has not had read back."""
    done = dict(state.read_back)
    return tuple(fact for fact in task_facts(state) if done.get(fact.name) != fact.value)


def unsaid(state: DialogueState, name: FactName) -> DialogueState:
    """Return ``state`` as if ``name`` had not been read back."""
    return replace(state, read_back=tuple((known, value) for known, value in state.read_back if known is not name))


def read_back(state: DialogueState) -> tuple[tuple[SpeechAct, ...], DialogueState]:
    """Return the acts that read back what was not read back yet, and the state that remembers it."""
    done = dict(state.read_back)
    fresh = unread(state)
    values = {fact.name: fact.value for fact in fresh}
    pairs: dict[FactName, SpeechAct] = {}
    for date, time in (
        (FactName.EXISTING_DATE, FactName.EXISTING_TIME),
        (FactName.PREFERRED_DATE, FactName.PREFERRED_TIME),
    ):
        if date in values and time in values:
            both = ((date, values[date]), (time, values[time]))
            act = SpeechAct(f"read_back_{date}_time", {str(name): value for name, value in both}, both)
            pairs |= {date: act, time: act}
    ordered: list[SpeechAct] = []
    pairs |= _patient(state, values)
    for fact in fresh:
        act = pairs.get(fact.name) or _read_back_one(fact, state)
        if act not in ordered:
            ordered.append(act)
    introduction = SpeechAct(_introduction(state, values))
    return (introduction, *ordered), replace(state, read_back=tuple((done | values).items()))


def _patient(state: DialogueState, values: dict[FactName, str]) -> dict[FactName, SpeechAct]:
    """Return how what concerns the patient is read back, where the caller calls for somebody else."""
    relation = relation_of(state) or ("other" if FactName.PATIENT_NAME in values else None)
    if relation is None:
        return {}
    acts: dict[FactName, SpeechAct] = {}
    called = state.fact(FactName.PATIENT_NAME)
    if FactName.RELATION in values or FactName.PATIENT_NAME in values:
        told = {FactName.RELATION: relation} | ({FactName.PATIENT_NAME: called.value} if called else {})
        name = "read_back_patient_name" if called else "read_back_relation"
        said = {str(key): told[key] for key in told}
        if called and _patient_is_worth_spelling(called.value, state):
            name, said = f"{name}_spelled", said | {"spelled": surname_of(called.value)}
        acts = dict.fromkeys(told, SpeechAct(name, said, tuple(told.items())))
    for choice in _CHOICES & values.keys():
        reads = ((choice, values[choice]),)
        acts[choice] = SpeechAct(f"read_back_{choice}_{values[choice]}_patient", {"relation": relation}, reads)
    return acts


def _introduction(state: DialogueState, fresh: dict[FactName, str]) -> str:
    done = dict(state.read_back)
    if not done:
        return f"read_back_{state.task}"
    return "read_back_changed" if any(name in done for name in fresh) else "read_back_more"


def _read_back_one(fact: Fact, state: DialogueState) -> SpeechAct:
    reads = ((fact.name, fact.value),)
    if fact.name is FactName.NAME and _is_worth_spelling(fact.value, state):
        return SpeechAct("read_back_name", {"name": fact.value, "spelled": surname_of(fact.value)}, reads)
    if fact.name in _CHOICES or (fact.name is FactName.PRACTITIONER and fact.value == "any"):
        return SpeechAct(f"read_back_{fact.name}_{fact.value}", reads=reads)
    if fact.name is FactName.MESSAGE and is_long(fact.value):
        # Whoever has told a story need not hear all of it again.
        return SpeechAct("read_back_message_long", {"message_beginning": fact.value}, reads)
    return SpeechAct(f"read_back_{fact.name}", {fact.name: fact.value}, reads)


def _patient_is_worth_spelling(name: str, state: DialogueState) -> bool:
    """Tell whether the patient's surname is spelled: as the caller's, but not where it is the caller's."""
    caller = state.fact(FactName.NAME)
    if " " not in name or (caller is not None and surname_of(caller.value) == surname_of(name)):
        return False
    return FactName.PATIENT_NAME in dict(state.read_back) or has_twins(name)


def _is_worth_spelling(name: str, state: DialogueState) -> bool:
    """Tell whether hearing the name is not enough: it was spelled or corrected, or others sound like it."""
    return state.spelling_asked or FactName.NAME in dict(state.read_back) or has_twins(name)


def unheard(state: DialogueState, decision: Decision, sentences: int, profile: PracticeProfile) -> DialogueState:
    """Return ``state`` after the caller heard only so many whole ``sentences`` of ``decision``, from its first on.

    Values in sentences that were not heard are not read back. It may be told again as more is heard: what is heard
    then counts. ``decision`` carries the day on which it was said, as ``Dialogue`` returns it.
    """
    done = dict(state.read_back)
    for act, said in phrase_acts(decision, decision.language, profile):
        heard = sentences >= len(said)
        sentences = max(0, sentences - len(said)) if heard else 0
        for name, value in act.reads:
            if heard:
                done[name] = value
            elif done.get(name) == value:
                del done[name]
    return replace(state, read_back=tuple(done.items()))


def confirmed_action(state: DialogueState, context: DialogueContext) -> tuple[ActionRequest, DialogueState]:
    """Return the task's action, resting on facts that were all read back, and the state in which they are confirmed.

    Raise ``ValueError`` when a fact was not read back: a fault of the policy, never of the caller.
    """
    if state.task is None or unread(state):
        raise ValueError("an action needs a task whose facts were all read back")
    facts = task_facts(state)
    names = {fact.name for fact in facts}
    confirmed = tuple(replace(fact, confirmed=True) for fact in facts)
    everything = tuple(replace(fact, confirmed=True) if fact.name in names else fact for fact in state.facts)
    details = callback_details(state, context) if state.task is Task.CALLBACK else action_details(state, context)
    action = ActionRequest(ACTION_OF_TASK[state.task], confirmed, details)
    return action, replace(state, facts=everything)
