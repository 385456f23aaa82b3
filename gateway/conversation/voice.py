"""What the gateway says on one leg: one speech at a time, written down when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.conversation.call_journal import CallJournal
from gateway.conversation.latency import LatencyMarks
from gateway.conversation.speaker import Utterance
from gateway.conversation.spoken import Spoken
from gateway.language import Language
from gateway.media.leg import Leg, PlaybackOutcome
from gateway.speech.interface import Synthesiser


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What follows once a speech has been heard: the end of the call, or a transfer to a target of the profile."""

    hang_up: bool = False
    transfer_to: str | None = None


LISTEN = Afterwards()
"""It is the caller's turn."""


@dataclass(slots=True, eq=False)
class Speech:
    """Something that is being said, and what follows it. One that is not ``cuttable`` is heard before the next.

    ``first`` is the number of its first sentence among those of the dialogue's last decision, None when it is none.
    """

    utterance: Utterance
    sentences: tuple[str, ...]
    cuttable: bool
    afterwards: Afterwards
    first: int | None
    task: asyncio.Task[Spoken] = field(init=False)


@dataclass(frozen=True, slots=True)
class FinishedSpeaking:
    """A speech is over: ``spoken`` tells what was heard of it."""

    speech: Speech
    spoken: Spoken

    @property
    def interrupted(self) -> bool:
        """Whether the caller's sound stopped it."""
        return self.spoken.outcome is PlaybackOutcome.BARGE_IN


class Voice:
    """Says sentences on ``leg`` and reports the end of each speech to ``report``.

    ``watch`` is handed every task, to learn of faults.
    """

    def __init__(
        self,
        leg: Leg,
        synthesiser: Synthesiser,
        journal: CallJournal,
        report: Callable[[FinishedSpeaking], None],
        watch: Callable[[asyncio.Task[Spoken]], asyncio.Task[Spoken]],
    ) -> None:
        self._leg = leg
        self._synthesiser = synthesiser
        self._journal = journal
        self._report = report
        self._watch = watch
        self._speech: Speech | None = None

    @property
    def speech(self) -> Speech | None:
        """What is being said."""
        return self._speech

    async def say(
        self,
        sentences: Sequence[str],
        language: Language,
        *,
        marks: LatencyMarks | None = None,
        afterwards: Afterwards = LISTEN,
        protected: int = 0,
        cuttable: bool = True,
        first: int | None = None,
    ) -> None:
        """Begin to say ``sentences``, the first ``protected`` of which the caller can't interrupt.

        What is being said is cut off, or heard first where it may not be cut: the announcement of the recording has
        to be heard, and half a "one moment, please" would be worse than the whole.
        """
        if self._speech is not None and self._speech.cuttable:
            await self.stop()
        before = self._speech.task if self._speech is not None else None
        utterance = Utterance(self._leg, self._synthesiser, sentences, language)
        cuttable = cuttable and not protected
        speech = Speech(utterance, tuple(sentences), cuttable=cuttable, afterwards=afterwards, first=first)
        speaking = self._speak(speech, language, before, marks, protected)
        speech.task = self._watch(asyncio.create_task(speaking, name="speech"))
        self._speech = speech

    async def stop(self) -> FinishedSpeaking | None:
        """Stop what is being said, wait until it is written down and return what was heard of it."""
        speech, self._speech = self._speech, None
        if speech is None:
            return None
        await speech.utterance.stop()
        await asyncio.wait([speech.task])
        failed = speech.task.cancelled() or speech.task.exception() is not None
        return None if failed else FinishedSpeaking(speech, speech.task.result())

    def is_over(self, speech: Speech) -> bool:
        """Take note that ``speech`` has ended; return whether it was what was being said, and nothing follows it."""
        if speech is not self._speech:
            return False
        self._speech = None
        return True

    async def _speak(
        self,
        speech: Speech,
        language: Language,
        before: asyncio.Task[Spoken] | None,
        marks: LatencyMarks | None,
        protected: int,
    ) -> Spoken:
        if before is not None:
            await asyncio.wait([before])
        spoken = await speech.utterance.say(protected=protected)
        latency = marks.answered(spoken.start) if marks is not None and spoken.start is not None else None
        self._report(FinishedSpeaking(speech, spoken))
        await self._journal.gateway_turn(spoken, language, latency)
        return spoken
