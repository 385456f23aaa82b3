"""What to do when the caller was not understood, says nothing, or speaks on after the goodbye. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.dialogue.memory import count_miss
from gateway.dialogue.model import (
    Decision,
    DialogueContext,
    DialogueState,
    Expectation,
    FactName,
    Question,
    SpeechAct,
    Task,
)
from gateway.dialogue.person import reachable, transfer
from gateway.dialogue.reply import KEYED, acts, ask, ask_again, hang_up, proceed
from gateway.dialogue.tasks import OPTIONAL

_KEYS_AT = 2
"""Misses at a question for a date or a time after which its answer may be typed."""
_GIVE_UP_AT = 3
"""Misses at one question after which it is given up."""
_END_AT = 2
"""Questions given up after which the call ends."""
_APOLOGIES = 3
"""Wordings of the apology, one after the other."""
_LAST_SILENCE = 3
"""Silent turns in a row after which the call ends."""
_OPTIONAL_QUESTIONS = {Question(name.value): name for name in OPTIONAL}


def miss(state: DialogueState, context: DialogueContext) -> Decision:
    """Ask the open question again: simpler, then by spelling or keys, then offer a way out, then end."""
    question = Question.HELP if state.asked is Question.NOTHING else state.asked
    apology = SpeechAct("not_understood", variant=state.apologies % _APOLOGIES)
    state = replace(count_miss(state, question), apologies=state.apologies + 1)
    count = state.missed(question)
    if question is Question.ANYTHING_ELSE and count > 1:
        return hang_up(state, acts("goodbye"))
    if question in _OPTIONAL_QUESTIONS and count > (_KEYS_AT if question in KEYED else 1):
        return proceed(skip(state, _OPTIONAL_QUESTIONS[question]), context, acts("never_mind"))
    if question is Question.SPELLING and count > 1 and _name_was_not_refused(state):
        return proceed(state, context, acts("never_mind"))
    if count >= _GIVE_UP_AT or (question is Question.SPELLING and count > 1):
        return _give_up(state, context)
    if count == 1:
        return ask(state, (apology,), question, variant="again", again=True)
    return _ask_another_way(state, question, (apology,))


def unsuitable(state: DialogueState, context: DialogueContext) -> Decision:
    """Ask again after what was understood and is no answer yet; without an apology the first time."""
    if state.missed(state.asked):
        return miss(state, context)
    return ask(count_miss(state, state.asked), (), state.asked, variant="again", again=True)


def _ask_another_way(state: DialogueState, question: Question, apology: Sequence[SpeechAct]) -> Decision:
    if question is Question.NAME:
        return ask(state, apology, Question.SPELLING)
    if question is Question.PHONE:
        return ask(replace(state, partial_digits=""), apology, question, variant="keys")
    if question in KEYED or state.expectation in {Expectation.YES_NO, Expectation.CONFIRMATION}:
        return ask(state, apology, question, variant="keys")
    return ask(state, acts("still_not_understood"), question, variant="again", again=True)


def _name_was_not_refused(state: DialogueState) -> bool:
    """Tell whether there is a name that the caller has not called wrong: it is read back, for want of a better one."""
    return state.fact(FactName.NAME) is not None and FactName.NAME not in dict(state.read_back)


def skip(state: DialogueState, name: FactName) -> DialogueState:
    """Return the state in which ``name`` is not asked any more for this task."""
    return replace(state, skipped=tuple(dict.fromkeys((*state.skipped, name))))


def _give_up(state: DialogueState, context: DialogueContext) -> Decision:
    state = replace(state, failures=state.failures + 1)
    if target := reachable(context.profile.reception, state, context):
        return transfer(state, context, target, acts("transferring"))
    hopeless = state.task is Task.CALLBACK or state.asked is Question.OFFER_CALLBACK
    if hopeless or state.failures >= _END_AT:
        return hang_up(state, acts("give_up", "goodbye"))
    return ask(state, acts("too_difficult"), Question.OFFER_CALLBACK)


def silence(state: DialogueState, context: DialogueContext) -> Decision:
    """Ask again, then more simply with a way to a human, then end: at the first, second and third silence in a row."""
    if state.asked is Question.CALENDAR:
        # The caller waits for the calendar, and not the calendar for the caller.
        return ask(state, (), Question.CALENDAR)
    state = replace(state, silences=state.silences + 1)
    if state.silences >= _LAST_SILENCE:
        return hang_up(state, acts("goodbye_silence", "goodbye"))
    if state.asked is Question.ANYTHING_ELSE and state.silences > 1:
        return hang_up(state, acts("goodbye"))
    if state.asked is Question.PHONE and state.partial_digits:
        return ask_again(state, acts("still_there"))
    question = Question.HELP if state.asked is Question.NOTHING else state.asked
    if state.silences == 1:
        return ask(state, acts("still_there"), question, again=True)
    # Keys are digits while a number is asked for.
    way_out = () if question is Question.PHONE else acts(_way_to_a_human(state, context))
    return ask(state, (*acts("still_nothing_heard"), *way_out), question, variant="again", again=True)


def _way_to_a_human(state: DialogueState, context: DialogueContext) -> str:
    return "person_by_key" if reachable(context.profile.reception, state, context) else "callback_by_key"


def reopen(state: DialogueState) -> DialogueState:
    """Return the state in which a caller is heard who speaks on while the goodbye is still being said."""
    return replace(state, hung_up=False, asked=Question.ANYTHING_ELSE) if state.hung_up else state
