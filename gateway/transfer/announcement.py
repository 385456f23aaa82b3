"""What the person who answers is told before a caller is connected, and how they agree to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gateway.conversation.speaker import Utterance
from gateway.language import Language
from gateway.speech.interface import Synthesiser
from gateway.transfer.person_line import PersonLine

CONFIRMING_KEY = "1"
CONFIRM_WITHIN_S = 10.0
"""How long a person may take to press the key, from the end of the sentence that asks for it."""


async def announce(
    line: PersonLine,
    synthesiser: Synthesiser,
    language: Language,
    announcement: Sequence[str],
    confirmation: Sequence[str] = (),
) -> bool:
    """Tell the person that a caller waits, and return whether they take the call.

    With a ``confirmation`` they have to press 1, at any moment from the first word on; other keys mean nothing, since a
    mailbox presses none. A person who hangs up does not take it.
    """
    telling = asyncio.create_task(_tell(line, synthesiser, language, (*announcement, *confirmation)))
    agreeing = asyncio.create_task(_agreed(line))
    leaving = asyncio.create_task(line.gone())
    answers = (agreeing, leaving) if confirmation else (leaving,)
    try:
        await asyncio.wait((telling, *answers), return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            telling.result()
            if confirmation:
                await asyncio.wait(answers, timeout=CONFIRM_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        return not leaving.done() and (agreeing.done() or not confirmation)
    finally:
        tasks = (telling, agreeing, leaving)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _tell(line: PersonLine, synthesiser: Synthesiser, language: Language, sentences: Sequence[str]) -> None:
    utterance = Utterance(line.leg, synthesiser, sentences, language)
    try:
        await utterance.say(protected=len(sentences))
    finally:
        await utterance.stop()


async def _agreed(line: PersonLine) -> None:
    while await line.key() != CONFIRMING_KEY:
        continue
