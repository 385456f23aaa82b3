"""Hears that a caller does not want any more what was asked for in this call. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.lexicons.withdrawals import WITHDRAWALS, Withdrawals
from gateway.dialogue.model import Fact, FactName, Intent, Question, Task
from gateway.dialogue.patterns import occurs
from gateway.dialogue.reading import Reading
from gateway.dialogue.tasks import TASK_OF_INTENT
from gateway.dialogue.withdrawal_steps import TakesBack

_SHORT_MESSAGE = 6
"""Words up to which an answer to "what is it about" may be spoken to the assistance instead of to the practice."""


def read_taking_back(reading: Reading, facts: Sequence[Fact]) -> TakesBack | None:
    """Return what the caller takes back; None where it is nothing, or there is nothing to take back.

    What is said about a number or a day while a task is under way ("ne me rappelez pas sur ce numéro", "streichen Sie
    das, lieber Mittwoch") corrects a detail and takes nothing back.
    """
    if not _can_take_back(reading, facts):
        return None
    for language in reading.near_languages:
        lexicon = WITHDRAWALS[language]
        tasks = [task for task in Task if occurs(lexicon.named[task], reading.text, reading.words)]
        everything = occurs(lexicon.everything, reading.text, reading.words)
        if tasks:
            return TakesBack(tuple(tasks), everything)
        names = _named(lexicon, reading)
        answers = reading.asked is Question.WITHDRAW and (everything or names)
        if answers or occurs(lexicon.unnamed, reading.text, reading.words):
            return TakesBack(names, everything)
    return None


def without_taken_back(intents: Sequence[Intent], takes_back: TakesBack) -> tuple[Intent, ...]:
    """Return the intents that are left when what is taken back is not wished for.

    "Doch keinen Rückruf, lieber einen Termin" still asks for an appointment; "streichen Sie den Termin" cancels no
    other one.
    """
    taken = takes_back.tasks or tuple(Task)
    return tuple(
        intent
        for intent in intents
        if intent is not Intent.CANCEL and (intent not in TASK_OF_INTENT or TASK_OF_INTENT[intent] not in taken)
    )


def _can_take_back(reading: Reading, facts: Sequence[Fact]) -> bool:
    state = reading.state
    if reading.asked is Question.MESSAGE and len(reading.words) > _SHORT_MESSAGE:
        return False
    if state.task is not None:
        return not facts and not _mentions_number(reading)
    return bool(state.requests)


def _named(lexicon: Withdrawals, reading: Reading) -> tuple[Task, ...]:
    return tuple(task for task in Task if occurs(lexicon.names[task], reading.text, reading.words))


def _mentions_number(reading: Reading) -> bool:
    return any(
        occurs(LEXICONS[language].mentions.get(FactName.PHONE, ()), reading.text, reading.words)
        for language in reading.near_languages
    )
